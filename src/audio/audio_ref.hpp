// AudioRef: an audio file in a project, already at the project's rate. A value; any thread.
#pragma once

#include <string>

#include "base/content.hpp"
#include "time/frames.hpp"

namespace firn::audio {

struct AudioRef {
  std::string path;  // relative to the project's directory: WAV, 32-bit float, stereo
  base::AudioKey key;
  time::Frames frames;
  std::string original;  // the file it was converted from, relative; empty if there was none

  friend bool operator==(const AudioRef&, const AudioRef&) = default;
};

// How a sound's end looks to the devices that hear it: notes and clips end at `ended_at` on the timeline, and the devices that made
// the sound ring on for as long as `tail`.
struct Ringing {
  time::Frames ended_at;
  time::Frames tail;
  friend bool operator==(const Ringing&, const Ringing&) = default;
};

}  // namespace firn::audio
