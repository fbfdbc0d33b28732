// Files of the operating system: an owned descriptor, whole reads and writes, and replacing a file at one stroke. POSIX.
// Any thread. What the system refuses becomes an Error a person can act on: kind not_found if there is no such file, io else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace firn::base {

// Owns an open file.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// `doing` completes "Can't …": io_error("read", path, errno) is "Can't read song.wav: permission denied. …".
Error io_error(std::string_view doing, const std::filesystem::path&, int error_number);

// A regular file for reading: a directory, a pipe or a device is refused.
Result<Descriptor> open_to_read(const std::filesystem::path&);
// An empty file for writing (and reading back), made or emptied; a link in its place is refused. `said` is the path that an error names,
// where a person knows the file by another.
Result<Descriptor> open_to_write(const std::filesystem::path&);
Result<Descriptor> open_to_write(const std::filesystem::path&, const std::filesystem::path& said);

Result<void> write_all(const Descriptor&, std::span<const std::byte>, const std::filesystem::path&);
// At an offset, leaving the file's position alone.
Result<void> write_all_at(const Descriptor&, std::int64_t offset, std::span<const std::byte>,
                          const std::filesystem::path&);
// Copies `count` bytes from an offset on to the position of another file; where the file system can, they are shared.
Result<void> copy_range(const Descriptor& from, std::int64_t offset, std::int64_t count, const Descriptor& to,
                        const std::filesystem::path& from_path, const std::filesystem::path& to_path);
// What has been written begins to go to the disk, so that sync() need not wait for all of it.
void begin_sync(const Descriptor&);
// Waits until the disk has it.
Result<void> sync(const Descriptor&, const std::filesystem::path&);
Result<void> sync_directory(const std::filesystem::path&);

// A file with that content, whole and on the disk when it returns; none if it fails. `said` is what an error names that comes of the content.
Result<void> write_whole(const std::filesystem::path&, std::string_view content, const std::filesystem::path& said);
// Moves a file that is on the disk to another name, in the place of what is there.
Result<void> put_in_place(const std::filesystem::path& temporary, const std::filesystem::path&);

// The whole content of a file of at most `limit` bytes; malformed if it is larger.
Result<std::string> read_whole(const std::filesystem::path&, std::int64_t limit);
// Both, through `temporary`, which is on the same file system: after a crash at any moment, `path` has its old content or this one, whole.
Result<void> replace_file(const std::filesystem::path&, std::string_view content,
                          const std::filesystem::path& temporary);

}  // namespace firn::base
