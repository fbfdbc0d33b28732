#include <fmt/format.h>
#include <sndfile.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "audio/ogg_pages.hpp"
#include "audio/sound_source.hpp"

namespace firn::audio {
namespace {

using base::ErrorKind;

struct CloseSound {
  void operator()(SNDFILE* sound) const { sf_close(sound); }
};
using Sound = std::unique_ptr<SNDFILE, CloseSound>;

// libsndfile's own words for a container or an encoding.
std::string name_of(int format) {
  SF_FORMAT_INFO info{};
  info.format = format;
  return sf_command(nullptr, SFC_GET_FORMAT_INFO, &info, sizeof info) == 0 && info.name ? info.name : "unknown";
}

std::string container_name(int container) {
  switch (container) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX: return "WAV";
    case SF_FORMAT_RF64: return "WAV (RF64)";
    case SF_FORMAT_AIFF: return "AIFF";
    case SF_FORMAT_FLAC: return "FLAC";
    default: return name_of(container);
  }
}

std::string encoding_name(int encoding) {
  switch (encoding) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8: return "8-bit";
    case SF_FORMAT_PCM_16: return "16-bit";
    case SF_FORMAT_PCM_24: return "24-bit";
    case SF_FORMAT_PCM_32: return "32-bit";
    case SF_FORMAT_FLOAT: return "32-bit float";
    case SF_FORMAT_DOUBLE: return "64-bit float";
    default: return name_of(encoding);
  }
}

std::string format_name(int format) {
  const int encoding = format & SF_FORMAT_SUBMASK;
  switch (encoding) {
    case SF_FORMAT_VORBIS: return "Ogg Vorbis";
    case SF_FORMAT_OPUS: return "Opus";
    default: return container_name(format & SF_FORMAT_TYPEMASK) + ", " + encoding_name(encoding);
  }
}

// libsndfile knows two dozen containers. Firn hands it the ones that people have: old and rare ones are where its faults are.
bool is_welcome(int format) {
  switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX:
    case SF_FORMAT_RF64:
    case SF_FORMAT_W64:
    case SF_FORMAT_AIFF:
    case SF_FORMAT_AU:
    case SF_FORMAT_CAF:
    case SF_FORMAT_FLAC:
    case SF_FORMAT_OGG: return true;
    default: return false;
  }
}

bool is_wav(int format) {
  const int container = format & SF_FORMAT_TYPEMASK;
  return container == SF_FORMAT_WAV || container == SF_FORMAT_WAVEX || container == SF_FORMAT_RF64;
}

base::Error refusal(const std::filesystem::path& path, int code) {
  const std::string reason = sf_error_number(code);
  switch (code) {
    case SF_ERR_UNRECOGNISED_FORMAT: return not_a_sound_file(path);
    case SF_ERR_UNSUPPORTED_ENCODING:
      return {
          ErrorKind::unsupported,
          fmt::format("{} is encoded in a way that Firn can't read. Convert it to WAV or FLAC first.", path.string())};
    case SF_ERR_SYSTEM: return {ErrorKind::io, fmt::format("Can't read {}: {}", path.string(), reason)};
    default:
      return {ErrorKind::malformed, fmt::format("{} is damaged: {} Get a whole copy of it.", path.string(), reason)};
  }
}

// How many frames there are, by decoding them all: for streams whose head doesn't say.
sf_count_t counted_frames(SNDFILE* sound, int channels) {
  std::vector<float> chunk(static_cast<std::size_t>(4096 * channels));
  sf_count_t total = 0;
  while (const sf_count_t got = sf_readf_float(sound, chunk.data(), 4096)) total += got;
  return total;
}

// A rewound descriptor and what libsndfile makes of it.
base::Result<Sound> open_sound(const base::Descriptor& file, SF_INFO& info, const std::filesystem::path& path) {
  info = {};
  Sound sound(sf_open_fd(file.number(), SFM_READ, &info, SF_FALSE));
  if (!sound) return tl::unexpected(refusal(path, sf_error(nullptr)));
  return sound;
}

// Does the file's head promise more sound than is there? libsndfile reads on without a word, but its log of the chunks says so: "data : 1000
// (should be 800)". Zeros and sizes close to 2 or 4 GiB are what a stream's writer put there, who could not know.
bool is_cut_off(SNDFILE* sound) {
  std::array<char, 16384> log{};
  sf_command(sound, SFC_GET_LOG_INFO, log.data(), static_cast<int>(log.size()) - 1);
  const std::string_view text(log.data());
  constexpr std::string_view correction = " (should be ";
  constexpr std::int64_t streamed = 0x7FFFFF00;
  for (auto at = text.find(correction); at != text.npos; at = text.find(correction, at + 1)) {
    const auto digits = text.find_last_not_of("0123456789", at - 1) + 1;
    std::int64_t promised = 0;
    std::int64_t there = 0;
    std::from_chars(text.data() + digits, text.data() + at, promised);
    std::from_chars(text.data() + at + correction.size(), text.data() + text.size(), there);
    if (promised > there && promised < streamed) return true;
  }
  return false;
}

// Does an Ogg file's stream break off, within a page or behind one that isn't marked as the stream's last? Of several streams, one behind the
// other, libsndfile reads the first alone.
base::Result<bool> breaks_off(const base::Descriptor& file, const std::filesystem::path& path) {
  OggPages pages(file, path);
  bool has_ended = false;
  bool is_behind_heads = false;
  while (true) {
    auto more = pages.next();
    if (!more) return more;
    if (!*more) return !has_ended || pages.ends_within_a_page();
    const bool begins = ogg_page_bos(&pages.page()) != 0;
    if (begins && is_behind_heads) {
      return base::fail(ErrorKind::unsupported,
                        fmt::format("{} holds several streams, one behind the other, of which Firn can read the first "
                                    "alone. Convert it to WAV or FLAC first.",
                                    path.string()));
    }
    is_behind_heads = !begins;
    has_ended = ogg_page_eos(&pages.page()) != 0;
  }
}

class LibrarySource : public SoundSource {
 public:
  LibrarySource(Sound sound, SoundFileInfo about) : sound_(std::move(sound)) { info_ = std::move(about); }

  std::int64_t read(float* to, std::int64_t frames) override { return sf_readf_float(sound_.get(), to, frames); }
  bool seek(std::int64_t frame) override { return sf_seek(sound_.get(), frame, SEEK_SET) == frame; }

 private:
  Sound sound_;
};

}  // namespace

OpenedSource open_by_libsndfile(const base::Descriptor& file, const std::filesystem::path& path) {
  SF_INFO found{};
  auto sound = open_sound(file, found, path);
  if (!sound) return tl::unexpected(sound.error());
  if (!is_welcome(found.format)) return tl::unexpected(not_a_sound_file(path));
  if (found.channels < 1) {
    return base::fail(ErrorKind::malformed, fmt::format("{} has no channels.", path.string()));
  }
  if (found.frames < 0 || found.frames == SF_COUNT_MAX) {
    const sf_count_t frames = counted_frames(sound->get(), found.channels);
    sound->reset();
    if (::lseek(file.number(), 0, SEEK_SET) != 0) return tl::unexpected(refusal(path, SF_ERR_SYSTEM));
    sound = open_sound(file, found, path);
    if (!sound) return tl::unexpected(sound.error());
    found.frames = frames;
  }
  if (is_cut_off(sound->get())) {
    return tl::unexpected(cut_off(path));
  }
  SoundFileInfo about{{found.samplerate}, found.channels, {found.frames}, format_name(found.format)};
  if ((found.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_OGG) {
    const auto breaks = breaks_off(file, path);
    if (!breaks) return tl::unexpected(breaks.error());
    about.breaks_off = *breaks;
  }
  about.is_float_wav = is_wav(found.format) && (found.format & SF_FORMAT_SUBMASK) == SF_FORMAT_FLOAT;
  return std::make_unique<LibrarySource>(std::move(*sound), std::move(about));
}

}  // namespace firn::audio
