#include <fmt/format.h>
#include <mpg123.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "audio/sound_source.hpp"

namespace firn::audio {
namespace {

constexpr std::size_t head_bytes = 4;  // of each frame

struct DeleteDecoder {
  void operator()(mpg123_handle* decoder) const { mpg123_delete(decoder); }
};
using Decoder = std::unique_ptr<mpg123_handle, DeleteDecoder>;

class Mp3Source : public SoundSource {
 public:
  Mp3Source(Decoder decoder, SoundFileInfo about) : decoder_(std::move(decoder)) { info_ = std::move(about); }

  std::int64_t read(float* to, std::int64_t frames) override {
    const std::size_t frame_bytes = sizeof(float) * static_cast<std::size_t>(info_.channels);
    const std::size_t wanted = static_cast<std::size_t>(frames) * frame_bytes;
    std::size_t got = 0;
    int state = MPG123_OK;
    while (got < wanted && state == MPG123_OK) {
      std::size_t more = 0;
      state = mpg123_read(decoder_.get(), reinterpret_cast<unsigned char*>(to) + got, wanted - got, &more);
      got += more;
    }
    return static_cast<std::int64_t>(got / frame_bytes);
  }

  bool seek(std::int64_t frame) override { return mpg123_seek(decoder_.get(), frame, SEEK_SET) == frame; }

 private:
  Decoder decoder_;
};

enum class Until { promised_end, last_frame };

struct Opened {
  Decoder decoder;  // at the first frame
  SoundFileInfo about;
};

std::optional<Opened> opened(const base::Descriptor& file, Until until) {
  Decoder decoder(mpg123_new(nullptr, nullptr));
  if (!decoder) throw std::bad_alloc();
  mpg123_handle* handle = decoder.get();
  // A stream whose rate or channels change ends there.
  mpg123_param(handle, MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_GAPLESS | MPG123_NO_FRANKENSTEIN, 0);
  if (until == Until::last_frame) mpg123_param(handle, MPG123_ADD_FLAGS, MPG123_IGNORE_STREAMLENGTH, 0);
  mpg123_format_none(handle);
  const long* rates = nullptr;
  std::size_t rate_count = 0;
  mpg123_rates(&rates, &rate_count);
  for (std::size_t i = 0; i < rate_count; ++i) {
    mpg123_format(handle, rates[i], MPG123_MONO | MPG123_STEREO, MPG123_ENC_FLOAT_32);
  }

  long rate = 0;
  int channels = 0;
  int encoding = 0;
  mpg123_frameinfo frame{};
  const bool is_open = ::lseek(file.number(), 0, SEEK_SET) == 0 && mpg123_open_fd(handle, file.number()) == MPG123_OK &&
                       mpg123_getformat(handle, &rate, &channels, &encoding) == MPG123_OK &&
                       mpg123_info(handle, &frame) == MPG123_OK && encoding == MPG123_ENC_FLOAT_32;
  if (!is_open) return std::nullopt;
  const std::string format = frame.layer == 3 ? "MP3" : fmt::format("MPEG audio, layer {}", frame.layer);
  return Opened{std::move(decoder), {{static_cast<int>(rate)}, channels, {}, format}};
}

// How many frames of the stream the file's head promises, in a tag of Xing's or LAME's; 1 where it has none.
std::int64_t promised_frames(mpg123_handle* handle) {
  mpg123_set_filesize(handle, -1);  // or they would be guessed from it
  return mpg123_framelength(handle);
}

// All frames that there are: how many, and where the last of them ends in the file.
struct Frames {
  std::int64_t count = 0;
  std::int64_t end = 0;
};

Frames frames_in(mpg123_handle* handle) {
  Frames frames;
  do {
    unsigned long head = 0;
    unsigned char* body = nullptr;
    std::size_t body_bytes = 0;
    if (mpg123_framedata(handle, &head, &body, &body_bytes) != MPG123_OK) break;
    frames.count += 1;
    frames.end = mpg123_framepos(handle) + static_cast<std::int64_t>(head_bytes + body_bytes);
  } while (mpg123_framebyframe_next(handle) == MPG123_OK);
  return frames;
}

bool is_frame_head(const base::Descriptor& file, std::int64_t offset) {
  std::array<unsigned char, 2> head{};
  const ssize_t got = ::pread(file.number(), head.data(), head.size(), offset);
  return got > 0 && head[0] == 0xff && (got == 1 || (head[1] & 0xe0) == 0xe0);
}

}  // namespace

OpenedSource open_mp3(const base::Descriptor& file, const std::filesystem::path& path) {
  auto sound = opened(file, Until::last_frame);
  if (!sound) return tl::unexpected(not_a_sound_file(path));
  const Frames there = frames_in(sound->decoder.get());
  const bool breaks_off = is_frame_head(file, there.end);

  sound = opened(file, Until::promised_end);
  const std::int64_t promised = sound ? promised_frames(sound->decoder.get()) : 0;
  // Some encoders count the frame that holds the tag.
  if (there.count + 1 < promised || (there.count < promised && breaks_off)) return tl::unexpected(cut_off(path));
  if (there.count > promised) sound = opened(file, Until::last_frame);  // as in files that were joined
  if (!sound) return tl::unexpected(not_a_sound_file(path));

  mpg123_handle* handle = sound->decoder.get();
  sound->about.frames = {mpg123_scan(handle) == MPG123_OK ? mpg123_length(handle) : -1};
  sound->about.breaks_off = breaks_off;
  if (sound->about.frames.count < 0 || mpg123_seek(handle, 0, SEEK_SET) != 0) {
    return base::fail(base::ErrorKind::malformed, fmt::format("{} is damaged: {}. Get a whole copy of it.",
                                                              path.string(), mpg123_strerror(handle)));
  }
  return std::make_unique<Mp3Source>(std::move(sound->decoder), std::move(sound->about));
}

}  // namespace firn::audio
