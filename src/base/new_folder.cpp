#include "base/new_folder.hpp"

#include <fmt/format.h>

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
  const fs::path parent = target.has_parent_path() ? target.parent_path() : ".";
  std::error_code error;
  std::vector<fs::path> missing;
  for (fs::path each = parent; !each.empty() && !fs::exists(each, error); each = each.parent_path())
    missing.push_back(each);
  NewFolder folder(target, std::move(missing));
  fs::create_directories(parent, error);
  if (error) return tl::unexpected(io_error("make", target, error.value()));
  auto work = WorkFolder::beside(target, "make");
  if (!work) return tl::unexpected(work.error());
  folder.folder_.emplace(std::move(*work));
  return folder;
}

NewFolder::~NewFolder() {
  folder_.reset();
  std::error_code ignored;
  for (const fs::path& parent : parents_) fs::remove(parent, ignored);
}

Error NewFolder::said(Error error) const {
  const std::string& hidden = path().native();
  const std::string& known = target_.native();
  for (auto at = error.message.find(hidden); at != error.message.npos;
       at = error.message.find(hidden, at + known.size()))
    error.message.replace(at, hidden.size(), known);
  return error;
}

Result<void> NewFolder::move_to_target() {
  if (auto moved = folder_->move_to(target_); !moved) return moved;
  parents_.clear();
  return sync_directory(target_.has_parent_path() ? target_.parent_path() : ".");
}

}  // namespace firn::base
