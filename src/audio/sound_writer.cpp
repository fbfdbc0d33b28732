#include <fmt/format.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <span>
#include <utility>

#include "audio/ogg_pages.hpp"
#include "audio/quantise.hpp"
#include "audio/sound_file.hpp"
#include "audio/wav.hpp"
#include "base/file.hpp"

namespace firn::audio {
namespace {

using base::ErrorKind;

// Turns samples into a file's bytes.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual base::Result<void> write(ConstStereoView) = 0;
  virtual base::Result<void> finish() = 0;  // once, at the end
};

// WAV and RF64, by Firn itself (wav.hpp says why).
class WavEncoder : public Encoder {
 public:
  WavEncoder(const base::Descriptor& file, const std::filesystem::path& path, const SoundFileSetup& setup)
      : file_(file), path_(path), setup_(setup), pending_(wav_head(setup, 0)) {}

  base::Result<void> write(ConstStereoView view) override {
    const int bytes = view.frames * frame_bytes(setup_);
    pending_.resize(pending_.size() + static_cast<std::size_t>(bytes));
    std::byte* to = pending_.data() + pending_.size() - bytes;
    switch (setup_.depth) {
      case Depth::int16: put_steps<16>(view, to); break;
      case Depth::int24: put_steps<24>(view, to); break;
      case Depth::int32: put_steps<32>(view, to); break;
      case Depth::float32: put_floats(view, to); break;
    }
    data_bytes_ += bytes;
    return pending_.size() < flush_bytes ? base::Result<void>() : flush();
  }

  // Of a file that this one's setup made.
  base::Result<void> copy(const std::filesystem::path& path, time::FrameRange range) {
    const auto from = base::open_to_read(path);
    if (!from) return tl::unexpected(from.error());
    if (!has_same_setup(*from)) {
      return base::fail(ErrorKind::malformed, fmt::format("{} is not as Firn wrote it.", path.string()));
    }
    if (auto done = flush(); !done) return done;
    const std::int64_t bytes = range.length().count * frame_bytes(setup_);
    const std::int64_t offset = head_bytes() + range.start.count * frame_bytes(setup_);
    if (auto done = base::copy_range(*from, offset, bytes, file_, path, path_); !done) return done;
    data_bytes_ += bytes;
    return flush();
  }

  base::Result<void> finish() override {
    if (data_bytes_ % 2 != 0) pending_.push_back(std::byte{0});
    if (auto done = flush(); !done) return done;
    return base::write_all_at(file_, 0, wav_head(setup_, data_bytes_), path_);
  }

 private:
  static constexpr std::size_t flush_bytes = 1 << 18;
  static constexpr std::int64_t sync_bytes = 1 << 23;

  std::int64_t head_bytes() const { return static_cast<std::int64_t>(wav_head(setup_, 0).size()); }

  bool has_same_setup(const base::Descriptor& file) const {
    struct stat about {};
    if (::fstat(file.number(), &about) != 0 || about.st_size < head_bytes()) return false;
    const auto head = wav_head(setup_, about.st_size - head_bytes());
    std::vector<std::byte> found(head.size());
    return ::pread(file.number(), found.data(), found.size(), 0) == static_cast<ssize_t>(found.size()) && found == head;
  }

  // The samples in the file's order, each as the lowest `bytes` bytes of its bits, little end first.
  template <int bytes, class Bits>
  void put_samples(ConstStereoView view, std::byte* to, Bits bits_of_sample) const {
    const auto put = [&](float sample) {
      const std::uint32_t bits = bits_of_sample(sample);
      for (int i = 0; i < bytes; ++i) *to++ = static_cast<std::byte>(bits >> (8 * i));
    };
    for (int i = 0; i < view.frames; ++i) {
      put(view.left[i]);
      if (setup_.channels == 2) put(view.right[i]);
    }
  }
  void put_floats(ConstStereoView view, std::byte* to) const {
    put_samples<4>(view, to, [](float sample) { return std::bit_cast<std::uint32_t>(sample); });
  }
  template <int bits>
  void put_steps(ConstStereoView view, std::byte* to) const {
    put_samples<bits / 8>(view, to, [](float sample) { return static_cast<std::uint32_t>(step_of(sample, bits)); });
  }

  base::Result<void> flush() {
    auto done = base::write_all(file_, pending_, path_);
    pending_.clear();
    if (data_bytes_ - synced_bytes_ >= sync_bytes) {
      base::begin_sync(file_);
      synced_bytes_ = data_bytes_;
    }
    return done;
  }

  const base::Descriptor& file_;
  const std::filesystem::path& path_;
  const SoundFileSetup setup_;
  std::vector<std::byte> pending_;
  std::int64_t data_bytes_ = 0;
  std::int64_t synced_bytes_ = 0;  // that are on their way to the disk
};

// The bytes that libsndfile writes, with the system's reason when one can't be written.
struct Sink {
  int file = -1;
  int error = 0;  // errno of the first failure

  static Sink& of(void* sink) { return *static_cast<Sink*>(sink); }
  sf_count_t checked(sf_count_t result) {
    if (result < 0 && error == 0) error = errno;
    return result;
  }

  static sf_count_t length(void* sink) {
    struct stat about {};
    return of(sink).checked(::fstat(of(sink).file, &about)) < 0 ? -1 : about.st_size;
  }
  static sf_count_t seek(sf_count_t offset, int whence, void* sink) {
    return of(sink).checked(::lseek(of(sink).file, offset, whence));
  }
  static sf_count_t tell(void* sink) { return seek(0, SEEK_CUR, sink); }
  static sf_count_t read(void* to, sf_count_t count, void* sink) {
    return of(sink).checked(::read(of(sink).file, to, static_cast<std::size_t>(count)));
  }
  static sf_count_t write(const void* from, sf_count_t count, void* sink) {
    sf_count_t written = 0;
    while (written < count && of(sink).error == 0) {
      const auto rest = static_cast<std::size_t>(count - written);
      const ssize_t more = ::write(of(sink).file, static_cast<const char*>(from) + written, rest);
      if (more < 0 && errno == EINTR) continue;
      if (of(sink).checked(more) > 0) written += more;
    }
    return written;
  }
};

int format_of(const SoundFileSetup& setup) {
  const int depths[] = {SF_FORMAT_PCM_16, SF_FORMAT_PCM_24, SF_FORMAT_PCM_32, SF_FORMAT_FLOAT};
  const int depth = depths[static_cast<int>(setup.depth)];
  switch (setup.format) {
    case FileFormat::wav: return SF_FORMAT_WAV | depth;
    case FileFormat::aiff: return SF_FORMAT_AIFF | depth;
    case FileFormat::flac: return SF_FORMAT_FLAC | depth;
    case FileFormat::ogg: return SF_FORMAT_OGG | SF_FORMAT_VORBIS;
    case FileFormat::opus: return SF_FORMAT_OGG | SF_FORMAT_OPUS;
    case FileFormat::mp3: return SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
  }
  return 0;
}

bool is_lossy(FileFormat format) {
  return format == FileFormat::ogg || format == FileFormat::opus || format == FileFormat::mp3;
}

// libsndfile draws the serial number of an Ogg stream from the time of day: this makes it 1, so that equal samples are equal
// files. It is in the head of every page, from byte 14 on.
base::Result<void> fix_ogg_serial(const base::Descriptor& file, const std::filesystem::path& path) {
  OggPages pages(file, path);
  while (true) {
    const auto more = pages.next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    ogg_page& page = pages.page();
    const unsigned char serial[] = {1, 0, 0, 0};
    std::copy(std::begin(serial), std::end(serial), page.header + 14);
    ogg_page_checksum_set(&page);
    const auto head = std::as_bytes(std::span(page.header, static_cast<std::size_t>(page.header_len)));
    if (auto done = base::write_all_at(file, pages.offset(), head, path); !done) return done;
  }
}

// Everything but WAV, by libsndfile.
class LibraryEncoder : public Encoder {
 public:
  static base::Result<std::unique_ptr<Encoder>> make(const base::Descriptor& file, const std::filesystem::path& path,
                                                     const SoundFileSetup& setup) {
    auto encoder = std::unique_ptr<LibraryEncoder>(new LibraryEncoder(file, path, setup));
    if (encoder->sink_.error != 0) return tl::unexpected(encoder->failure());
    if (!encoder->sound_) {
      return base::fail(ErrorKind::unsupported, fmt::format("Can't write {} at {} Hz: {}", path.string(),
                                                            setup.rate.hertz, sf_strerror(nullptr)));
    }
    return encoder;
  }

  ~LibraryEncoder() override {
    if (sound_) sf_close(sound_);
  }

  base::Result<void> write(ConstStereoView view) override {
    frames_ += view.frames;
    constexpr std::int64_t limit = 0xffffffff - 1024;  // a 32-bit size, less what stands before the data
    if (setup_.format == FileFormat::aiff && frames_ * frame_bytes(setup_) > limit) {
      return base::fail(ErrorKind::unsupported,
                        fmt::format("Can't write {}: an AIFF file holds 4 GiB at most. Choose WAV.", path_.string()));
    }
    for (int i = 0; i < view.frames; ++i) {
      put(view.left[i]);
      if (setup_.channels == 2) put(view.right[i]);
      if (is_full() && !flush()) return tl::unexpected(failure());
    }
    return {};
  }

  base::Result<void> finish() override {
    if (!flush()) return tl::unexpected(failure());
    if (frames_ == 0 && setup_.format != FileFormat::aiff) {
      return base::fail(ErrorKind::refused, fmt::format("Can't write {}: there is no sound to write.", path_.string()));
    }
    const int code = sf_close(std::exchange(sound_, nullptr));
    if (sink_.error != 0) return tl::unexpected(failure());
    if (code != 0) {
      return base::fail(ErrorKind::io, fmt::format("Can't write {}: {}", path_.string(), sf_error_number(code)));
    }
    const bool is_ogg = setup_.format == FileFormat::ogg || setup_.format == FileFormat::opus;
    return is_ogg ? fix_ogg_serial(file_, path_) : base::Result<void>();
  }

 private:
  LibraryEncoder(const base::Descriptor& file, const std::filesystem::path& path, const SoundFileSetup& setup)
      : file_(file), path_(path), setup_(setup), sink_{file.number(), 0} {
    SF_VIRTUAL_IO io{Sink::length, Sink::seek, Sink::read, Sink::write, Sink::tell};
    SF_INFO info{};
    info.samplerate = setup.rate.hertz;
    info.channels = setup.channels;
    info.format = format_of(setup);
    sound_ = sf_open_virtual(&io, SFM_WRITE, &info, &sink_);
    if (!sound_) return;
    sf_command(sound_, SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);  // it holds the time of day
    if (is_lossy(setup.format)) set_quality();
  }

  void set_quality() {
    int mode = SF_BITRATE_MODE_VARIABLE;
    if (setup_.format == FileFormat::mp3) sf_command(sound_, SFC_SET_BITRATE_MODE, &mode, sizeof mode);
    // 0 is the best; the figures give what the header promises.
    double compression = setup_.format == FileFormat::ogg ? 0.3 : setup_.format == FileFormat::opus ? 0.64 : 0.0;
    sf_command(sound_, SFC_SET_COMPRESSION_LEVEL, &compression, sizeof compression);
  }

  // libsndfile takes an n-bit integer as the upper n bits of 32, and so converts nothing.
  void put(float x) {
    if (holds_steps_) {
      const int bits = bits_of(setup_.depth);
      steps_.push_back(static_cast<int>(static_cast<std::uint32_t>(step_of(x, bits)) << (32 - bits)));
    } else {
      floats_.push_back(x);
    }
  }

  // What some encoders make of the samples depends on how many come at a time: always so many frames.
  bool is_full() const { return floats_.size() + steps_.size() >= 4096u * static_cast<std::size_t>(setup_.channels); }

  bool flush() {
    const auto count = static_cast<sf_count_t>(floats_.size() + steps_.size());
    const sf_count_t written =
        holds_steps_ ? sf_write_int(sound_, steps_.data(), count) : sf_write_float(sound_, floats_.data(), count);
    steps_.clear();
    floats_.clear();
    return written == count && sink_.error == 0;
  }

  base::Error failure() const {
    if (sink_.error != 0) return base::io_error("write", path_, sink_.error);
    return {ErrorKind::io, fmt::format("Can't write {}: {}", path_.string(), sf_strerror(sound_))};
  }

  const base::Descriptor& file_;
  const std::filesystem::path& path_;
  const SoundFileSetup setup_;
  Sink sink_;
  SNDFILE* sound_ = nullptr;
  const bool holds_steps_ = !is_lossy(setup_.format) && setup_.depth != Depth::float32;
  std::int64_t frames_ = 0;
  std::vector<float> floats_;  // one of these two fills up
  std::vector<int> steps_;
};

base::Result<void> check(const std::filesystem::path& path, const SoundFileSetup& setup) {
  assert(setup.channels == 1 || setup.channels == 2);
  const bool has_depth = setup.format != FileFormat::flac || setup.depth == Depth::int16 || setup.depth == Depth::int24;
  if (!has_depth) {
    return base::fail(
        ErrorKind::unsupported,
        fmt::format("Can't write {}: FLAC holds 16 or 24 bits. Choose one of them, or WAV.", path.string()));
  }
  if (const auto rate = nearest_rate(setup.format, setup.rate); rate != setup.rate) {
    return base::fail(
        ErrorKind::unsupported,
        fmt::format("Can't write {}: this format has no sample rate of {} Hz. The nearest it has is {} Hz.",
                    path.string(), setup.rate.hertz, rate.hertz));
  }
  return {};
}

}  // namespace

time::SampleRate nearest_rate(FileFormat format, time::SampleRate wanted) {
  const auto at_least =
      [&](std::initializer_list<int> rates) {  // sorted; else a whole part of `wanted`; else the highest
        for (const int rate : rates) {
          if (rate == wanted.hertz) return time::SampleRate{rate};
        }
        int best = *std::prev(rates.end());
        for (const int rate : rates) {
          if (rate > wanted.hertz) return time::SampleRate{rate};
          if (wanted.hertz % rate == 0) best = rate;
        }
        return time::SampleRate{best};
      };
  switch (format) {
    case FileFormat::wav:
    case FileFormat::aiff:
    case FileFormat::flac: return wanted;
    case FileFormat::ogg: return wanted.hertz <= 192'000 ? wanted : at_least({96'000, 176'400, 192'000});
    case FileFormat::opus: return at_least({8'000, 12'000, 16'000, 24'000, 48'000});
    case FileFormat::mp3: return at_least({8'000, 11'025, 12'000, 16'000, 22'050, 24'000, 32'000, 44'100, 48'000});
  }
  return wanted;
}

struct SoundWriter::State {
  std::filesystem::path path;  // that errors name
  base::Descriptor file;
  std::unique_ptr<Encoder> encoder;  // uses `path` and `file`: nothing once closed
  WavEncoder* wav = nullptr;         // the same, if it is one
};

base::Result<SoundWriter> SoundWriter::create(const std::filesystem::path& path, const SoundFileSetup& setup,
                                              const std::filesystem::path& said) {
  const std::filesystem::path& named = said.empty() ? path : said;
  if (auto good = check(named, setup); !good) return tl::unexpected(good.error());
  auto file = base::open_to_write(path, named);
  if (!file) return tl::unexpected(file.error());

  auto state = std::make_unique<State>();
  state->path = named;
  state->file = std::move(*file);
  if (setup.format == FileFormat::wav) {
    auto encoder = std::make_unique<WavEncoder>(state->file, state->path, setup);
    state->wav = encoder.get();
    state->encoder = std::move(encoder);
  } else {
    auto encoder = LibraryEncoder::make(state->file, state->path, setup);
    if (!encoder) return tl::unexpected(encoder.error());
    state->encoder = std::move(*encoder);
  }
  return SoundWriter(std::move(state));
}

SoundWriter::SoundWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SoundWriter::~SoundWriter() = default;
SoundWriter::SoundWriter(SoundWriter&&) noexcept = default;
SoundWriter& SoundWriter::operator=(SoundWriter&&) noexcept = default;

base::Result<void> SoundWriter::write(ConstStereoView view) {
  assert(state_->encoder);
  return state_->encoder->write(view);
}

base::Result<void> SoundWriter::copy(const std::filesystem::path& path, time::FrameRange range) {
  assert(state_->encoder && state_->wav);
  return state_->wav->copy(path, range);
}

base::Result<void> SoundWriter::close() {
  assert(state_->encoder);
  const auto encoder = std::exchange(state_->encoder, nullptr);
  if (auto done = encoder->finish(); !done) return done;
  if (auto done = base::sync(state_->file, state_->path); !done) return done;
  state_->file = {};
  return {};
}

}  // namespace firn::audio
