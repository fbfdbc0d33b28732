// What the program ends with: one status for each kind of error (docs/exit-status.md). Any thread.
#pragma once

#include "base/result.hpp"

namespace firn::cli {

inline constexpr int exit_fault = 70;  // a fault in Firn itself, or no memory left

int exit_status(base::ErrorKind);  // 1 to 125, and 130 for cancelled

}  // namespace firn::cli
