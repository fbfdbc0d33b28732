// Lock: at most one process has a project open for writing. Any thread; released when destroyed, or when the process ends in
// any way, so a dead process's lock never blocks.
#pragma once

#include <filesystem>

#include "base/file.hpp"
#include "base/result.hpp"

namespace firn::session {

class Lock {
 public:
  // flock(2) on `path`, which is made if missing and holds the owner's process id as text. Fails with `locked` and that id.
  static base::Result<Lock> acquire(const std::filesystem::path& path);

 private:
  explicit Lock(base::Descriptor file) : file_(std::move(file)) {}
  base::Descriptor file_;
};

}  // namespace firn::session
