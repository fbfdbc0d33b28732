// The word that was meant: the nearest of those there are. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firn::cli {

// Nothing where none is near: at most one wrong, missing, additional or swapped letter for every three, and one at least.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace firn::cli
