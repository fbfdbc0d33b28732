#include "time/frames.hpp"

#include <algorithm>
#include <cmath>

namespace firn::time {

Frames frames_of(Seconds seconds, SampleRate rate) {
  const auto limit = static_cast<double>(Frames::never().count);
  const double frames = std::floor(seconds.count * rate.hertz + 0.5);
  if (frames >= limit) return Frames::never();
  return {static_cast<std::int64_t>(std::max(frames, -limit))};
}

Seconds seconds_of(Frames frames, SampleRate rate) { return {static_cast<double>(frames.count) / rate.hertz}; }

}  // namespace firn::time
