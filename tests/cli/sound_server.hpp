// A sound server with no sound card behind it, for scripts that run the program beside it. One at a time on a machine.
#pragma once

#include <string>

#include "cli/run_program.hpp"

namespace firn::tests {

enum class SoundServer { jack, pipewire };

// Runs a bash script while a server runs, in which `client` runs a JACK program, and wait_for CONDITION waits until that holds, for ten
// seconds. False, with a message, where this machine has no such server or lacks one of the programs, or where a sanitizer can't take it.
// No real-time scheduling and large blocks, at 48 kHz: what counts is what comes, not how well this machine keeps time.
bool run_beside(SoundServer, const Program&, const std::string& programs, const std::string& script);

}  // namespace firn::tests
