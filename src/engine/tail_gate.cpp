#include "engine/tail_gate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace firn::engine {
namespace {

using time::Frames;

constexpr float inaudible = 1e-6f;  // -120 dBFS

}  // namespace

TailGate::TailGate(const plan::Tail& tail, time::SampleRate rate)
    : threshold_(tail.ending == plan::Ending::inaudible ? inaudible : std::numeric_limits<float>::min()),
      patience_(time::frames_of({1.0}, rate)),
      limit_(time::frames_of({tail.limit_seconds}, rate)),
      fade_(tail.ending == plan::Ending::inaudible ? std::min(time::frames_of({0.05}, rate), limit_) : Frames{}) {}

template <class Gate, class Image>
void TailGate::visit(Gate& gate, Image& image) {
  bool ended = gate.ended_at_.has_value();
  image.value(ended);
  Frames ended_at = gate.ended_at_.value_or(Frames{});
  image.value(ended_at.count);
  if constexpr (!std::is_const_v<Gate>) {
    if (ended) gate.ended_at_ = ended_at;
  }
  image.value(gate.quiet_.count);
  image.value(gate.heard_.ended_at.count);
  image.value(gate.heard_.tail.count);
  image.value(gate.cut_short_);
}

void TailGate::save(base::ImageWriter& image) const { visit(*this, image); }
void TailGate::restore(base::ImageReader& image) { visit(*this, image); }

void TailGate::run(Frames at, const Signal& in, Signal& out) noexcept {
  // An edit may have put the end off.
  if (ended_at_ && in.ended_at > heard_.ended_at) {
    ended_at_.reset();
    quiet_ = Frames{};
    cut_short_ = false;
  }
  if (ended_at_) {
    out.ended_at = *ended_at_;
    return silence(out);
  }
  out.ended_at = Frames::never();
  out.silent = in.silent;
  audio::copy(in.audio, out.audio);
  const Frames end = at + Frames{out.audio.frames};
  const Frames last = in.ended_at + limit_;
  const Frames listen_from = std::min(in.ended_at + in.tail, last - fade_);
  for (Frames frame = std::max(at, listen_from); frame < end; frame += Frames{1}) {
    const auto i = static_cast<int>((frame - at).count);
    if (frame >= last) {
      ended_at_ = std::max(last, at);
      break;
    }
    const bool audible = std::abs(out.audio.left[i]) >= threshold_ || std::abs(out.audio.right[i]) >= threshold_;
    quiet_ = audible ? Frames{} : quiet_ + Frames{1};
    if (last - frame <= fade_) {
      cut_short_ |= audible;
      const float gain =
          static_cast<float>(static_cast<double>((last - frame).count) / static_cast<double>(fade_.count + 1));
      out.audio.left[i] *= gain;
      out.audio.right[i] *= gain;
    }
    if (quiet_ == patience_) {
      ended_at_ = frame + Frames{1};
      break;
    }
  }
  if (!ended_at_) return;
  heard_ = {in.ended_at, in.tail};
  out.ended_at = *ended_at_;
  const auto kept = static_cast<int>((*ended_at_ - at).count);
  audio::clear(out.audio.part(kept, out.audio.frames - kept));
}

}  // namespace firn::engine
