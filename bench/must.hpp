// must(): what a result holds, or the end of the program with its error.
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace firn::bench {

[[noreturn]] inline void give_up(const std::string& message) {
  fmt::print(stderr, "{}\n", message);
  std::exit(1);
}

template <class T>
T must(base::Result<T> result) {
  if (!result) give_up(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace firn::bench
