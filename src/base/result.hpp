// Result<T>: a value, or an Error that a user can act on. What only a programmer can cause is an assert instead.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace firn::base {

// The closed list of what can go wrong. Each kind has one exit status (docs/exit-status.md).
enum class ErrorKind {
  usage,        // the request itself makes no sense: a bad value, an unknown option
  not_found,    // a name, a file or a device that is not there
  ambiguous,    // a name that fits several things
  refused,      // the project's state forbids it (frozen, a routing cycle, nothing to render)
  malformed,    // a file's content is broken
  unsupported,  // a file or a request that is valid, but beyond Firn
  newer,        // a project written by a later version of Firn
  changed,      // the project's text was changed by hand, so history no longer fits it
  locked,       // another process has the project open
  io,           // the operating system refused: permission, a full disk, a vanished file
  device,       // a device failed while processing
  cancelled,    // the user stopped it
  different,    // verification found a print that is not equal to a fresh render
  incomplete,   // of many, some failed
};

// `message` says what is wrong, where, and what to do, in one or more sentences without a final line break.
struct Error {
  ErrorKind kind = ErrorKind::usage;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message)});
}

}  // namespace firn::base
