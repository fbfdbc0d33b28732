// The audio effects that have more to say than their Faust program: latency, a tail, or memory by rate. Any thread.
#pragma once

#include "devices/built_in.hpp"

namespace firn::devices {

BuiltIn delay();
BuiltIn limiter();
BuiltIn reverb();
BuiltIn saturator();

}  // namespace firn::devices
