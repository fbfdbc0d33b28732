// Sample: a stretch of an audio file in memory, ready to be played at any speed, once or in a loop. Immutable; any
// thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "time/frames.hpp"

namespace firn::devices {

// Which part of a file is played: parts of its length, 0 to 1.
struct SampleRegion {
  double start = 0.0;
  double end = 1.0;
  bool loop = false;
  double loop_start = 0.0;  // of the file too; kept within start and end
  double loop_end = 1.0;
  time::Seconds crossfade;  // of the loop's end into what comes before its start
};

class Sample {
 public:
  struct Pair {
    float left = 0.0f;
    float right = 0.0f;
  };

  // Fails with what audio::SoundReader::open fails with, and with unsupported past 2^28 frames.
  static base::Result<std::shared_ptr<const Sample>> load(const std::string& path, const SampleRegion&);

  // Of a whole file that is played but not heard: its rate and its end alone, without its sound. Fails alike.
  static base::Result<std::shared_ptr<const Sample>> measure(const std::string& path);

  time::SampleRate rate() const { return rate_; }

  // Where a playing position (frames from the region's start) goes on: itself, wrapped in the loop, or -1 past the end.
  double wrapped(double position) const;

  // The signal at a position that `wrapped` gave, by a windowed sinc of 16 samples; exact at whole positions.
  Pair at(double position) const;

 private:
  std::vector<Pair> frames_;  // with room for the sinc before and after
  time::SampleRate rate_;
  double end_ = 0.0;
  double loop_start_ = 0.0;  // equal to the end if there is no loop
};

}  // namespace firn::devices
