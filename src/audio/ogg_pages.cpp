#include "audio/ogg_pages.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string_view>

namespace firn::audio {

OggPages::OggPages(const base::Descriptor& file, const std::filesystem::path& path) : file_(file), path_(path) {
  ogg_sync_init(&sync_);
}

OggPages::~OggPages() { ogg_sync_clear(&sync_); }

base::Result<bool> OggPages::next() {
  while (true) {
    const long bytes =
        ogg_sync_pageseek(&sync_, &page_);  // of the page; less than 0: of what is none; 0: more is needed
    if (bytes != 0) {
      offset_ = following_;
      following_ += bytes > 0 ? bytes : -bytes;
      if (bytes > 0) return true;
    } else if (auto more = read_more(); !more || !*more) {
      return more;
    }
  }
}

base::Result<bool> OggPages::read_more() {
  constexpr long most = 1 << 16;
  char* to = ogg_sync_buffer(&sync_, most);
  if (to == nullptr) throw std::bad_alloc();
  const ssize_t got = ::pread(file_.number(), to, most, read_);
  if (got < 0) return tl::unexpected(base::io_error("read", path_, errno));
  ogg_sync_wrote(&sync_, got);
  read_ += got;
  return got > 0;
}

bool OggPages::ends_within_a_page() const {
  constexpr std::string_view mark = "OggS";
  const auto* rest = reinterpret_cast<const char*>(sync_.data) + sync_.returned;
  const auto count = static_cast<std::size_t>(sync_.fill - sync_.returned);
  return count > 0 && std::string_view(rest, std::min(count, mark.size())) == mark.substr(0, count);
}

}  // namespace firn::audio
