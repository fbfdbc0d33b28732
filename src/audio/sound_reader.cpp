#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "audio/sound_file.hpp"
#include "audio/sound_source.hpp"
#include "base/file.hpp"

namespace firn::audio {
namespace {

using base::ErrorKind;

enum class Kind { unknown, mp3, other };

// What a file's first bytes are. libsndfile sees only what people have: in its old and rare formats are its faults.
Kind kind_of(const base::Descriptor& file, std::int64_t offset = 0) {
  std::array<char, 12> head{};
  if (::pread(file.number(), head.data(), head.size(), offset) < 4) return Kind::unknown;
  const std::string_view text(head.data(), head.size());
  const auto first = text.substr(0, 4);
  for (const std::string_view known : {"RIFF", "RIFX", "RF64", "riff", ".snd", "dns.", "caff", "fLaC", "OggS"}) {
    if (first == known) return Kind::other;
  }
  const auto form = text.substr(8);
  if (first == "FORM") return form == "AIFF" || form == "AIFC" ? Kind::other : Kind::unknown;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) == 0xff && (byte(1) & 0xe0) == 0xe0) return Kind::mp3;
  if (offset == 0 && first.substr(0, 3) == "ID3") {  // a tag of so many bytes, in digits of 7 bits, then mostly MP3
    std::int64_t bytes = 10;
    for (std::size_t i = 6; i < 10; ++i) bytes += std::int64_t{byte(i) & 0x7f} << (7 * (9 - i));
    return kind_of(file, bytes) == Kind::other ? Kind::other : Kind::mp3;
  }
  return Kind::unknown;
}

OpenedSource open_source(const base::Descriptor& file, const std::filesystem::path& path) {
  switch (kind_of(file)) {
    case Kind::unknown: return tl::unexpected(not_a_sound_file(path));
    case Kind::mp3: return open_mp3(file, path);
    case Kind::other: return open_by_libsndfile(file, path);
  }
  return tl::unexpected(not_a_sound_file(path));
}

float finite(float sample) { return std::isfinite(sample) ? sample : 0.0f; }

}  // namespace

base::Error not_a_sound_file(const std::filesystem::path& path) {
  return {ErrorKind::unsupported,
          fmt::format(
              "{} is not a sound file that Firn can read. It reads WAV, AIFF, AU, CAF, FLAC, Ogg Vorbis, Opus and MP3.",
              path.string())};
}

base::Error cut_off(const std::filesystem::path& path) {
  return {
      ErrorKind::malformed,
      fmt::format("{} is cut off: its head promises more sound than there is. Get a whole copy of it.", path.string())};
}

struct SoundReader::State {
  base::Descriptor file;
  std::unique_ptr<SoundSource> source;
  std::int64_t position = 0;       // of the source, in frames
  std::vector<float> interleaved;  // room for a chunk of whole frames
  std::int64_t chunk_start = 0;    // the frame that stands first in it
  std::int64_t chunk_frames = 0;   // and how many are there

  bool read_chunk(std::int64_t at);
  void take(std::int64_t at, StereoView to) const;
};

base::Result<SoundReader> SoundReader::open(const std::filesystem::path& path) {
  auto file = base::open_to_read(path);
  if (!file) return tl::unexpected(file.error());
  std::error_code ignored;
  if (std::filesystem::file_size(path, ignored) == 0) {
    return base::fail(ErrorKind::malformed, fmt::format("{} is empty. Get a whole copy of it.", path.string()));
  }
  auto source = open_source(*file, path);
  if (!source) return tl::unexpected(source.error());
  const SoundFileInfo& info = (*source)->info();
  constexpr int lowest = 8'000;
  constexpr int highest = 384'000;
  if (info.rate.hertz < lowest || info.rate.hertz > highest) {
    return base::fail(ErrorKind::unsupported,
                      fmt::format("{} has a sample rate of {} Hz. Firn reads {} to {} Hz: convert it first.",
                                  path.string(), info.rate.hertz, lowest, highest));
  }
  constexpr int chunk_samples = 4096;  // much for one call of the system, little for a core's cache
  const int chunk_frames = std::max(1, chunk_samples / info.channels);

  auto state = std::make_unique<State>();
  state->interleaved.resize(static_cast<std::size_t>(chunk_frames * info.channels));
  state->file = std::move(*file);
  state->source = std::move(*source);
  return SoundReader(std::move(state));
}

SoundReader::SoundReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
SoundReader::~SoundReader() = default;
SoundReader::SoundReader(SoundReader&&) noexcept = default;
SoundReader& SoundReader::operator=(SoundReader&&) noexcept = default;

const SoundFileInfo& SoundReader::info() const { return state_->source->info(); }

// From here on, as much as there is room for; some at least.
bool SoundReader::State::read_chunk(std::int64_t at) {
  if (position != at && !source->seek(at)) return false;
  const SoundFileInfo& info = source->info();
  const auto room = static_cast<std::int64_t>(interleaved.size()) / info.channels;
  chunk_start = at;
  chunk_frames = source->read(interleaved.data(), std::min(room, info.frames.count - at));
  position = at + chunk_frames;
  return chunk_frames > 0;
}

// What stands in the chunk.
void SoundReader::State::take(std::int64_t at, StereoView to) const {
  const int channels = source->info().channels;
  const float* frame = interleaved.data() + (at - chunk_start) * channels;
  if (channels == 2) {  // the most frequent, by a loop that fills whole registers
    for (int i = 0; i < to.frames; ++i) {
      to.left[i] = finite(frame[2 * i]);
      to.right[i] = finite(frame[2 * i + 1]);
    }
    return;
  }
  const int right = channels > 1 ? 1 : 0;
  for (int i = 0; i < to.frames; ++i, frame += channels) {
    to.left[i] = finite(frame[0]);
    to.right[i] = finite(frame[right]);
  }
}

bool SoundReader::read(time::Frames at, StereoView to) {
  const std::int64_t start = std::clamp(-at.count, std::int64_t{0}, std::int64_t{to.frames});
  const std::int64_t end = std::clamp(info().frames.count - at.count, start, std::int64_t{to.frames});
  clear(to.part(0, static_cast<int>(start)));
  clear(to.part(static_cast<int>(end), to.frames - static_cast<int>(end)));
  State& state = *state_;
  for (std::int64_t done = start; done < end;) {
    const std::int64_t next = at.count + done;
    const bool is_there = next >= state.chunk_start && next < state.chunk_start + state.chunk_frames;
    if (!is_there && !state.read_chunk(next)) {
      state.position = -1;  // unknown
      state.chunk_frames = 0;
      clear(to);
      return false;
    }
    const std::int64_t count = std::min(end - done, state.chunk_start + state.chunk_frames - next);
    state.take(next, to.part(static_cast<int>(done), static_cast<int>(count)));
    done += count;
  }
  return true;
}

}  // namespace firn::audio
