#include "store/digests.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "store/journal.hpp"

namespace firn::store {
namespace {

using nlohmann::json;

json line_of(const std::string& path, const FileStamp& stamp, const base::Digest& digest) {
  return {{"path", path},
          {"bytes", stamp.bytes},
          {"changed", stamp.changed},
          {"inode", stamp.inode},
          {"digest", base::hex(digest)}};
}

// A file may change twice within what its clock can tell apart. Only one that has been at rest for a while is known by its stamp.
bool is_at_rest(const FileStamp& stamp) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return stamp.changed < std::chrono::nanoseconds(now - std::chrono::seconds(2)).count();
}

}  // namespace

base::Result<FileStamp> stamp_of(const base::Descriptor& file, const std::filesystem::path& path, Changed changed) {
  struct stat about {};
  if (::fstat(file.number(), &about) != 0) return tl::unexpected(base::io_error("read", path, errno));
  const timespec at = changed == Changed::content ? about.st_mtim : about.st_ctim;
  return FileStamp{about.st_size, std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec,
                   static_cast<std::int64_t>(about.st_ino)};
}

base::Result<void> read_through(const base::Descriptor& file, const std::filesystem::path& path,
                                const std::function<base::Result<void>(std::span<const std::byte>)>& each) {
  std::vector<std::byte> part(1 << 20);
  std::int64_t offset = 0;
  while (true) {
    const ssize_t count = ::pread(file.number(), part.data(), part.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tl::unexpected(base::io_error("read", path, errno));
    if (count == 0) return {};
    offset += count;
    if (auto done = each(std::span(part).first(static_cast<std::size_t>(count))); !done) return done;
  }
}

Digests::Digests(std::filesystem::path journal, std::filesystem::path root)
    : journal_(std::move(journal)), root_(std::move(root)) {
  for (const auto& line : read_journal(journal_)) {
    const auto path = text_at(line, "path");
    const auto bytes = number_at(line, "bytes");
    const auto changed = number_at(line, "changed");
    const auto inode = number_at(line, "inode");
    const auto digest = digest_at(line, "digest");
    if (path && bytes && changed && inode && digest) known_[*path] = {{*bytes, *changed, *inode}, *digest};
  }
}

base::Result<base::Digest> Digests::of(const std::filesystem::path& path) {
  const auto file = base::open_to_read(path);
  if (!file) return tl::unexpected(file.error());
  const auto stamp = stamp_of(*file, path, Changed::anything);
  if (!stamp) return tl::unexpected(stamp.error());
  const auto from_root = path.lexically_relative(root_);
  const std::string name = from_root.empty() || *from_root.begin() == ".." ? path.string() : from_root.string();
  if (const auto found = known_.find(name); found != known_.end() && found->second.stamp == *stamp) {
    return found->second.digest;
  }

  base::Hasher hasher;
  const auto read = read_through(*file, path, [&](std::span<const std::byte> part) -> base::Result<void> {
    hasher.bytes(part);
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  const base::Digest digest = hasher.finish();
  if (is_at_rest(*stamp) && stamp_of(*file, path, Changed::anything) == stamp) {
    known_[name] = {*stamp, digest};
    add_to_journal(journal_, line_of(name, *stamp, digest));  // if it can't be kept, the file is read again next time
  }
  return digest;
}

base::Result<void> Digests::tidy(const std::filesystem::path& temporary) {
  std::erase_if(known_, [&](const auto& entry) {
    std::error_code error;
    return !std::filesystem::exists(root_ / entry.first, error);
  });
  std::vector<json> lines;
  for (const auto& [path, known] : known_) lines.push_back(line_of(path, known.stamp, known.digest));
  return replace_journal(journal_, lines, temporary);
}

}  // namespace firn::store
