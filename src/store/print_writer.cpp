#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

#include "store/file_name.hpp"
#include "store/state.hpp"

namespace firn::store {

namespace fs = std::filesystem;

audio::SoundFileSetup print_setup(time::SampleRate rate) {
  return {audio::FileFormat::wav, audio::Depth::float32, rate, 2};
}

PrintWriter::PrintWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
PrintWriter::~PrintWriter() = default;
PrintWriter::PrintWriter(PrintWriter&&) noexcept = default;
PrintWriter& PrintWriter::operator=(PrintWriter&&) noexcept = default;

base::Result<void> PrintWriter::write(audio::ConstStereoView view) {
  if (state_->failure) return tl::unexpected(*state_->failure);
  auto written = state_->writer.write(view);
  if (!written) {
    state_->failure = written.error();
    return written;
  }
  state_->hasher.add(view);
  state_->frames.count += view.frames;
  return {};
}

base::Result<void> PrintWriter::keep(const fs::path& path, const std::vector<audio::AudioBlock>& blocks,
                                     time::FrameRange range) {
  assert(range.start == state_->frames);
  constexpr std::int64_t block = audio::AudioHasher::block_frames;
  const std::int64_t first = (range.start.count + block - 1) / block;
  const std::int64_t last = std::min(range.end.count / block, std::ssize(blocks));
  if (first < last) {
    const time::FrameRange whole{{first * block}, {last * block}};
    if (auto kept = keep_samples(path, {range.start, whole.start}); !kept) return kept;
    auto copied = state_->writer.copy(path, whole);
    // Of another form than Firn's, it may hold the samples all the same.
    if (!copied && copied.error().kind == base::ErrorKind::malformed)
      return keep_samples(path, {whole.start, range.end});
    if (!copied) {
      state_->failure = copied.error();
      return copied;
    }
    for (std::int64_t i = first; i < last; ++i) state_->hasher.add(blocks[static_cast<std::size_t>(i)]);
    state_->frames = whole.end;
  }
  return keep_samples(path, {state_->frames, range.end});
}

base::Result<void> PrintWriter::keep_samples(const fs::path& path, time::FrameRange range) {
  if (range.length() == time::Frames{}) return {};
  auto reader = audio::SoundReader::open(path);
  if (!reader) return tl::unexpected(reader.error());
  audio::StereoBuffer buffer(1 << 16);
  while (state_->frames < range.end) {
    const auto left = (range.end - state_->frames).count;
    const auto part = buffer.view().part(0, static_cast<int>(std::min<std::int64_t>(left, buffer.frames())));
    if (!reader->read(state_->frames, part)) {
      return base::fail(base::ErrorKind::io,
                        fmt::format("{} could not be read to its end. Remove it, and try again.", path.string()));
    }
    if (auto written = write(part); !written) return written;
  }
  return {};
}

namespace {

// Looks at the folder, or where it will be made.
base::Result<void> check_writable(fs::path folder) {
  std::error_code error;
  while (!fs::exists(folder, error)) folder = folder.parent_path();
  if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
  return tl::unexpected(base::io_error("write to", folder, errno));
}

}  // namespace

base::Result<PrintWriter> Store::begin(Folder folder, const std::string& name, time::SampleRate rate) {
  if (auto writable = check_writable(state_->directory / folder_path(folder)); !writable)
    return tl::unexpected(writable.error());
  auto file = state_->temporary(".wav");
  if (!file) return tl::unexpected(file.error());
  auto writer = audio::SoundWriter::create(file->path(), print_setup(rate));
  if (!writer) return tl::unexpected(writer.error());
  return PrintWriter(std::unique_ptr<PrintWriter::State>(new PrintWriter::State{
      std::move(*file), folder, file_name_of(name), std::move(*writer), audio::AudioHasher(rate), {}, {}}));
}

namespace {

// The file in `folder` that holds the print at `print` already, under whatever name, if there is one.
std::optional<fs::path> equal_print(const fs::path& folder, const fs::path& print, const base::AudioKey& key) {
  const std::string digits = "-" + base::hex(key.digest).substr(0, 8);
  std::error_code error;
  std::optional<fs::path> found;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const auto dash = name.rfind('-');
    if (dash == std::string::npos || name.compare(dash, digits.size(), digits) != 0) continue;
    // Of several, always the same: the first by name.
    if ((!found || entry->path() < *found) && are_equal(entry->path(), print)) found = entry->path();
  }
  return found;
}

}  // namespace

base::Result<Store::Finished> Store::finish(PrintWriter writer) {
  PrintWriter::State& print = *writer.state_;
  if (print.failure) return tl::unexpected(*print.failure);
  if (auto closed = print.writer.close(); !closed) return tl::unexpected(closed.error());

  audio::AudioRef audio;
  audio.key = print.hasher.key();
  audio.frames = print.frames;
  if (const auto equal = equal_print(state_->directory / folder_path(print.folder), print.file.path(), audio.key)) {
    audio.path = equal->lexically_relative(state_->directory).generic_string();
    return Finished{audio, print.hasher.blocks()};
  }
  auto path = state_->settle(std::move(print.file), print.folder, print.name, State::Naming::with_digits,
                             audio.key.digest, ".wav");
  if (!path) return tl::unexpected(path.error());
  audio.path = std::move(*path);
  return Finished{audio, print.hasher.blocks()};
}

}  // namespace firn::store
