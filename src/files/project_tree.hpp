// A JSON text as a tree, with what a hostile text could do kept in bounds: size, depth, number of values, and fields given
// twice. Any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.hpp"

namespace firn::files {

struct TreeLimits {
  std::size_t bytes = 512 * 1024 * 1024;
  std::size_t depth = 128;
  std::size_t values = 50'000'000;
};

// Fails with `malformed`: the line and column, or the JSON pointer, and what is wrong there.
base::Result<nlohmann::json> parse_tree(std::string_view text, const TreeLimits& = {});

}  // namespace firn::files
