// Completion: what could stand next on a command line. It reads projects, and what the last scan left of plug-ins, and changes nothing. Any
// thread.
#pragma once

#include <string>
#include <vector>

namespace firn::plugins {
class Machine;
}

namespace firn::cli {

// `words` are those behind `firn`; the last is the one being typed, and may be empty. What is returned begins with it, and is
// empty where nothing is known: then a file may stand there.
std::vector<std::string> completions(const std::vector<std::string>& words, plugins::Machine&);

}  // namespace firn::cli
