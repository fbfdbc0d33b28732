#include <fmt/format.h>

#include <algorithm>
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

using Progress = Store::Progress;

bool is_a_print(const audio::SoundFileInfo& info, time::SampleRate rate) {
  return info.is_float_wav && info.channels == 2 && info.rate == rate;
}

// Hands the whole of `reader` on in parts: each(part).
template <class Each>
base::Result<void> read_all(audio::SoundReader& reader, const fs::path& path, const Progress& progress,
                            const Each& each) {
  const time::Frames frames = reader.info().frames;
  audio::StereoBuffer buffer(1 << 16);
  for (time::Frames at; at < frames; at.count += buffer.frames()) {
    const auto count = static_cast<int>(std::min<std::int64_t>(buffer.frames(), (frames - at).count));
    const audio::StereoView part = buffer.view().part(0, count);
    if (!reader.read(at, part)) {
      const double seconds = static_cast<double>(at.count) / reader.info().rate.hertz;
      return base::fail(ErrorKind::malformed,
                        fmt::format("{} is damaged or cut short after {:.1f} seconds. Get a whole copy of it.",
                                    path.string(), seconds));
    }
    if (auto done = each(part); !done) return done;
    const double done = static_cast<double>(at.count + count) / static_cast<double>(frames.count);
    if (progress && !progress(done)) {
      return base::fail(ErrorKind::cancelled, fmt::format("The import of {} was stopped.", path.string()));
    }
  }
  return {};
}

// What is a print already is adopted, and played as it is.
base::Result<audio::AudioRef> take_in(Store& store, audio::SoundReader& reader, const fs::path& path,
                                      const Progress& progress) {
  audio::AudioHasher hasher(reader.info().rate);
  const auto read = read_all(reader, path, progress, [&](audio::ConstStereoView part) -> base::Result<void> {
    hasher.add(part);
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  const base::AudioKey key = hasher.key();
  return store.adopt(path).map([&](const base::FileRef& file) {
    return audio::AudioRef{file.path, key, reader.info().frames, {}};
  });
}

// All else is converted, and adopted as the original.
base::Result<audio::AudioRef> convert(Store& store, audio::SoundReader& reader, const fs::path& path,
                                      time::SampleRate rate, const Progress& progress) {
  auto writer = store.begin(Folder::imported, path.stem().string(), rate);
  if (!writer) return tl::unexpected(writer.error());
  audio::Resampler resampler(reader.info().rate, rate);
  audio::StereoBuffer output;
  const auto read = read_all(reader, path, progress, [&](audio::ConstStereoView part) {
    resampler.process(part, output);
    auto written = writer->write(output.view());
    output = {};
    return written;
  });
  if (!read) return tl::unexpected(read.error());
  resampler.finish(output);
  if (auto written = writer->write(output.view()); !written) return tl::unexpected(written.error());
  const auto original = store.adopt(path);
  if (!original) return tl::unexpected(original.error());
  return store.finish(std::move(*writer)).map([&](Store::Finished made) {
    made.audio.original = original->path;
    return made.audio;
  });
}

}  // namespace

base::Result<audio::AudioRef> Store::import_audio(const fs::path& path, time::SampleRate rate,
                                                  const Progress& progress) {
  auto reader = audio::SoundReader::open(path);
  if (!reader) return tl::unexpected(reader.error());
  if (reader->info().frames.count == 0) {
    return base::fail(ErrorKind::malformed, fmt::format("{} holds no sound.", path.string()));
  }
  const auto content = state_->digests.of(path);
  if (!content) return tl::unexpected(content.error());
  const auto recipe = recipe_of(*content, rate);
  if (auto known = find(recipe)) return known->audio;

  auto audio = is_a_print(reader->info(), rate) ? take_in(*this, *reader, path, progress)
                                                : convert(*this, *reader, path, rate, progress);
  if (!audio) return audio;
  if (auto remembered = remember(recipe, {*audio}); !remembered) return tl::unexpected(remembered.error());
  return audio;
}

}  // namespace firn::store
