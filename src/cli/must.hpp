// must: the value of a Result, or out of the verb at once. Failure never leaves this room: program.cpp catches it. Any thread.
#pragma once

#include <string>
#include <utility>

#include "base/result.hpp"

namespace firn::cli {

struct Failure {
  base::Error error;
};

[[noreturn]] inline void refuse(base::ErrorKind kind, std::string message) {
  throw Failure{base::Error{kind, std::move(message)}};
}

template <class T>
T must(base::Result<T> result) {
  if (!result) throw Failure{std::move(result.error())};
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace firn::cli
