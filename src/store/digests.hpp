// Digests: of files' bytes, so kept that an unchanged file is read once. One thread at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

namespace firn::store {

// What tells that a file has not changed.
struct FileStamp {
  std::int64_t bytes = 0;
  std::int64_t changed = 0;  // nanoseconds
  std::int64_t inode = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// When its content last changed, which programs set as they like; or anything about it, which they can't.
enum class Changed { content, anything };
base::Result<FileStamp> stamp_of(const base::Descriptor&, const std::filesystem::path&, Changed);

// Reads a file from its start to its end in large parts; each(part) fails to stop it.
base::Result<void> read_through(const base::Descriptor&, const std::filesystem::path&,
                                const std::function<base::Result<void>(std::span<const std::byte>)>& each);

// In a journal, one line each: {"path", "bytes", "changed" (anything), "inode", "digest"}.
class Digests {
 public:
  // Files under `root` are noted by their path from there.
  Digests(std::filesystem::path journal, std::filesystem::path root);

  base::Result<base::Digest> of(const std::filesystem::path&);

  // Forgets files that are no more, and tidies the journal.
  base::Result<void> tidy(const std::filesystem::path& temporary);

 private:
  struct Known {
    FileStamp stamp;
    base::Digest digest;
  };

  std::filesystem::path journal_;
  std::filesystem::path root_;
  std::map<std::string, Known> known_;  // by path
};

}  // namespace firn::store
