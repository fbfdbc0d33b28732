// Sound files: reading the common formats, as stereo; writing what Firn exports and prints. One thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audio/buffer.hpp"
#include "base/result.hpp"
#include "time/frames.hpp"

namespace firn::audio {

struct SoundFileInfo {
  time::SampleRate rate;
  int channels = 2;
  time::Frames frames;
  std::string format;         // "WAV, 24-bit", for people
  bool is_float_wav = false;  // WAV or RF64, 32-bit float: as Firn writes its own
  bool breaks_off =
      false;  // a stream without the mark of its end, or that ends within a frame: of a broadcast, or a copy cut off
};

// Reads WAV (RF64, W64), AIFF, AU, CAF, FLAC, Ogg Vorbis, Opus and MP3. Mono goes to both sides; of more than
// two channels the first two are read. Infinite and undefined samples, which some float files hold, are read as 0: one of them would
// silence every filter after it for good.
class SoundReader {
 public:
  static base::Result<SoundReader> open(const std::filesystem::path&);  // not_found, malformed, unsupported
  ~SoundReader();
  SoundReader(SoundReader&&) noexcept;
  SoundReader& operator=(SoundReader&&) noexcept;

  const SoundFileInfo& info() const;
  // Fills `to` from frame `at` on; what lies before 0 or past the end is zeros. Sequential reads don't seek.
  // False if the file could not be read: `to` is zeros then, and the engine reports it.
  bool read(time::Frames at, StereoView to);

 private:
  struct State;
  explicit SoundReader(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

enum class FileFormat { wav, aiff, flac, ogg, opus, mp3 };
enum class Depth { int16, int24, int32, float32 };

// `wanted`, if files of that format can have it; else the nearest that they can: a higher one, or a whole part of it.
// Opus has 8, 12, 16, 24 and 48 kHz, MP3 its nine from 8 to 48 kHz, Ogg Vorbis up to 192 kHz, the rest any.
time::SampleRate nearest_rate(FileFormat, time::SampleRate wanted);

struct SoundFileSetup {
  FileFormat format = FileFormat::wav;
  Depth depth = Depth::float32;  // for wav, aiff (all four) and flac (16 and 24)
  time::SampleRate rate;         // one that nearest_rate leaves alone
  int channels = 2;              // 1: the left plane alone
};

// Writes to `path` itself: callers who want all or nothing write beside it and rename. Samples arrive already quantised to
// the depth's steps (quantise.hpp) where that matters; integers are round(x * 2^(n-1)), clipped. The same samples give the same
// bytes: no time stamps. WAV becomes RF64 past 4 GiB. Lossy formats are of high quality: Ogg Vorbis 7 of 10, Opus at
// 192 kbit/s (stereo), MP3 V0. Until it is closed the file is not whole.
class SoundWriter {
 public:
  // unsupported, io. `said` is the path that errors name, if not the file's own.
  static base::Result<SoundWriter> create(const std::filesystem::path&, const SoundFileSetup&,
                                          const std::filesystem::path& said = {});
  ~SoundWriter();
  SoundWriter(SoundWriter&&) noexcept;
  SoundWriter& operator=(SoundWriter&&) noexcept;

  base::Result<void> write(ConstStereoView);
  // Adds frames of a whole file that was written with the same setup, a WAV, as they are. malformed if it was not.
  base::Result<void> copy(const std::filesystem::path&, time::FrameRange);
  base::Result<void> close();  // flushes to the disk (fsync); nothing may be called after it

 private:
  struct State;
  explicit SoundWriter(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace firn::audio
