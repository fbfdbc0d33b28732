// The device "synth": a subtractive polyphonic synthesizer. Two oscillators with unison and noise, a filter, two
// envelopes, an LFO, glide.
//
// Events are sample-accurate. Pitch, filter, LFO and parameters move in straight lines between absolute multiples of 16
// frames. Phases and noise come from the seed and a note's place, so that a note sounds the same wherever a run began.
#pragma once

#include "devices/built_in.hpp"

namespace firn::devices {

BuiltIn synth();

}  // namespace firn::devices
