// The MIDI effects: events in, events out, in the order that midi::EventList promises. Any thread.
//
// Every note that one of them starts it also ends, whatever happens to its parameters meanwhile, and what is no note
// passes at its place. Notes that cross blocks are kept in frames of the stream, so that a loop wrap leaves none
// hanging.
#pragma once

#include "devices/built_in.hpp"

namespace firn::devices {

BuiltIn arpeggiator();
BuiltIn chord();
BuiltIn note_length();
BuiltIn transpose();
BuiltIn velocity();

}  // namespace firn::devices
