// A plug-in's state as Firn keeps it (../protocol.md): a line that says what it is and tells whether it is whole, then bytes. Any thread.
#pragma once

#include <string>

#include "plugins/host/hosted_plugin.hpp"

namespace firn::plugins::host {

struct StateFile {
  std::string kind;
  std::string bytes;
};

std::string text_of(const StateFile&);
// Fails for what is none, and for what is damaged or cut short.
Result<StateFile> read_state_file(const std::string& text);

}  // namespace firn::plugins::host
