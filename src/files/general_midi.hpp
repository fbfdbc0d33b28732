// The names that General MIDI gives to its 128 programs (General MIDI System Level 1, RP-003). Any thread.
#pragma once

#include <string_view>

namespace firn::files {

std::string_view general_midi_name(int program);  // 0 to 127: "Acoustic Grand Piano"

}  // namespace firn::files
