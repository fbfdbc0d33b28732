// NewFolder: a folder that appears at one stroke, with all that is in it, or not at all. POSIX. One thread.
#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace firn::base {

class NewFolder {
 public:
  // An empty folder beside `target`, which must be missing or an empty folder itself (refused). What it is to lie in is made too.
  static Result<NewFolder> beside(const std::filesystem::path& target);
  ~NewFolder();  // unless it has been moved: removed, with what was made for it
  NewFolder(NewFolder&& other) noexcept
      : target_(std::move(other.target_)),
        path_(std::exchange(other.path_, {})),
        parents_(std::exchange(other.parents_, {})) {}
  NewFolder& operator=(NewFolder&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  Result<void> move_to_target();

 private:
  explicit NewFolder(std::filesystem::path target) : target_(std::move(target)) {}

  std::filesystem::path target_;
  std::filesystem::path path_;
  std::vector<std::filesystem::path> parents_;  // that were made for it, the deepest first
};

}  // namespace firn::base
