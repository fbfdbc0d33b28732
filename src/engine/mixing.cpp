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

constexpr std::size_t at_once = 4;  // inputs, for each time that the sums pass through the registers

struct Side {
  float* audio::StereoView::*samples;
  float Signal::*gain;
};
constexpr Side left_side{&audio::StereoView::left, &Signal::left_gain};
constexpr Side right_side{&audio::StereoView::right, &Signal::right_gain};

template <std::size_t many>
void add(const std::array<const Signal*, many>& inputs, Side side, int start, int count, double* sums) noexcept {
  std::array<const float*, many> samples;
  std::array<float, many> gains;
  std::array<float, many> sends;
  for (std::size_t k = 0; k < many; ++k) {
    samples[k] = inputs[k]->audio.*side.samples + start;
    gains[k] = inputs[k]->*side.gain;
    sends[k] = inputs[k]->send_gain;
  }
  for (int i = 0; i < count; ++i) {
    double sum = sums[i];
    for (std::size_t k = 0; k < many; ++k) sum += static_cast<double>(samples[k][i] * gains[k] * sends[k]);
    sums[i] = sum;
  }
}

// The gains of something that moves nowhere.
template <class GainsAt>
PanGains still_gains(GainsAt&& gains_at) {
  Frames until = Frames::never();
  bool moving = false;
  return gains_at(Frames{}, until, moving);
}

// A whole block that nothing moves in: true if `out` shows the samples themselves, to be scaled by who reads them.
bool pass_still(const Signal& in, PanGains gains, Signal& out) noexcept {
  out.ended_at = in.ended_at;
  out.tail = in.tail;
  if (in.silent) {
    silence(out);
  } else if (out.may_point) {
    out.audio = in.audio;
    out.left_gain = in.left_gain;
    out.right_gain = in.right_gain;
    return true;
  } else {
    scale(in.audio, gains, out.audio);
  }
  return false;
}

}  // namespace

PanGains pan_gains_of(double pan) {
  if (pan == 0.0) return {1.0, 1.0};
  if (pan <= -1.0) return {std::numbers::sqrt2, 0.0};
  if (pan >= 1.0) return {0.0, std::numbers::sqrt2};
  const double angle = (pan + 1.0) * std::numbers::pi / 4.0;
  return {std::numbers::sqrt2 * std::cos(angle), std::numbers::sqrt2 * std::sin(angle)};
}

void sum(Inputs inputs, Signal& out) noexcept {
  out.ended_at = Frames{};
  out.tail = Frames{};
  out.silent = true;
  for (const Signal* input : inputs) {
    out.ended_at = std::max(out.ended_at, input->ended_at + input->tail);
    out.silent &= input->silent;
  }
  if (out.silent) return silence(out);
  constexpr int slice = 256;
  std::array<double, slice> left;
  std::array<double, slice> right;
  for (int start = 0; start < out.audio.frames; start += slice) {
    const int count = std::min(slice, out.audio.frames - start);
    left.fill(0.0);
    right.fill(0.0);
    std::array<const Signal*, at_once> some;
    std::size_t found = 0;
    for (const Signal* input : inputs) {
      if (input->silent) continue;  // adding +0 to a sum that starts at +0 changes no bit of it
      some[found++] = input;
      if (found < some.size()) continue;
      add(some, left_side, start, count, left.data());
      add(some, right_side, start, count, right.data());
      found = 0;
    }
    for (std::size_t i = 0; i < found; ++i) {
      add(std::array{some[i]}, left_side, start, count, left.data());
      add(std::array{some[i]}, right_side, start, count, right.data());
    }
    for (int i = 0; i < count; ++i) out.audio.left[start + i] = static_cast<float>(left[static_cast<std::size_t>(i)]);
    for (int i = 0; i < count; ++i) out.audio.right[start + i] = static_cast<float>(right[static_cast<std::size_t>(i)]);
  }
}

Fader::Fader(const plan::Mix& mix)
    : volume_(mix.volume, amplitude_of), pan_(mix.pan, itself), activator_(mix.activator, itself) {
  if (!mix.volume.constant() || !mix.pan.constant() || !mix.activator.constant()) return;
  still_ = still_gains([this](auto&&... at) { return gains_at(at...); });
}

PanGains Fader::gains_at(Frames frame, Frames& until, bool& moving) noexcept {
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
  return {level * sides_.left, level * sides_.right};
}

void Fader::run(const time::Run& run, Frames at, const Signal& in, Signal& out) noexcept {
  if (still_) {
    if (!pass_still(in, *still_, out)) return;
    out.left_gain = static_cast<float>(still_->left);
    out.right_gain = static_cast<float>(still_->right);
    return;
  }
  scale_along(run, at, in, out, [this](auto&&... at_frame) { return gains_at(at_frame...); });
}

SendGain::SendGain(const plan::SendLevel& send) : level_(send.level, amplitude_of), activator_(send.activator, itself) {
  if (!send.level.constant() || !send.activator.constant()) return;
  still_ = still_gains([this](auto&&... at) { return gains_at(at...); });
}

PanGains SendGain::gains_at(Frames frame, Frames& until, bool& moving) noexcept {
  const auto level = level_.at(frame);
  const auto activator = activator_.at(frame);
  until = std::min(level.until, activator.until);
  moving = level.moving;
  const double gain = activator.value >= 0.5 ? level.value : 0.0;
  return {gain, gain};
}

void SendGain::run(const time::Run& run, Frames at, const Signal& in, Signal& out) noexcept {
  if (still_) {
    if (pass_still(in, *still_, out)) out.send_gain = static_cast<float>(still_->left);
    return;
  }
  scale_along(run, at, in, out, [this](auto&&... at_frame) { return gains_at(at_frame...); });
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
