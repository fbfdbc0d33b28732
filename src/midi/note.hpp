// Notes and controls as a clip holds them: in musical time, from the clip's start. Values; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "time/beats.hpp"

namespace firn::midi {

struct Note {
  time::Beats start;
  time::Beats length;                  // > 0
  std::uint8_t key = 60;               // 0 to 127; 60 is C3, Live's middle C
  std::uint8_t velocity = 100;         // 1 to 127
  std::uint8_t release_velocity = 64;  // 0 to 127

  friend bool operator==(const Note&, const Note&) = default;
  friend auto operator<=>(const Note&, const Note&) = default;  // by start first
};

enum class ControlKind : std::uint8_t { controller, pitch_bend, channel_pressure, key_pressure, program };

struct Control {
  time::Beats at;
  ControlKind kind = ControlKind::controller;
  std::uint8_t number = 0;  // the controller (0 to 127) or, for key_pressure, the key; else 0
  std::uint16_t value = 0;  // 0 to 127; for pitch_bend 0 to 16,383 with 8,192 as the centre

  friend bool operator==(const Control&, const Control&) = default;
};

// What a MIDI clip holds. Notes are sorted (operator<=>); controls are sorted by `at`, equal positions in the order
// given.
struct Content {
  std::vector<Note> notes;
  std::vector<Control> controls;

  friend bool operator==(const Content&, const Content&) = default;
};

}  // namespace firn::midi
