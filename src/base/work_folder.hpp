// WorkFolder: a hidden folder beside a file or folder that is being made, where it grows until it is moved into its place. POSIX. One thread.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "base/file.hpp"
#include "base/result.hpp"

namespace firn::base {

class WorkFolder {
 public:
  // An empty folder `.firn-new-…` in the folder of `target`. Others there that no living process holds are removed. `doing` completes
  // "Can't …", as for io_error.
  static Result<WorkFolder> beside(const std::filesystem::path& target, std::string_view doing);
  ~WorkFolder();  // removes it, with all that is in it
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
  WorkFolder& operator=(WorkFolder&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Makes it a folder like any other, under that name.
  Result<void> move_to(const std::filesystem::path& target);

 private:
  WorkFolder(std::filesystem::path path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  Descriptor lock_;  // flock(2) on the folder, which goes with the process
};

}  // namespace firn::base
