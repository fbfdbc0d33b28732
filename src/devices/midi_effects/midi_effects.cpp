#include "devices/midi_effects/midi_effects.hpp"

namespace firn::devices {

std::vector<BuiltIn> midi_effects() { return {arpeggiator(), chord(), note_length(), transpose(), velocity()}; }

}  // namespace firn::devices
