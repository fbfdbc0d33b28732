// The device "soundfont": General MIDI and other SoundFonts by FluidSynth, one synth and one MIDI channel per device.
//
// FluidSynth starts events on buffers of 64 frames. Buffers lie on absolute timeline positions (multiples of 64), an
// event on a boundary belongs to it and any other to the next, so that the output does not depend on how blocks are
// cut. A loop wrap keeps the grid of the samples before it. Everything else is at FluidSynth's defaults.
#pragma once

#include "devices/built_in.hpp"

namespace firn::devices {

BuiltIn soundfont();

}  // namespace firn::devices
