// Event: one MIDI message at a frame, as the engine hands it to an instrument. A value; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "time/frames.hpp"

namespace firn::midi {

enum class EventKind : std::uint8_t {
  note_off,  // number: key, value: release velocity
  program,   // value: program
  controller,
  pitch_bend,  // value: 0 to 16,383
  channel_pressure,
  key_pressure,
  note_on,  // number: key, value: velocity, 1 to 127
};

struct Event {
  time::Frames at;
  EventKind kind = EventKind::note_on;
  std::uint8_t number = 0;
  std::uint16_t value = 0;

  friend bool operator==(const Event&, const Event&) = default;
};

// Sorted by frame; in a clip's, note-offs come first at one frame, then programs and controls in their own order, then note-ons, and a
// note-off never stands at or before its own note-on. What is played in stands behind these, as it came.
using EventList = std::vector<Event>;

}  // namespace firn::midi
