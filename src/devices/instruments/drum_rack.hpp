// The device "drum_rack": sixteen pads, each an audio file on a note of its own, with choke groups.
//
// A pad plays its sample to the end, whatever the note-off: `decay` shortens it. A pad of a choke group (1 to 8) cuts
// all that sounds in the group, itself too, within 4 ms. Events are sample-accurate. With Settings::pad the others play on
// unheard, so that what each pad gives alone sums to what all give: in 64 bits and their order, bit for bit.
#pragma once

#include "devices/built_in.hpp"

namespace firn::devices {

BuiltIn drum_rack();

}  // namespace firn::devices
