// Zip files: written whole or not at all, the same bytes for the same content; read with mistrust. libzip. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace firn::session {

struct ZipEntry {
  std::string name;                                          // with '/' between folders
  std::variant<std::string, std::filesystem::path> content;  // a text, which is compressed; or a file
};

// In the order given, without times. A file that is there is replaced at one stroke. Returns its size. progress(0 to 1) may return false to
// cancel.
base::Result<std::int64_t> write_zip(const std::filesystem::path&, const std::vector<ZipEntry>&,
                                     const std::function<bool(double)>& progress);

class ZipReader {
 public:
  struct Entry {
    std::string name;
    std::int64_t bytes = 0;  // as declared
    std::uint64_t index = 0;
  };

  // Malformed: what is no zip or is cut short, and names that lead out, stand twice, or are those of links.
  static base::Result<ZipReader> open(const std::filesystem::path&);

  const std::vector<Entry>& files() const { return files_; }  // without folders
  std::int64_t archive_bytes() const { return archive_bytes_; }

  // Hands a file on in parts: exactly as many bytes as declared, and as they were; else malformed.
  base::Result<void> read(const Entry&,
                          const std::function<base::Result<void>(std::span<const std::byte>)>& each) const;

 private:
  struct Close {
    void operator()(void* archive) const;
  };

  std::filesystem::path path_;
  std::unique_ptr<void, Close> archive_;
  std::vector<Entry> files_;
  std::int64_t archive_bytes_ = 0;
};

}  // namespace firn::session
