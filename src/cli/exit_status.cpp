#include "cli/exit_status.hpp"

namespace firn::cli {

int exit_status(base::ErrorKind kind) {
  using base::ErrorKind;
  switch (kind) {
    case ErrorKind::different: return 1;
    case ErrorKind::usage: return 2;
    case ErrorKind::not_found: return 3;
    case ErrorKind::ambiguous: return 4;
    case ErrorKind::refused: return 5;
    case ErrorKind::malformed: return 6;
    case ErrorKind::unsupported: return 7;
    case ErrorKind::newer: return 8;
    case ErrorKind::changed: return 9;
    case ErrorKind::locked: return 10;
    case ErrorKind::io: return 11;
    case ErrorKind::device: return 12;
    case ErrorKind::incomplete: return 13;
    case ErrorKind::cancelled: return 130;
  }
  return exit_fault;
}

}  // namespace firn::cli
