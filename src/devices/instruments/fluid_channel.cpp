#include "devices/instruments/fluid_channel.hpp"

#include <algorithm>

namespace firn::devices {
namespace {

enum Controller {
  bank_msb = 0,
  data_msb = 6,
  bank_lsb = 32,
  portamento = 65,
  legato = 68,
  portamento_from = 84,
  nrpn_lsb = 98,
  nrpn_msb = 99,
  rpn_lsb = 100,
  rpn_msb = 101,
  first_mode = 120,  // all sound off
  reset_all = 121,
  first_poly_mode = 124
};

// What is not kept by its value: banks are kept as such, data entries and modes by what they did. No modulator can follow these.
bool lasts(int controller) {
  return controller != bank_msb && controller != bank_lsb && controller != data_msb && controller < first_mode;
}

// FluidSynth keeps more of these than it tells: the last key for a glide, the mode of a group of channels, the place in a
// SoundFont's own parameter numbers, a tuning.
bool is_obscure(int controller, int value) {
  switch (controller) {
    case portamento:
    case legato: return value >= 64;
    case portamento_from: return true;
    case nrpn_msb: return value == 120;
    case rpn_lsb: return value == 3 || value == 4;
    default: return controller >= first_poly_mode;
  }
}

}  // namespace

void FluidChannel::tell(const midi::Event& event) {
  remember(event);
  switch (event.kind) {
    case midi::EventKind::note_off: fluid_synth_noteoff(synth_, number_, event.number); break;
    case midi::EventKind::program: fluid_synth_program_change(synth_, number_, event.value); break;
    case midi::EventKind::controller: fluid_synth_cc(synth_, number_, event.number, event.value); break;
    case midi::EventKind::pitch_bend: fluid_synth_pitch_bend(synth_, number_, event.value); break;
    case midi::EventKind::channel_pressure: fluid_synth_channel_pressure(synth_, number_, event.value); break;
    case midi::EventKind::key_pressure: fluid_synth_key_pressure(synth_, number_, event.number, event.value); break;
    case midi::EventKind::note_on: fluid_synth_noteon(synth_, number_, event.number, event.value); break;
  }
}

void FluidChannel::remember(const midi::Event& event) {
  switch (event.kind) {
    case midi::EventKind::note_on: open_key_ = event.number; break;
    case midi::EventKind::note_off:
      if (open_key_ == event.number) open_key_ = -1;
      break;
    case midi::EventKind::channel_pressure: pressure_ = static_cast<std::uint8_t>(event.value); break;
    case midi::EventKind::key_pressure: key_pressures_[event.number] = static_cast<std::uint8_t>(event.value); break;
    case midi::EventKind::controller:
      obscure_ = obscure_ || is_obscure(event.number, event.value);
      if (event.number == nrpn_lsb || event.number == nrpn_msb) unregistered_ = true;
      if (event.number == rpn_lsb || event.number == rpn_msb) unregistered_ = false;
      if (event.number == reset_all) {
        pressure_ = 0;
        key_pressures_ = {};
      }
      break;
    default: break;
  }
}

int FluidChannel::value_of(int controller) const {
  int value = 0;
  fluid_synth_get_cc(synth_, number_, controller, &value);
  return value;
}

void FluidChannel::save(base::ImageWriter& image) const {
  fluid_preset_t* preset = fluid_synth_get_channel_preset(synth_, number_);
  int font = 0;
  int told_bank = 0;
  int told_program = 0;
  fluid_synth_get_program(synth_, number_, &font, &told_bank, &told_program);
  image.value(preset == nullptr ? -1 : fluid_preset_get_banknum(preset));
  image.value(preset == nullptr ? -1 : fluid_preset_get_num(preset));
  image.value(told_bank);

  std::array<std::uint8_t, 128> controllers{};
  for (int i = 0; i < 128; ++i) {
    if (lasts(i)) controllers[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value_of(i));
  }
  image.values(controllers);
  image.value(unregistered_);

  int bend = 0;
  int bend_range = 0;
  fluid_synth_get_pitch_bend(synth_, number_, &bend);
  fluid_synth_get_pitch_wheel_sens(synth_, number_, &bend_range);
  image.value(bend);
  image.value(bend_range);
  for (int i = 0; i < GEN_LAST; ++i) image.value(fluid_synth_get_gen(synth_, number_, i));
  image.value(pressure_);
  image.values(key_pressures_);
}

void FluidChannel::restore(base::ImageReader& image) {
  int bank = 0;
  int program = 0;
  int told_bank = 0;
  image.within(bank, -1, 16'383);
  image.within(program, -1, 127);
  image.within(told_bank, 0, 16'383);
  std::array<std::uint8_t, 128> controllers{};
  image.values(controllers);
  image.value(unregistered_);
  int bend = 0;
  int bend_range = 0;
  image.within(bend, 0, 16'383);
  image.within(bend_range, 0, 127);
  std::array<float, GEN_LAST> generators{};
  for (float& generator : generators) image.value(generator);
  image.value(pressure_);
  image.values(key_pressures_);
  if (!image.ok()) return;

  restore_program(bank, program, told_bank);
  restore_bend_range(bend_range);
  restore_controllers(controllers);
  fluid_synth_pitch_bend(synth_, number_, bend);
  for (int i = 0; i < GEN_LAST; ++i) {
    fluid_synth_set_gen(synth_, number_, i, generators[static_cast<std::size_t>(i)]);
  }
  fluid_synth_channel_pressure(synth_, number_, pressure_);
  for (int key = 0; key < 128; ++key) {
    fluid_synth_key_pressure(synth_, number_, key, key_pressures_[static_cast<std::size_t>(key)]);
  }
}

// The bank that was told last takes effect with the next program.
void FluidChannel::restore_program(int bank, int program, int told_bank) {
  if (program < 0) {
    fluid_synth_unset_program(synth_, number_);
  } else {
    fluid_synth_bank_select(synth_, number_, bank);
    fluid_synth_program_change(synth_, number_, program);
  }
  fluid_synth_bank_select(synth_, number_, told_bank);
}

// As a parameter number, which takes any range; FluidSynth's own call for it does not.
void FluidChannel::restore_bend_range(int semitones) {
  fluid_synth_cc(synth_, number_, rpn_msb, 0);
  fluid_synth_cc(synth_, number_, rpn_lsb, 0);
  fluid_synth_cc(synth_, number_, data_msb, semitones);
}

void FluidChannel::restore_controllers(const std::array<std::uint8_t, 128>& controllers) {
  const auto tell_number = [&](int number) {
    fluid_synth_cc(synth_, number_, number, controllers[static_cast<std::size_t>(number)]);
  };
  // Parameter numbers first, the kind that counts last; an NRPN's coarse number sets its fine one to 0.
  const std::array<int, 4> registered_last = {nrpn_msb, nrpn_lsb, rpn_msb, rpn_lsb};
  const std::array<int, 4> registered_first = {rpn_msb, rpn_lsb, nrpn_msb, nrpn_lsb};
  std::ranges::for_each(unregistered_ ? registered_first : registered_last, tell_number);
  for (int i = 0; i < 128; ++i) {
    if (lasts(i) && value_of(i) != controllers[static_cast<std::size_t>(i)]) tell_number(i);
  }
}

}  // namespace firn::devices
