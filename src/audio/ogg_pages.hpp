// The pages of an Ogg file (RFC 3533), one after another. For this room's own files.
#pragma once

#include <ogg/ogg.h>

#include <cstdint>
#include <filesystem>

#include "base/file.hpp"
#include "base/result.hpp"

namespace firn::audio {

class OggPages {
 public:
  // Both must outlive it; the descriptor's position is left alone, and `path` is for messages.
  OggPages(const base::Descriptor&, const std::filesystem::path&);
  ~OggPages();
  OggPages(const OggPages&) = delete;
  OggPages& operator=(const OggPages&) = delete;

  // Goes on to the next page that is whole and has the right checksum; false where there is none.
  base::Result<bool> next();
  ogg_page& page() { return page_; }               // good until the next call of next()
  std::int64_t offset() const { return offset_; }  // of the page in the file
  bool ends_within_a_page() const;                 // once next() has found no more

 private:
  base::Result<bool> read_more();

  const base::Descriptor& file_;
  const std::filesystem::path& path_;
  ogg_sync_state sync_{};
  ogg_page page_{};
  std::int64_t offset_ = 0;
  std::int64_t following_ = 0;  // where what comes after the page begins
  std::int64_t read_ = 0;       // bytes of the file, so far
};

}  // namespace firn::audio
