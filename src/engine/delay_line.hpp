// DelayLine: latency compensation: the same samples, a fixed number of frames later. Audio thread.
#pragma once

#include "base/image.hpp"
#include "engine/signal.hpp"

namespace firn::engine {

class DelayLine {
 public:
  explicit DelayLine(time::Frames);  // above 0; allocates
  void run(const Signal& in, Signal& out) noexcept;
  void pass(audio::ConstStereoView in, audio::StereoView out) noexcept;  // the samples alone

  void save(base::ImageWriter&) const;
  void restore(base::ImageReader&);  // of a line that is as long

 private:
  audio::StereoBuffer ring_;
  int place_ = 0;
  std::int64_t quiet_;  // silent frames since the last that was not
};

}  // namespace firn::engine
