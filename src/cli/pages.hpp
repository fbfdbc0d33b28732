// The pages of docs/ that the program carries with it, as Markdown. Written into the program by the build (CMakeLists.txt).
#pragma once

#include <string_view>

namespace firn::cli::pages {

extern const std::string_view which;
extern const std::string_view values;
extern const std::string_view exit_status;
extern const std::string_view cli;

}  // namespace firn::cli::pages
