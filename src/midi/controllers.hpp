// Controllers by number (MIDI 1.0, table 3). Pure; any thread.
#pragma once

namespace firn::midi {

// Data entry, increment, decrement and the parameter numbers themselves (RPN, NRPN): their order is their meaning, so none of
// them stands for those before it.
constexpr bool sets_parameter_number(int controller) {
  return controller == 6 || controller == 38 || (controller >= 96 && controller <= 101);
}

// Hold, portamento, sostenuto, soft, legato, hold 2: pedals that are up at 0.
constexpr int first_pedal = 64;
constexpr int last_pedal = 69;

}  // namespace firn::midi
