#include "base/new_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/file.hpp"

namespace firn::base {

namespace fs = std::filesystem;

namespace {

Result<void> refuse_full(const fs::path& directory) {
  std::error_code error;
  if (!fs::exists(directory, error)) return {};
  if (fs::is_directory(directory, error) && fs::is_empty(directory, error) && !error) return {};
  return fail(ErrorKind::refused,
              fmt::format("\"{}\" is there already, and not an empty directory. Give another name with -o.",
                          directory.string()));
}

}  // namespace

Result<NewFolder> NewFolder::beside(const fs::path& target) {
  if (auto free = refuse_full(target); !free) return tl::unexpected(free.error());
  NewFolder folder(target);
  const fs::path parent = target.has_parent_path() ? target.parent_path() : ".";
  std::error_code error;
  for (fs::path missing = parent; !missing.empty() && !fs::exists(missing, error); missing = missing.parent_path()) {
    folder.parents_.push_back(missing);
  }
  fs::create_directories(parent, error);
  const fs::path path = parent / fmt::format(".firn-new-{}", ::getpid());
  if (!error) fs::remove_all(path, error);  // of a process that is gone
  if (!error) fs::create_directory(path, error);
  if (error) return tl::unexpected(io_error("make", target, error.value()));
  folder.path_ = path;
  return folder;
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
  for (const fs::path& parent : parents_) fs::remove(parent, ignored);
}

Result<void> NewFolder::move_to_target() {
  if (std::rename(path_.c_str(), target_.c_str()) != 0) return tl::unexpected(io_error("make", target_, errno));
  path_.clear();
  parents_.clear();
  return {};
}

}  // namespace firn::base
