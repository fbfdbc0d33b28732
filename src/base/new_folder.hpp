// NewFolder: a folder that appears at one stroke, with all that is in it, or not at all. POSIX. One thread.
#pragma once

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/work_folder.hpp"

namespace firn::base {

class NewFolder {
 public:
  // An empty folder beside `target`, which must be missing or an empty folder itself (refused). What it is to lie in is made too.
  static Result<NewFolder> beside(const std::filesystem::path& target);
  ~NewFolder();  // unless it has been moved: removed, with what was made for it
  NewFolder(NewFolder&&) noexcept = default;
  NewFolder& operator=(NewFolder&&) = delete;

  const std::filesystem::path& path() const { return folder_->path(); }
  // The error with `target` for the path of its work folder, which nobody knows.
  Error said(Error) const;
  Result<void> move_to_target();

 private:
  NewFolder(std::filesystem::path target, std::vector<std::filesystem::path> parents)
      : target_(std::move(target)), parents_(std::move(parents)) {}

  std::filesystem::path target_;
  std::vector<std::filesystem::path> parents_;  // that were made for it, the deepest first
  std::optional<WorkFolder> folder_;
};

}  // namespace firn::base
