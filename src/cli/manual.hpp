// manual_text: the man page firn(1), made from the table of verbs, in mdoc. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace firn::cli {

std::string manual_text(std::string_view version);

}  // namespace firn::cli
