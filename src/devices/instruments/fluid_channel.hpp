// FluidChannel: tells one channel of a FluidSynth synth its events, and knows what of them lasts. One thread at a time.
#pragma once

#include <fluidsynth.h>

#include <array>
#include <cstdint>

#include "base/image.hpp"
#include "devices/processor.hpp"
#include "midi/event.hpp"

namespace firn::devices {

class FluidChannel {
 public:
  FluidChannel(fluid_synth_t* synth, int number) : synth_(synth), number_(number) {}

  void tell(const midi::Event&) FIRN_REALTIME;

  // A controller's value is what this event says.
  bool has(const midi::Event& event) const { return value_of(event.number) == event.value; }

  // No key is down, and nothing was told that can't be read back from FluidSynth, such as mono mode, portamento or a tuning.
  bool is_clear() const { return open_key_ < 0 && !obscure_; }

  // Controllers, program, bank, bend and its range, pressures, tuning by registered parameters: as they are, not as they came.
  void save(base::ImageWriter&) const;
  void restore(base::ImageReader&);

 private:
  void remember(const midi::Event&);
  void restore_program(int bank, int program, int told_bank);
  void restore_bend_range(int semitones);
  void restore_controllers(const std::array<std::uint8_t, 128>&);
  int value_of(int controller) const;

  fluid_synth_t* synth_;
  int number_;
  int open_key_ = -1;  // the newest note, while it is on: FluidSynth's legato starts from it
  bool obscure_ = false;
  bool unregistered_ = false;  // data entry goes to an NRPN
  std::uint8_t pressure_ = 0;
  std::array<std::uint8_t, 128> key_pressures_{};
};

}  // namespace firn::devices
