#include "engine/delay_line.hpp"

#include <span>
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

// The oldest sample first, so that it does not matter where in the ring it was; nor how the silence so far was cut into blocks.
void DelayLine::save(base::ImageWriter& image) const {
  for (const auto* plane : {&ring_.left, &ring_.right}) {
    const auto oldest = plane->begin() + place_;
    image.raw(std::as_bytes(std::span(oldest, plane->end())));
    image.raw(std::as_bytes(std::span(plane->begin(), oldest)));
  }
  image.value(quiet_ >= ring_.frames());
}

void DelayLine::restore(base::ImageReader& image) {
  for (auto* plane : {&ring_.left, &ring_.right}) image.raw(std::as_writable_bytes(std::span(*plane)));
  bool is_quiet = false;
  image.value(is_quiet);
  quiet_ = is_quiet ? ring_.frames() : 0;
  place_ = 0;
}

}  // namespace firn::engine
