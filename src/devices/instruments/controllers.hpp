// What an instrument hears of its channel beside notes: pedal, wheel, pressure, bend, volume, expression. A flat value;
// one thread at a time.
#pragma once

#include <algorithm>

#include "midi/event.hpp"

namespace firn::devices {

enum class ChannelMode { none, all_sound_off, all_notes_off };

inline ChannelMode channel_mode_of(const midi::Event& event) {
  if (event.kind != midi::EventKind::controller) return ChannelMode::none;
  if (event.number == 120) return ChannelMode::all_sound_off;
  // Omni and mono modes (124 to 127) end all notes too, as MIDI 1.0 says.
  return event.number >= 123 ? ChannelMode::all_notes_off : ChannelMode::none;
}

class Controllers {
 public:
  void take(const midi::Event& event) {
    if (event.kind == midi::EventKind::pitch_bend) bend_ = (event.value - 8192) / 8192.0;
    if (event.kind == midi::EventKind::channel_pressure) pressure_ = event.value / 127.0;
    if (event.kind != midi::EventKind::controller) return;
    switch (event.number) {
      case 1: wheel_ = event.value / 127.0; break;
      case 7: volume_ = event.value / 100.0; break;
      case 11: expression_ = event.value / 127.0; break;
      case 64: pedal_ = event.value >= 64; break;
      case 121: *this = reset(); break;
      default: break;
    }
  }

  static void list_state(auto& self, auto& image) {
    for (auto* number : {&self.bend_, &self.wheel_, &self.pressure_, &self.volume_, &self.expression_}) {
      image.value(*number);
    }
    image.value(self.pedal_);
  }

  double bend() const { return bend_; }                           // -1 to 1
  double vibrato() const { return std::max(wheel_, pressure_); }  // 0 to 1
  bool pedal() const { return pedal_; }
  // Amplitude by volume and expression, 40 log10 as General MIDI says; 1 at the power-on values 100 and 127.
  double gain() const { return volume_ * volume_ * expression_ * expression_; }

 private:
  // Reset all controllers leaves the volume (RP-015).
  Controllers reset() const {
    Controllers fresh;
    fresh.volume_ = volume_;
    return fresh;
  }

  double bend_ = 0.0;
  double wheel_ = 0.0;
  double pressure_ = 0.0;
  double volume_ = 1.0;
  double expression_ = 1.0;
  bool pedal_ = false;
};

}  // namespace firn::devices
