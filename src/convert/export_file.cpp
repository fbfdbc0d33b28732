#include "convert/export_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "audio/resample.hpp"
#include "base/work_folder.hpp"

namespace firn::convert {
namespace {

using base::ErrorKind;
using time::Frames;
namespace fs = std::filesystem;

constexpr int piece = 16384;

// A float file of our own.
class Scratch {
 public:
  static base::Result<Scratch> create(fs::path path, time::SampleRate rate, const fs::path& said) {
    auto writer = audio::SoundWriter::create(path, {audio::FileFormat::wav, audio::Depth::float32, rate, 2}, said);
    if (!writer) return tl::unexpected(writer.error());
    return Scratch(std::move(path), std::move(*writer));
  }

  base::Result<void> add(audio::ConstStereoView view) {
    frames_ += Frames{view.frames};
    return writer_.write(view);
  }

  // Calls use(Frames at, StereoView) for piece after piece.
  template <class Use>
  base::Result<void> read_back(Use&& use) {
    if (auto closed = writer_.close(); !closed) return closed;
    auto reader = audio::SoundReader::open(path_);
    if (!reader) return tl::unexpected(reader.error());
    audio::StereoBuffer buffer(piece);
    for (Frames at; at < frames_; at += Frames{piece}) {
      const auto count = static_cast<int>(std::min<std::int64_t>(piece, (frames_ - at).count));
      const audio::StereoView view = buffer.view().part(0, count);
      if (!reader->read(at, view))
        return base::fail(ErrorKind::io, fmt::format("{} could not be read back.", path_.string()));
      if (auto used = use(at, view); !used) return used;
    }
    return {};
  }

  Frames frames() const { return frames_; }

 private:
  Scratch(fs::path path, audio::SoundWriter writer) : path_(std::move(path)), writer_(std::move(writer)) {}

  fs::path path_;
  audio::SoundWriter writer_;
  Frames frames_;
};

void fold_to_mono(audio::StereoView view) {
  for (int i = 0; i < view.frames; ++i) {
    view.left[i] = view.right[i] =
        static_cast<float>((static_cast<double>(view.left[i]) + static_cast<double>(view.right[i])) / 2.0);
  }
}

void amplify(audio::StereoView view, double gain) {
  if (gain == 1.0) return;
  for (int i = 0; i < view.frames; ++i) {
    view.left[i] = static_cast<float>(static_cast<double>(view.left[i]) * gain);
    view.right[i] = static_cast<float>(static_cast<double>(view.right[i]) * gain);
  }
}

std::int64_t beyond_full_scale(audio::ConstStereoView view, int channels) {
  const auto beyond = [](float x) { return x > 1.0f || x < -1.0f; };
  std::int64_t count = std::count_if(view.left, view.left + view.frames, beyond);
  if (channels == 2) count += std::count_if(view.right, view.right + view.frames, beyond);
  return count;
}

}  // namespace

struct ExportFile::State {
  fs::path path;
  base::WorkFolder folder;  // where the file grows, and what it waits for
  ExportFormat format;
  time::SampleRate rate;  // of the file
  int channels;
  Frames loop_frames;
  audio::SoundWriter writer;
  audio::Resampler resampler;
  audio::Quantiser quantiser;
  std::optional<audio::LoudnessMeter> meter;
  std::optional<Scratch> loop_body;
  audio::StereoBuffer loop_tail;
  std::optional<Scratch> unscaled;
  audio::StereoBuffer work;
  Frames added;
  Exported exported;
  float peak = 0.0f;

  fs::path part() const { return folder.path() / "part"; }

  // Rate and channels.
  base::Result<void> convert(audio::ConstStereoView view) {
    work.left.clear();
    work.right.clear();
    resampler.process(view, work);
    return pass_on();
  }

  base::Result<void> pass_on() {
    const audio::StereoView view = work.view();
    if (view.frames == 0) return {};
    if (channels == 1) fold_to_mono(view);
    for (int i = 0; i < view.frames; ++i) peak = std::max({peak, std::abs(view.left[i]), std::abs(view.right[i])});
    if (meter) meter->add(view);
    return unscaled ? unscaled->add(view) : encode(view);
  }

  // Dither, quantise, encode. `view` is changed.
  base::Result<void> encode(audio::StereoView view) {
    if (format.depth != audio::Depth::float32) exported.clipped += beyond_full_scale(view, channels);
    quantiser.process(view);
    exported.frames += Frames{view.frames};
    return writer.write(view);
  }

  // The linear gain that brings what was measured to the target.
  double gain() {
    if (peak == 0.0f) return 1.0;
    if (format.normalise.to == Normalise::To::peak)
      return std::pow(10.0, format.normalise.target / 20.0) / static_cast<double>(peak);
    const double loudness = meter->loudness().integrated;
    return std::isfinite(loudness) ? std::pow(10.0, (format.normalise.target - loudness) / 20.0) : 1.0;
  }

  base::Result<void> wrap_loop() {
    return loop_body->read_back([&](Frames at, audio::StereoView view) {
      for (std::int64_t i = at.count; i < loop_tail.frames(); i += loop_frames.count) {
        const auto count = static_cast<int>(std::min<std::int64_t>(view.frames, loop_tail.frames() - i));
        const auto more = std::as_const(loop_tail).view().part(static_cast<int>(i), count);
        for (int k = 0; k < count; ++k) view.left[k] += more.left[k];
        for (int k = 0; k < count; ++k) view.right[k] += more.right[k];
      }
      return convert(view);
    });
  }
};

ExportFile::ExportFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
ExportFile::~ExportFile() = default;
ExportFile::ExportFile(ExportFile&&) noexcept = default;
ExportFile& ExportFile::operator=(ExportFile&&) noexcept = default;

base::Result<ExportFile> ExportFile::create(const fs::path& path, const ExportFormat& format,
                                            time::SampleRate project_rate, Frames loop_frames) {
  const time::SampleRate rate = format.rate.value_or(project_rate);
  const int channels = format.channels == Channels::mono ? 1 : 2;
  auto folder = base::WorkFolder::beside(path, "write");
  if (!folder) return tl::unexpected(folder.error());
  const auto in_folder = [inside = folder->path()](const char* name) { return inside / name; };
  auto writer = audio::SoundWriter::create(in_folder("part"), {format.format, format.depth, rate, channels}, path);
  if (!writer) return tl::unexpected(writer.error());
  const bool loudness = format.measure == Measure::loudness || format.normalise.to == Normalise::To::loudness;
  std::unique_ptr<State> state(new State{path,
                                         std::move(*folder),
                                         format,
                                         rate,
                                         channels,
                                         loop_frames,
                                         std::move(*writer),
                                         audio::Resampler(project_rate, rate),
                                         audio::Quantiser(format.depth, format.dither, format.dither_seed),
                                         {},
                                         {},
                                         {},
                                         {},
                                         {},
                                         {},
                                         {},
                                         0.0f});
  if (loudness) state->meter.emplace(rate, channels);
  if (format.ending == Ending::as_loop) {
    auto scratch = Scratch::create(in_folder("loop"), project_rate, path);
    if (!scratch) return tl::unexpected(scratch.error());
    state->loop_body.emplace(std::move(*scratch));
  }
  if (format.normalise.to != Normalise::To::nothing) {
    auto scratch = Scratch::create(in_folder("unscaled"), rate, path);
    if (!scratch) return tl::unexpected(scratch.error());
    state->unscaled.emplace(std::move(*scratch));
  }
  state->exported.file = path;
  state->exported.rate = rate;
  return ExportFile(std::move(state));
}

base::Result<void> ExportFile::add(audio::ConstStereoView view) {
  const auto body =
      static_cast<int>(std::clamp<std::int64_t>((state_->loop_frames - state_->added).count, 0, view.frames));
  state_->added += Frames{view.frames};
  if (!state_->loop_body) return state_->convert(view);
  state_->loop_tail.append(view.part(body, view.frames - body));
  return state_->loop_body->add(view.part(0, body));
}

Frames ExportFile::added() const { return state_->added; }

base::Result<Exported> ExportFile::finish() {
  if (state_->loop_body) {
    // A sound that ends before the loop does leaves it as long as it is.
    audio::StereoBuffer silence(piece);
    while (state_->loop_body->frames() < state_->loop_frames) {
      const auto missing = (state_->loop_frames - state_->loop_body->frames()).count;
      if (auto added = state_->loop_body->add(
              std::as_const(silence).view().part(0, static_cast<int>(std::min<std::int64_t>(piece, missing))));
          !added) {
        return tl::unexpected(added.error());
      }
    }
    if (auto wrapped = state_->wrap_loop(); !wrapped) return tl::unexpected(wrapped.error());
  }
  state_->work.left.clear();
  state_->work.right.clear();
  state_->resampler.finish(state_->work);
  if (auto passed = state_->pass_on(); !passed) return tl::unexpected(passed.error());
  double gain = 1.0;
  if (state_->unscaled) {
    gain = state_->gain();
    auto encoded = state_->unscaled->read_back([&](Frames, audio::StereoView view) {
      amplify(view, gain);
      return state_->encode(view);
    });
    if (!encoded) return tl::unexpected(encoded.error());
  }
  if (auto closed = state_->writer.close(); !closed) return tl::unexpected(closed.error());
  Exported& exported = state_->exported;
  exported.gain_db = 20.0 * std::log10(gain);
  exported.peak_dbfs = 20.0 * std::log10(static_cast<double>(state_->peak) * gain);
  if (state_->meter && state_->format.measure == Measure::loudness) {
    exported.loudness = state_->meter->loudness();
    exported.loudness->integrated += exported.gain_db;
    exported.loudness->true_peak += exported.gain_db;
    exported.loudness->sample_peak *= gain;
  }
  return exported;
}

base::Result<void> ExportFile::commit() {
  std::error_code error;
  fs::rename(state_->part(), state_->path, error);
  if (error) return tl::unexpected(base::io_error("write", state_->path, error.value()));
  return {};
}

}  // namespace firn::convert
