#include "base/work_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace firn::base {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view name_start = ".firn-new-";

enum class Held { by_us, by_another, unknown };  // unknown: the file system has no locks

Held hold(const Descriptor& folder) {
  if (::flock(folder.number(), LOCK_EX | LOCK_NB) == 0) return Held::by_us;
  return errno == EWOULDBLOCK ? Held::by_another : Held::unknown;
}

Descriptor open_folder(const fs::path& path) {
  return Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool is_at(const Descriptor& folder, const fs::path& path) {
  struct stat ours {};
  struct stat there {};
  return ::fstat(folder.number(), &ours) == 0 && ::lstat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

void remove_left_behind(const fs::path& parent) {
  std::error_code ignored;
  for (fs::directory_iterator entry(parent, ignored), end; !ignored && entry != end; entry.increment(ignored)) {
    if (!entry->path().filename().native().starts_with(name_start)) continue;
    const Descriptor folder = open_folder(entry->path());
    std::error_code left;
    if (folder && hold(folder) == Held::by_us) fs::remove_all(entry->path(), left);
  }
}

}  // namespace

Result<WorkFolder> WorkFolder::beside(const fs::path& target, std::string_view doing) {
  const fs::path parent = target.parent_path();
  remove_left_behind(parent.empty() ? "." : parent);
  for (int number = 0;; ++number) {
    const fs::path path = parent / fmt::format("{}{}-{}", name_start, ::getpid(), number);
    if (::mkdir(path.c_str(), 0777) != 0) {
      if (errno == EEXIST) continue;
      return tl::unexpected(io_error(doing, target, errno));
    }
    Descriptor folder = open_folder(path);
    if (!folder && errno != ENOENT) {
      const int reason = errno;
      ::rmdir(path.c_str());
      return tl::unexpected(io_error(doing, target, reason));
    }
    // Before it was held, it looked left behind to another process.
    if (!folder || hold(folder) == Held::by_another || !is_at(folder, path)) continue;
    return WorkFolder(path, std::move(folder));
  }
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<void> WorkFolder::move_to(const fs::path& target) {
  if (std::rename(path_.c_str(), target.c_str()) != 0) return tl::unexpected(io_error("make", target, errno));
  path_.clear();
  return {};
}

}  // namespace firn::base
