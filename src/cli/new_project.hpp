// The verbs that bring MIDI and audio files in: new and import. One thread.
#pragma once

#include "cli/verb.hpp"

namespace firn::cli {

Run new_project(CLI::App&);
Run import_files(CLI::App&);

}  // namespace firn::cli
