// Export (SPEC F): the mix, chosen tracks or stems become files outside the project. One thread at a time.
//
// The order is rate, normalise, dither, quantise. A file appears under its name only when it is whole.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audio/loudness.hpp"
#include "audio/quantise.hpp"
#include "audio/sound_file.hpp"
#include "convert/studio.hpp"

namespace firn::convert {

struct Normalise {
  enum class To { nothing, peak, loudness } to = To::nothing;
  double target = 0.0;  // peak: dBFS; loudness: LUFS (EBU R 128)
};

enum class Channels { stereo, mono };
enum class Ending {
  with_tail,  // until the sound has ended; with a range, sharply at its end
  as_loop,    // as long as the range; what rings on after it is added onto its start
};

enum class Measure { peak, loudness };  // loudness: with true peak and range, which cost time

struct ExportFormat {
  audio::FileFormat format = audio::FileFormat::wav;
  audio::Depth depth = audio::Depth::float32;
  std::optional<time::SampleRate> rate;  // none: the project's
  audio::Dither dither = audio::Dither::none;
  std::uint64_t dither_seed = 1;
  Normalise normalise;
  Channels channels = Channels::stereo;
  Ending ending = Ending::with_tail;
  Measure measure = Measure::peak;
};

struct Exported {
  std::filesystem::path file;
  std::string name;     // the track's, "Main", or the tracks'
  time::Frames frames;  // in the file
  time::SampleRate rate;
  std::optional<audio::Loudness> loudness;  // if it was measured: of what is in the file
  double peak_dbfs = 0.0;
  double gain_db = 0.0;      // that normalising applied
  std::int64_t clipped = 0;  // samples beyond full scale, where the depth clips
};

struct ExportReport {
  std::vector<Exported> files;
  std::optional<double> residual_dbfs;  // stems: of their sum against Main before its chain; -inf if bit-identical
  std::vector<std::string> notes;
  double render_seconds = 0.0;
};

// Main's Post Mixer; or, if tracks are named, the sum of their Post Mixers.
struct ExportRequest {
  std::filesystem::path file;
  std::vector<document::TrackId> tracks;
  std::optional<time::FrameRange> range;
  ExportFormat format;
};
base::Result<ExportReport> export_mix(const document::Project&, const ExportRequest&, Studio&);

// One file for each track, in a directory that is made if it is missing: "01 Drums.wav". All are equally long and made in one
// pass. Without tracks: the Post Mixer of every track, group and return that feeds Main directly (SPEC F3). What the residual is of are
// the tracks' stems, not the pads. A pad that makes no sound has no file, and is named.
struct StemsRequest {
  std::filesystem::path directory;
  std::vector<document::TrackId> tracks;
  std::optional<time::FrameRange> range;
  ExportFormat format;
  enum class Pads { leave, add } pads = Pads::leave;  // beside a track's stem, those of its drum rack as they leave it
};
base::Result<ExportReport> export_stems(const document::Project&, const StemsRequest&, Studio&);

}  // namespace firn::convert
