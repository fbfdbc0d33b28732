// Files of this machine that a plug-in's state refers to by their absolute paths, so that they are none of the project's. Any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace firn::plugins {

// As far as a state can be read by who does not know its format: paths that stand in it as text, or in base64 in it, and where a file is now.
std::set<std::string> outside_files(std::string_view state);

}  // namespace firn::plugins
