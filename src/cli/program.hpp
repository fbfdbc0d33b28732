// The program `firn`: reads a command line, runs its verb, and says how it went. Call it once, from the main thread.
#pragma once

#include <string>
#include <vector>

#include "cli/verb.hpp"

namespace firn::cli {

// `arguments` without the program's name. Returns the exit status.
int run(std::vector<std::string> arguments);

// Fails with usage (must.hpp) where the verb has no such options, or they no such values.
void check_options(const Verb&, const std::vector<std::string>& arguments);

}  // namespace firn::cli
