#include "devices/instruments/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "audio/sound_file.hpp"

namespace firn::devices {
namespace {

constexpr std::size_t taps = 16;
constexpr std::size_t before = taps / 2 - 1;  // taps at or before a position, beside its own
constexpr std::size_t phases = 512;
constexpr std::int64_t most_frames = std::int64_t{1} << 28;

using Kernel = std::array<std::array<float, taps>, phases + 1>;

// Of the Kaiser window: the modified Bessel function of order 0.
double bessel(double x) {
  double sum = 1.0;
  double term = 1.0;
  for (int k = 1; term > sum * 1e-12; ++k) {
    term *= (x / (2.0 * k)) * (x / (2.0 * k));
    sum += term;
  }
  return sum;
}

Kernel make_kernel() {
  constexpr double beta = 7.0;
  Kernel kernel{};
  for (std::size_t phase = 0; phase <= phases; ++phase) {
    std::array<double, taps> row{};
    double sum = 0.0;
    for (std::size_t tap = 0; tap < taps; ++tap) {
      const double x = static_cast<double>(tap) - static_cast<double>(before) -
                       static_cast<double>(phase) / static_cast<double>(phases);
      const double across = x / (taps / 2.0);
      const double angle = std::numbers::pi * x;
      const double sinc = x == 0.0 ? 1.0 : (x == std::floor(x) ? 0.0 : std::sin(angle) / angle);
      row[tap] = sinc * bessel(beta * std::sqrt(std::max(0.0, 1.0 - across * across))) / bessel(beta);
      sum += row[tap];
    }
    for (std::size_t tap = 0; tap < taps; ++tap) kernel[phase][tap] = static_cast<float>(row[tap] / sum);
  }
  return kernel;
}

const Kernel& kernel() {
  static const Kernel made = make_kernel();
  return made;
}

std::string name_of(const std::string& path) { return std::filesystem::path(path).filename().string(); }

base::Result<audio::SoundReader> open(const std::string& path) {
  auto reader = audio::SoundReader::open(path);
  if (!reader || reader->info().frames.count <= most_frames) return reader;
  return base::fail(base::ErrorKind::unsupported,
                    fmt::format("\"{}\" is too long to be a sample: {} frames, at most {} are possible. Cut it, or put "
                                "it on an audio track.",
                                name_of(path), reader->info().frames.count, most_frames));
}

base::Result<std::vector<Sample::Pair>> read(audio::SoundReader& reader, const std::string& path) {
  const auto total = reader.info().frames.count;
  std::vector<Sample::Pair> frames;  // grows with what is there: a damaged head may promise anything
  audio::StereoBuffer buffer(65'536);
  for (std::int64_t at = 0; at < total; at += buffer.frames()) {
    const auto count = std::min<std::int64_t>(buffer.frames(), total - at);
    if (!reader.read({at}, buffer.view().part(0, static_cast<int>(count)))) {
      return base::fail(
          base::ErrorKind::malformed,
          fmt::format("\"{}\" can't be read past frame {}: it is damaged or cut short.", name_of(path), at));
    }
    for (std::int64_t i = 0; i < count; ++i) {
      const auto from = static_cast<std::size_t>(i);
      frames.push_back({buffer.left[from], buffer.right[from]});
    }
  }
  return frames;
}

// Makes the last `count` frames before `end` become those before `start`, so that the loop is without a seam.
void crossfade(std::vector<Sample::Pair>& frames, std::size_t start, std::size_t end, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const float in = static_cast<float>(i + 1) / static_cast<float>(count);
    Sample::Pair& to = frames[end - count + i];
    const Sample::Pair& from = frames[start - count + i];
    to = {to.left + (from.left - to.left) * in, to.right + (from.right - to.right) * in};
  }
}

}  // namespace

base::Result<std::shared_ptr<const Sample>> Sample::load(const std::string& path, const SampleRegion& region) {
  auto reader = open(path);
  if (!reader) return tl::unexpected(reader.error());
  const auto file = read(*reader, path);
  if (!file) return tl::unexpected(file.error());

  const auto frame_of = [&](double part) {
    return static_cast<std::size_t>(std::floor(std::clamp(part, 0.0, 1.0) * static_cast<double>(file->size()) + 0.5));
  };
  const std::size_t start = frame_of(region.start);
  const std::size_t end = std::max(start, frame_of(region.end));
  const std::size_t loop_end = std::clamp(frame_of(region.loop_end), start, end);
  const std::size_t loop_start = std::clamp(frame_of(region.loop_start), start, loop_end);
  const bool loops = region.loop && loop_end - loop_start >= 2;

  auto sample = std::make_shared<Sample>();
  sample->rate_ = reader->info().rate;
  std::vector<Pair>& frames = sample->frames_;
  frames.resize(before);
  frames.insert(frames.end(), file->begin() + static_cast<std::ptrdiff_t>(start),
                file->begin() + static_cast<std::ptrdiff_t>(loops ? loop_end : end));
  const std::size_t length = frames.size() - before;
  sample->end_ = static_cast<double>(length);
  sample->loop_start_ = loops ? static_cast<double>(loop_start - start) : sample->end_;
  if (loops) {
    const auto wanted = time::frames_of(region.crossfade, sample->rate_).count;
    const std::size_t possible = std::min(loop_start - start, loop_end - loop_start);
    const std::size_t first = before + loop_start - start;
    crossfade(frames, first, frames.size(), std::min(static_cast<std::size_t>(wanted), possible));
    for (std::size_t i = 0; i < taps; ++i) frames.push_back(frames[first + i]);
  } else {
    frames.resize(frames.size() + taps);
  }
  return std::shared_ptr<const Sample>(std::move(sample));
}

base::Result<std::shared_ptr<const Sample>> Sample::measure(const std::string& path) {
  auto reader = open(path);
  if (!reader) return tl::unexpected(reader.error());
  auto sample = std::make_shared<Sample>();
  sample->rate_ = reader->info().rate;
  sample->end_ = sample->loop_start_ = static_cast<double>(reader->info().frames.count);
  return std::shared_ptr<const Sample>(std::move(sample));
}

double Sample::wrapped(double position) const {
  if (position < end_) return position;
  if (loop_start_ == end_) return -1.0;
  return loop_start_ + std::fmod(position - loop_start_, end_ - loop_start_);
}

Sample::Pair Sample::at(double position) const {
  const auto whole = static_cast<std::size_t>(position);
  const double fine = (position - static_cast<double>(whole)) * static_cast<double>(phases);
  const auto phase = static_cast<std::size_t>(fine);
  const auto between = static_cast<float>(fine - static_cast<double>(phase));
  const auto& low = kernel()[phase];
  const auto& high = kernel()[phase + 1];
  Pair sum;
  for (std::size_t tap = 0; tap < taps; ++tap) {
    const float weight = low[tap] + (high[tap] - low[tap]) * between;
    sum.left += weight * frames_[whole + tap].left;
    sum.right += weight * frames_[whole + tap].right;
  }
  return sum;
}

}  // namespace firn::devices
