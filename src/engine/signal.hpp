// Signal: one block of one stream, between two steps. Audio thread; points into memory that a driver owns, or a ring.
#pragma once

#include <span>
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
  // The driver says so: what its inputs point at lives as long as this, so it may show that in place of a copy.
  bool may_point = false;
  // What a Sum multiplies its samples by, first by the side's, then by the send's, each time in 32 bits. All other steps are given 1.
  float left_gain = 1.0f;
  float right_gain = 1.0f;
  float send_gain = 1.0f;
};

using Inputs = std::span<const Signal* const>;

// Makes it zeros.
inline void silence(Signal& signal) {
  audio::clear(signal.audio);
  signal.silent = true;
}

}  // namespace firn::engine
