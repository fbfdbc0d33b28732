#include "session/pack_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "audio/audio_hash.hpp"
#include "audio/sound_file.hpp"
#include "files/project_file.hpp"

namespace firn::session {

using base::ErrorKind;

bool may_be_packed(std::string_view path) {
  return path != files::project_file_name && path.substr(0, path.find('/')) != ".firn";
}

std::string use_of(const Reference& reference) {
  const auto what = [&]() -> std::string_view {
    switch (reference.kind) {
      case Reference::Kind::audio: return "audio";
      case Reference::Kind::original: return "the original of audio";
      case Reference::Kind::device: return "a device's file";
      case Reference::Kind::other: return "of a later version of Firn";
    }
    return {};
  }();
  return reference.tracks.empty() ? std::string(what)
                                  : fmt::format("{} on {}", what, fmt::join(reference.tracks, ", "));
}

base::Result<void> check_sound(const audio::AudioRef& audio, const std::filesystem::path& file) {
  auto reader = audio::SoundReader::open(file);
  if (!reader) return tl::unexpected(reader.error());
  audio::AudioHasher hasher(reader->info().rate);
  audio::StereoBuffer buffer(1 << 16);
  bool whole = reader->info().frames == audio.frames;
  for (time::Frames at; whole && at < audio.frames; at.count += buffer.frames()) {
    const auto count = static_cast<int>(std::min<std::int64_t>(buffer.frames(), (audio.frames - at).count));
    const audio::StereoView part = buffer.view().part(0, count);
    whole = reader->read(at, part);
    hasher.add(part);
  }
  if (whole && hasher.key() == audio.key) return {};
  return base::fail(ErrorKind::malformed,
                    fmt::format("{} is damaged: it is not the sound that the project knows by that name. Put it back "
                                "as it was, or make it again.",
                                file.string()));
}

tl::unexpected<base::Error> cancelled() { return base::fail(ErrorKind::cancelled, "Cancelled."); }

}  // namespace firn::session
