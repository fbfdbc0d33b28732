#include "store/take_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "store/store.hpp"

namespace firn::store {

namespace fs = std::filesystem;
using base::ErrorKind;
using time::Frames;

namespace {

// An event as it is written.
struct Written {
  std::int64_t at;
  std::uint8_t kind;
  std::uint8_t number;
  std::uint16_t value;
  std::uint32_t zero;
};
static_assert(sizeof(Written) == 16);

constexpr std::int64_t frame_bytes = 2 * sizeof(float);
constexpr std::int64_t longest_label = 1 << 20;
constexpr std::int64_t between_syncs = 1 << 15;  // frames

std::int64_t bytes_of(TakeKind kind) { return kind == TakeKind::played ? sizeof(Written) : frame_bytes; }

std::int64_t begin_behind(const std::string& label) { return std::ssize(label) + 1; }

const char* extension_of(TakeKind kind) {
  switch (kind) {
    case TakeKind::take: return ".take";
    case TakeKind::heard: return ".heard";
    case TakeKind::played: return ".played";
  }
  return "";
}

// The text before the first line end; none where the file ends before one. Fails with io.
base::Result<std::optional<std::string>> label_in(const base::Descriptor& file, const fs::path& path) {
  std::string text;
  char part[4096];
  while (std::ssize(text) < longest_label) {
    const ssize_t got = ::pread(file.number(), part, sizeof part, static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(base::io_error("read", path, errno));
    if (got == 0) return std::optional<std::string>();
    const std::string_view more(part, static_cast<std::size_t>(got));
    if (const auto end = more.find('\n'); end != std::string_view::npos)
      return std::optional(text.append(more.substr(0, end)));
    text += more;
  }
  return std::optional<std::string>();
}

}  // namespace

TakeFile::TakeFile(base::Descriptor file, fs::path path, std::string label, TakeKind kind, std::int64_t count)
    : file_(std::move(file)),
      path_(std::move(path)),
      label_(std::move(label)),
      kind_(kind),
      count_(count),
      synced_(count) {}

base::Result<TakeFile> TakeFile::create(const fs::path& directory, const std::string& label, TakeKind kind) {
  const auto folder = own_folder(directory, "takes");
  if (!folder) return tl::unexpected(folder.error());
  std::random_device random;
  while (true) {
    const fs::path path = *folder / fmt::format("{:08x}{}", random(), extension_of(kind));
    base::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!file && errno == EEXIST) continue;
    if (!file) return tl::unexpected(base::io_error("write", path, errno));
    ::flock(file.number(), LOCK_EX | LOCK_NB);  // as long as it is written
    TakeFile take(std::move(file), path, label, kind, 0);
    const std::string line = label + "\n";
    if (auto written = base::write_all(take.file_, std::as_bytes(std::span(line.data(), line.size())), path);
        !written) {
      take.remove();
      return tl::unexpected(written.error());
    }
    if (auto synced = base::sync_directory(*folder); !synced) return tl::unexpected(synced.error());
    return take;
  }
}

TakeFile::Found TakeFile::find_all(const fs::path& directory, TakeKind kind) {
  Found found;
  std::error_code error;
  if (!fs::exists(directory / ".firn/takes", error)) return found;
  const auto folder = own_folder(directory, "takes");
  if (!folder) {
    found.unreadable.push_back(folder.error());
    return found;
  }
  std::vector<fs::path> paths;
  for (fs::directory_iterator entry(*folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == extension_of(kind)) paths.push_back(entry->path());
  }
  std::ranges::sort(paths, {}, [&](const fs::path& path) { return fs::last_write_time(path, error); });
  for (const fs::path& path : paths) {
    auto file = base::open_to_read(path);
    auto label = file ? label_in(*file, path) : tl::unexpected(file.error());
    const auto bytes = static_cast<std::int64_t>(fs::file_size(path, error));
    if (label && error) label = tl::unexpected(base::io_error("read", path, error.value()));
    if (!label) {
      found.unreadable.push_back(label.error());
      continue;
    }
    const std::int64_t count = *label ? (bytes - begin_behind(**label)) / bytes_of(kind) : 0;
    TakeFile take(std::move(*file), path, label->value_or(""), kind, count);
    if (count > 0) {
      found.takes.push_back(std::move(take));
    } else {
      take.remove();
    }
  }
  return found;
}

base::Result<void> TakeFile::write(audio::ConstStereoView view) {
  interleaved_.resize(2 * static_cast<std::size_t>(view.frames));
  for (int i = 0; i < view.frames; ++i) {
    interleaved_[2 * static_cast<std::size_t>(i)] = view.left[i];
    interleaved_[2 * static_cast<std::size_t>(i) + 1] = view.right[i];
  }
  if (auto written = base::write_all(file_, std::as_bytes(std::span(interleaved_)), path_); !written) return written;
  count_ += view.frames;
  if (count_ - synced_ < between_syncs) return {};
  synced_ = count_;
  return base::sync(file_, path_);
}

base::Result<void> TakeFile::write(const midi::EventList& events) {
  std::vector<Written> all;
  for (const midi::Event& event : events)
    all.push_back({event.at.count, static_cast<std::uint8_t>(event.kind), event.number, event.value, 0});
  if (auto written = base::write_all(file_, std::as_bytes(std::span(all)), path_); !written) return written;
  count_ += std::ssize(all);
  return base::sync(file_, path_);
}

base::Result<void> TakeFile::read(Frames at, audio::StereoView out) const {
  std::vector<float> interleaved(2 * static_cast<std::size_t>(out.frames));
  if (auto read = read_bytes(at.count * frame_bytes, std::as_writable_bytes(std::span(interleaved))); !read)
    return read;
  for (int i = 0; i < out.frames; ++i) {
    out.left[i] = interleaved[2 * static_cast<std::size_t>(i)];
    out.right[i] = interleaved[2 * static_cast<std::size_t>(i) + 1];
  }
  return {};
}

base::Result<midi::EventList> TakeFile::events() const {
  std::vector<Written> all(static_cast<std::size_t>(count_));
  if (auto read = read_bytes(0, std::as_writable_bytes(std::span(all))); !read) return tl::unexpected(read.error());
  midi::EventList events;
  for (const Written& each : all) {
    if (each.kind <= static_cast<std::uint8_t>(midi::EventKind::note_on) && each.number < 128)
      events.push_back({{each.at}, static_cast<midi::EventKind>(each.kind), each.number, each.value});
  }
  return events;
}

// Of what follows the label.
base::Result<void> TakeFile::read_bytes(std::int64_t from, std::span<std::byte> bytes) const {
  for (std::size_t got = 0; got < bytes.size();) {
    const ssize_t more = ::pread(file_.number(), bytes.data() + got, bytes.size() - got,
                                 static_cast<off_t>(begin_behind(label_) + from) + static_cast<off_t>(got));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) return tl::unexpected(base::io_error("read", path_, more < 0 ? errno : EIO));
    got += static_cast<std::size_t>(more);
  }
  return {};
}

void TakeFile::remove() {
  if (::flock(file_.number(), LOCK_EX | LOCK_NB) == 0) ::unlink(path_.c_str());
}

}  // namespace firn::store
