// What names this build of the program: its linker's build ID. Any thread.
#pragma once

#include <string>

namespace firn::base {

// Lower-case hexadecimal digits; empty if the linker wrote none. Two builds that differ in any code differ in it.
std::string build_id();

}  // namespace firn::base
