#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

namespace firn::base {
namespace {

std::string_view advice(int error_number) {
  switch (error_number) {
    case ENOSPC: return "the disk is full. Free some space and try again.";
    case EDQUOT: return "your disk quota is used up. Free some space and try again.";
    case EFBIG: return "the file would be larger than the system allows. Raise the limit or write less.";
    case EACCES:
    case EPERM: return "permission denied. Check who owns it and what its folder allows.";
    case EROFS: return "the file system is read-only. Choose another place.";
    case ENOENT: return "there is no such file or folder.";
    case EISDIR: return "it is a folder, not a file.";
    case ENOTDIR: return "a part of the path is a file, not a folder.";
    case ELOOP: return "it is a link, which may lead anywhere. Remove the link.";
    case ENAMETOOLONG: return "the name is too long. Choose a shorter one.";
    case EMFILE:
    case ENFILE: return "too many files are open. Close some programs, or raise the limit (ulimit -n).";
    default: return {};
  }
}

template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Error io_error(std::string_view doing, const std::filesystem::path& path, int error_number) {
  const auto kind = error_number == ENOENT ? ErrorKind::not_found : ErrorKind::io;
  const std::string_view known = advice(error_number);
  const std::string reason = known.empty() ? std::system_category().message(error_number) + "." : std::string(known);
  return {kind, fmt::format("Can't {} {}: {}", doing, path.string(), reason)};
}

Result<Descriptor> open_to_read(const std::filesystem::path& path) {
  // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
  Descriptor file(retried([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  struct stat about {};
  if (!file || ::fstat(file.number(), &about) != 0) return tl::unexpected(io_error("read", path, errno));
  if (S_ISDIR(about.st_mode)) return tl::unexpected(io_error("read", path, EISDIR));
  if (!S_ISREG(about.st_mode)) {
    return fail(ErrorKind::io, fmt::format("Can't read {}: it is a pipe or a device, not a file.", path.string()));
  }
  return file;
}

Result<Descriptor> open_to_write(const std::filesystem::path& path) { return open_to_write(path, path); }

Result<Descriptor> open_to_write(const std::filesystem::path& path, const std::filesystem::path& said) {
  Descriptor file(
      retried([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666); }));
  if (!file) return tl::unexpected(io_error("write", said, errno));
  return file;
}

Result<void> write_all(const Descriptor& file, std::span<const std::byte> data, const std::filesystem::path& path) {
  while (!data.empty()) {
    const ssize_t written = retried([&] { return ::write(file.number(), data.data(), data.size()); });
    if (written < 0) return tl::unexpected(io_error("write", path, errno));
    data = data.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> write_all_at(const Descriptor& file, std::int64_t offset, std::span<const std::byte> data,
                          const std::filesystem::path& path) {
  while (!data.empty()) {
    const ssize_t written = retried([&] { return ::pwrite(file.number(), data.data(), data.size(), offset); });
    if (written < 0) return tl::unexpected(io_error("write", path, errno));
    offset += written;
    data = data.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> copy_range(const Descriptor& from, std::int64_t offset, std::int64_t count, const Descriptor& to,
                        const std::filesystem::path& from_path, const std::filesystem::path& to_path) {
  const auto ended_early = [&] {
    return fail(ErrorKind::io, fmt::format("Can't read {}: it is shorter than it was.", from_path.string()));
  };
  off_t at = offset;
  while (count > 0) {
    const auto copied = retried([&] {
      return ::copy_file_range(from.number(), &at, to.number(), nullptr, static_cast<std::size_t>(count), 0);
    });
    if (copied < 0) break;
    if (copied == 0) return ended_early();
    count -= copied;
  }
  // Not every file system can; and of an error, read and write say which of the two files has it.
  std::vector<std::byte> chunk(count > 0 ? 1 << 18 : 0);
  while (count > 0) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::int64_t>(count, static_cast<std::int64_t>(chunk.size())));
    const auto got = retried([&] { return ::pread(from.number(), chunk.data(), wanted, at); });
    if (got < 0) return tl::unexpected(io_error("read", from_path, errno));
    if (got == 0) return ended_early();
    if (auto done = write_all(to, std::span(chunk).first(static_cast<std::size_t>(got)), to_path); !done) return done;
    at += got;
    count -= got;
  }
  return {};
}

void begin_sync(const Descriptor& file) { ::sync_file_range(file.number(), 0, 0, SYNC_FILE_RANGE_WRITE); }

Result<void> sync(const Descriptor& file, const std::filesystem::path& path) {
  if (retried([&] { return ::fsync(file.number()); }) != 0) return tl::unexpected(io_error("write", path, errno));
  return {};
}

Result<void> sync_directory(const std::filesystem::path& path) {
  const Descriptor directory(retried([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!directory) return tl::unexpected(io_error("open", path, errno));
  // Some file systems can't sync a directory, and say EINVAL.
  if (retried([&] { return ::fsync(directory.number()); }) != 0 && errno != EINVAL) {
    return tl::unexpected(io_error("write to", path, errno));
  }
  return {};
}

Result<std::string> read_whole(const std::filesystem::path& path, std::int64_t limit) {
  const auto file = open_to_read(path);
  if (!file) return tl::unexpected(file.error());
  std::string content;
  std::array<char, 65536> chunk;
  while (true) {
    const ssize_t count = retried([&] { return ::read(file->number(), chunk.data(), chunk.size()); });
    if (count < 0) return tl::unexpected(io_error("read", path, errno));
    if (count == 0) return content;
    content.append(chunk.data(), static_cast<std::size_t>(count));
    if (static_cast<std::int64_t>(content.size()) > limit) {
      return fail(ErrorKind::malformed,
                  fmt::format("{} is larger than the {} bytes Firn reads.", path.string(), limit));
    }
  }
}

Result<void> write_whole(const std::filesystem::path& path, std::string_view content,
                         const std::filesystem::path& said) {
  const auto file = open_to_write(path);
  if (!file) return tl::unexpected(file.error());
  const auto bytes = std::as_bytes(std::span(content.data(), content.size()));
  auto written = write_all(*file, bytes, said).and_then([&] { return sync(*file, said); });
  if (!written) ::unlink(path.c_str());
  return written;
}

Result<void> put_in_place(const std::filesystem::path& temporary, const std::filesystem::path& path) {
  if (::rename(temporary.c_str(), path.c_str()) != 0) return tl::unexpected(io_error("write", path, errno));
  return sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view content,
                          const std::filesystem::path& temporary) {
  if (auto written = write_whole(temporary, content, path); !written) return written;
  auto placed = put_in_place(temporary, path);
  if (!placed) ::unlink(temporary.c_str());
  return placed;
}

}  // namespace firn::base
