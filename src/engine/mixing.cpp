#include "engine/mixing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace firn::engine {
namespace {

using time::Frames;

double itself(double value) { return value; }

void scale(audio::ConstStereoView in, PanGains gains, audio::StereoView out) noexcept {
  const float left = static_cast<float>(gains.left);
  const float right = static_cast<float>(gains.right);
  for (int i = 0; i < out.frames; ++i) out.left[i] = in.left[i] * left;
  for (int i = 0; i < out.frames; ++i) out.right[i] = in.right[i] * right;
}

// Calls gains_at(position, until, moving) -> gains over the block: once for a piece that stands still, once a sample for one that moves.
template <class GainsAt>
void scale_along(const time::Run& run, Frames at, const Signal& in, Signal& out, GainsAt&& gains_at) noexcept {
  out.ended_at = in.ended_at;
  out.tail = in.tail;
  if (in.silent) return silence(out);
  out.silent = false;
  time::for_each_stretch(run, at, out.audio.frames, [&](const time::Stretch& stretch, int offset) {
    const auto frames = static_cast<int>(stretch.frames.count);
    for (int done = 0; done < frames;) {
      const Frames position = stretch.position + Frames{done};
      Frames until = Frames::never();
      bool moving = false;
      const PanGains gains = gains_at(position, until, moving);
      const int count = moving ? 1 : static_cast<int>(std::min<std::int64_t>(frames - done, (until - position).count));
      scale(audio::ConstStereoView(in.audio).part(offset + done, count), gains, out.audio.part(offset + done, count));
      done += count;
    }
  });
}

}  // namespace

PanGains pan_gains_of(double pan) {
  if (pan == 0.0) return {1.0, 1.0};
  if (pan <= -1.0) return {std::numbers::sqrt2, 0.0};
  if (pan >= 1.0) return {0.0, std::numbers::sqrt2};
  const double angle = (pan + 1.0) * std::numbers::pi / 4.0;
  return {std::numbers::sqrt2 * std::cos(angle), std::numbers::sqrt2 * std::sin(angle)};
}

void sum(std::span<const Signal> inputs, int frames, Signal& out) noexcept {
  out.ended_at = Frames{};
  out.tail = Frames{};
  out.silent = true;
  for (const Signal& input : inputs) {
    out.ended_at = std::max(out.ended_at, input.ended_at + input.tail);
    out.silent &= input.silent;
  }
  if (out.silent) return silence(out);
  constexpr int slice = 256;
  std::array<double, slice> left;
  std::array<double, slice> right;
  for (int start = 0; start < frames; start += slice) {
    const int count = std::min(slice, frames - start);
    left.fill(0.0);
    right.fill(0.0);
    for (const Signal& input : inputs) {
      if (input.silent) continue;  // adding +0 to a sum that starts at +0 changes no bit of it
      for (int i = 0; i < count; ++i)
        left[static_cast<std::size_t>(i)] += static_cast<double>(input.audio.left[start + i]);
      for (int i = 0; i < count; ++i)
        right[static_cast<std::size_t>(i)] += static_cast<double>(input.audio.right[start + i]);
    }
    for (int i = 0; i < count; ++i) out.audio.left[start + i] = static_cast<float>(left[static_cast<std::size_t>(i)]);
    for (int i = 0; i < count; ++i) out.audio.right[start + i] = static_cast<float>(right[static_cast<std::size_t>(i)]);
  }
}

Fader::Fader(const plan::Mix& mix)
    : volume_(mix.volume, amplitude_of), pan_(mix.pan, itself), activator_(mix.activator, itself) {}

void Fader::run(const time::Run& run, Frames at, const Signal& in, Signal& out) noexcept {
  scale_along(run, at, in, out, [&](Frames frame, Frames& until, bool& moving) {
    const auto volume = volume_.at(frame);
    const auto pan = pan_.at(frame);
    const auto activator = activator_.at(frame);
    until = std::min({volume.until, pan.until, activator.until});
    moving = volume.moving || pan.moving;
    const double level = activator.value >= 0.5 ? volume.value : 0.0;
    if (pan.value != panned_) {
      panned_ = pan.value;
      sides_ = pan_gains_of(panned_);
    }
    return PanGains{level * sides_.left, level * sides_.right};
  });
}

SendGain::SendGain(const plan::SendLevel& send)
    : level_(send.level, amplitude_of), activator_(send.activator, itself) {}

void SendGain::run(const time::Run& run, Frames at, const Signal& in, Signal& out) noexcept {
  scale_along(run, at, in, out, [&](Frames frame, Frames& until, bool& moving) {
    const auto level = level_.at(frame);
    const auto activator = activator_.at(frame);
    until = std::min(level.until, activator.until);
    moving = level.moving;
    const double gain = activator.value >= 0.5 ? level.value : 0.0;
    return PanGains{gain, gain};
  });
}

void CrossFader::run(Frames at, const Signal& before, const Signal& after, Signal& out) noexcept {
  const Frames end = from_ + length_;
  const Signal& last = at < end ? before : after;
  out.ended_at = at < end ? Frames::never() : after.ended_at;
  out.tail = last.tail;
  out.silent = at < end ? before.silent && after.silent : after.silent;
  if (at >= end || at + Frames{out.audio.frames} <= from_) return audio::copy(last.audio, out.audio);
  const auto mix = [](float one, float other, float share) { return one + share * (other - one); };
  for (int i = 0; i < out.audio.frames; ++i) {
    const std::int64_t done = std::clamp((at + Frames{i} - from_).count, std::int64_t{0}, length_.count);
    const float share = static_cast<float>(done) / static_cast<float>(length_.count);
    const bool is_over = done == length_.count;
    out.audio.left[i] = is_over ? after.audio.left[i] : mix(before.audio.left[i], after.audio.left[i], share);
    out.audio.right[i] = is_over ? after.audio.right[i] : mix(before.audio.right[i], after.audio.right[i], share);
  }
}

}  // namespace firn::engine
