#include "engine/delay_line.hpp"

#include <utility>

namespace firn::engine {

DelayLine::DelayLine(time::Frames frames) : ring_(static_cast<int>(frames.count)), quiet_(frames.count) {}

void DelayLine::run(const Signal& in, Signal& out) noexcept {
  out.ended_at = in.ended_at;
  out.tail = in.tail;
  if (in.silent && quiet_ >= ring_.frames()) return silence(out);
  quiet_ = in.silent ? quiet_ + out.audio.frames : 0;
  out.silent = false;
  pass(in.audio, out.audio);
}

void DelayLine::pass(audio::ConstStereoView in, audio::StereoView out) noexcept {
  for (int i = 0; i < out.frames; ++i) {
    const auto place = static_cast<std::size_t>(place_);
    out.left[i] = std::exchange(ring_.left[place], in.left[i]);
    out.right[i] = std::exchange(ring_.right[place], in.right[i]);
    if (++place_ == ring_.frames()) place_ = 0;
  }
}

}  // namespace firn::engine
