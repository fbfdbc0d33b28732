// The device "sampler": one audio file over all keys, with a loop, an envelope and a filter.
//
// Events are sample-accurate; pitch, filter and level move in straight lines between absolute multiples of 16 frames. A
// note on the root key at the file's own rate, at full velocity, plays the file bit for bit.
#pragma once

#include "devices/built_in.hpp"

namespace firn::devices {

BuiltIn sampler();

}  // namespace firn::devices
