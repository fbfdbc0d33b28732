#include "session/lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace firn::session {

using base::Descriptor;
using base::ErrorKind;
using base::Result;

Result<Lock> Lock::acquire(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file) return tl::unexpected(base::io_error("lock", path, errno));
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return tl::unexpected(base::io_error("lock", path, errno));
    std::string owner = base::read_whole(path, 100).value_or("");
    owner.erase(owner.find_last_not_of(" \n") + 1);
    return base::fail(ErrorKind::locked,
                      fmt::format("Another Firn (process {}) has the project {} open. Close it there, or wait "
                                  "until it is done.",
                                  owner.empty() ? "unknown" : owner, path.parent_path().parent_path().string()));
  }
  // Who holds it is told by its text as far as the disk has room for that.
  const std::string id = fmt::format("{}\n", ::getpid());
  static_cast<void>(::ftruncate(file.number(), 0) == 0 &&
                    base::write_all(file, std::as_bytes(std::span(id.data(), id.size())), path));
  return Lock(std::move(file));
}

}  // namespace firn::session
