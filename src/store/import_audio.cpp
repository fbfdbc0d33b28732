#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "audio/resample.hpp"
#include "store/state.hpp"

namespace firn::store {

namespace fs = std::filesystem;
using base::ErrorKind;

namespace {

// What is asked for when a file is imported. The number stands for the way it is converted.
base::RecipeKey recipe_of(const base::Digest& content, time::SampleRate rate) {
  return {base::Hasher().text("import").number(1).digest(content).number(rate.hertz).finish()};
}

// Infinite and undefined samples, which some float files hold, become silence.
void drop_strays(audio::StereoView view) {
  const auto is_stray = [](float sample) { return !std::isfinite(sample); };
  std::replace_if(view.left, view.left + view.frames, is_stray, 0.0f);
  std::replace_if(view.right, view.right + view.frames, is_stray, 0.0f);
}

// Reads the whole of `reader`, and writes it at another rate.
base::Result<void> convert(audio::SoundReader& reader, const fs::path& path, time::SampleRate rate, PrintWriter& writer,
                           const std::function<bool(double)>& progress) {
  const time::Frames frames = reader.info().frames;
  audio::Resampler resampler(reader.info().rate, rate);
  audio::StereoBuffer input(1 << 16);
  audio::StereoBuffer output;
  for (time::Frames at; at < frames; at.count += input.frames()) {
    const auto count = static_cast<int>(std::min<std::int64_t>(input.frames(), (frames - at).count));
    const audio::StereoView part = input.view().part(0, count);
    if (!reader.read(at, part)) {
      const double seconds = static_cast<double>(at.count) / reader.info().rate.hertz;
      return base::fail(ErrorKind::malformed,
                        fmt::format("{} is damaged or cut short after {:.1f} seconds. Get a whole copy of it.",
                                    path.string(), seconds));
    }
    drop_strays(part);
    resampler.process(part, output);
    if (auto written = writer.write(output.view()); !written) return written;
    output = {};
    const double done = static_cast<double>(at.count + count) / static_cast<double>(frames.count);
    if (progress && !progress(done)) {
      return base::fail(ErrorKind::cancelled, fmt::format("The import of {} was stopped.", path.string()));
    }
  }
  resampler.finish(output);
  return writer.write(output.view());
}

}  // namespace

base::Result<audio::AudioRef> Store::import_audio(const fs::path& path, time::SampleRate rate,
                                                  const std::function<bool(double)>& progress) {
  auto reader = audio::SoundReader::open(path);
  if (!reader) return tl::unexpected(reader.error());
  if (reader->info().frames.count == 0) {
    return base::fail(ErrorKind::malformed, fmt::format("{} holds no sound.", path.string()));
  }
  const auto content = state_->digests.of(path);
  if (!content) return tl::unexpected(content.error());
  const auto recipe = recipe_of(*content, rate);
  if (auto known = find(recipe)) return *known;

  auto writer = begin(Folder::imported, path.stem().string(), rate);
  if (!writer) return tl::unexpected(writer.error());
  if (auto converted = convert(*reader, path, rate, *writer, progress); !converted) {
    return tl::unexpected(converted.error());
  }
  const auto original = adopt(path);
  if (!original) return tl::unexpected(original.error());
  auto audio = finish(std::move(*writer));
  if (!audio) return audio;
  audio->original = original->path;
  if (auto remembered = remember(recipe, *audio); !remembered) return tl::unexpected(remembered.error());
  return audio;
}

}  // namespace firn::store
