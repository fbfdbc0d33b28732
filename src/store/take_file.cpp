#include "store/take_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
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

constexpr std::int64_t frame_bytes = 2 * sizeof(float);
constexpr std::int64_t longest_label = 1 << 20;
constexpr Frames between_syncs{1 << 15};

std::int64_t offset_of(const std::string& label, Frames at) { return std::ssize(label) + 1 + at.count * frame_bytes; }

const char* extension_of(TakeKind kind) { return kind == TakeKind::take ? ".take" : ".heard"; }

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

TakeFile::TakeFile(base::Descriptor file, fs::path path, std::string label, Frames frames)
    : file_(std::move(file)), path_(std::move(path)), label_(std::move(label)), frames_(frames), synced_(frames) {}

base::Result<TakeFile> TakeFile::create(const fs::path& directory, const std::string& label, TakeKind kind) {
  const auto folder = own_folder(directory, "takes");
  if (!folder) return tl::unexpected(folder.error());
  std::random_device random;
  while (true) {
    const fs::path path = *folder / fmt::format("{:08x}{}", random(), extension_of(kind));
    base::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!file && errno == EEXIST) continue;
    if (!file) return tl::unexpected(base::io_error("write", path, errno));
    TakeFile take(std::move(file), path, label, {});
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
    const Frames frames{*label ? (bytes - offset_of(**label, {})) / frame_bytes : 0};
    TakeFile take(std::move(*file), path, label->value_or(""), frames);
    if (frames.count > 0) {
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
  frames_ += Frames{view.frames};
  if (frames_ - synced_ < between_syncs) return {};
  synced_ = frames_;
  return base::sync(file_, path_);
}

base::Result<void> TakeFile::read(Frames at, audio::StereoView out) const {
  std::vector<float> interleaved(2 * static_cast<std::size_t>(out.frames));
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(interleaved));
  for (std::size_t got = 0; got < bytes.size();) {
    const ssize_t more = ::pread(file_.number(), bytes.data() + got, bytes.size() - got,
                                 static_cast<off_t>(offset_of(label_, at)) + static_cast<off_t>(got));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) return tl::unexpected(base::io_error("read", path_, more < 0 ? errno : EIO));
    got += static_cast<std::size_t>(more);
  }
  for (int i = 0; i < out.frames; ++i) {
    out.left[i] = interleaved[2 * static_cast<std::size_t>(i)];
    out.right[i] = interleaved[2 * static_cast<std::size_t>(i) + 1];
  }
  return {};
}

void TakeFile::remove() { ::unlink(path_.c_str()); }

}  // namespace firn::store
