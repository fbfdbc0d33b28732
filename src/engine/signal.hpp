// Signal: one block of one stream, between two steps. Audio thread; points into memory that a driver owns.
#pragma once

#include <vector>

#include "audio/buffer.hpp"
#include "midi/event.hpp"
#include "time/frames.hpp"

namespace firn::engine {

struct Signal {
  audio::StereoView audio;                     // of an audio stream; always as long as the block
  std::vector<midi::Event>* events = nullptr;  // of an event stream
  // The frame of the run at which the last note or clip ended; never() while that is not known, and as long as a loop is gone round. From there on the devices
  // passed since declare a `tail`, and ring on for as long as they do; with no device in between there are zeros.
  time::Frames ended_at = time::Frames::never();
  time::Frames tail;
  bool silent = false;  // all samples are +0
};

// Makes it zeros.
inline void silence(Signal& signal) {
  audio::clear(signal.audio);
  signal.silent = true;
}

}  // namespace firn::engine
