// The program `firn`: reads a command line, runs its verb, and says how it went. Call it once, from the main thread.
#pragma once

#include <string>
#include <vector>

namespace firn::cli {

// `arguments` without the program's name. Returns the exit status.
int run(std::vector<std::string> arguments);

}  // namespace firn::cli
