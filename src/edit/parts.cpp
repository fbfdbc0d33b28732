#include "edit/parts.hpp"

#include <fmt/format.h>

#include <tuple>

#include "edit/words.hpp"

namespace firn::edit {

using base::Error;
using base::ErrorKind;

Error no_such_track() { return {ErrorKind::not_found, "There is no such track any more."}; }

Error no_such_clip(const document::Track& track) {
  return {ErrorKind::not_found, fmt::format("There is no such clip on {}.", in_quotes(track.name))};
}

Error no_such_device(const document::Track& track) {
  return {ErrorKind::not_found, fmt::format("There is no such device on {}.", in_quotes(track.name))};
}

Error not_a_midi_clip(const document::Clip& clip) {
  return {ErrorKind::refused,
          fmt::format("{} is an audio clip: it holds no notes, and is measured in frames.", in_quotes(clip.name))};
}

Error not_an_audio_clip(const document::Clip& clip) {
  return {ErrorKind::refused, fmt::format("{} is a MIDI clip: it has no gain and no fades, and is measured in beats.",
                                          in_quotes(clip.name))};
}

void sort_clips(std::vector<base::Box<document::Clip>>& clips) {
  std::sort(clips.begin(), clips.end(),
            [](const auto& a, const auto& b) { return std::tie(a->start, a->id) < std::tie(b->start, b->id); });
}

}  // namespace firn::edit
