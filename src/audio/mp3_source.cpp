#include <fmt/format.h>
#include <mpg123.h>

#include <array>

#include "audio/sound_source.hpp"

namespace firn::audio {
namespace {

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

}  // namespace

OpenedSource open_mp3(const base::Descriptor& file, const std::filesystem::path& path) {
  Decoder decoder(mpg123_new(nullptr, nullptr));
  if (!decoder) throw std::bad_alloc();
  mpg123_handle* handle = decoder.get();
  // A stream whose rate or channels change ends there.
  mpg123_param(handle, MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_GAPLESS | MPG123_NO_FRANKENSTEIN, 0);
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
  const bool is_open = mpg123_open_fd(handle, file.number()) == MPG123_OK &&
                       mpg123_getformat(handle, &rate, &channels, &encoding) == MPG123_OK &&
                       mpg123_info(handle, &frame) == MPG123_OK && encoding == MPG123_ENC_FLOAT_32;
  if (!is_open) return tl::unexpected(not_a_sound_file(path));
  const std::int64_t frames = mpg123_scan(handle) == MPG123_OK ? mpg123_length(handle) : -1;
  if (frames < 0 || mpg123_seek(handle, 0, SEEK_SET) != 0) {
    return base::fail(base::ErrorKind::malformed, fmt::format("{} is damaged: {}. Get a whole copy of it.",
                                                              path.string(), mpg123_strerror(handle)));
  }
  const std::string format = frame.layer == 3 ? "MP3" : fmt::format("MPEG audio, layer {}", frame.layer);
  return std::make_unique<Mp3Source>(std::move(decoder),
                                     SoundFileInfo{{static_cast<int>(rate)}, channels, {frames}, format});
}

}  // namespace firn::audio
