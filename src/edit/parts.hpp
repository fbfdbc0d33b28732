// Changing one part of a project and leaving the rest shared: what the verbs are written with. Pure; any thread.
//
// `change` works on a copy of the part and returns nothing, or a Result<void> whose error ends the command.
#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/result.hpp"
#include "document/project.hpp"
#include "edit/command.hpp"

namespace firn::edit {

base::Error no_such_track();
base::Error no_such_clip(const document::Track&);
base::Error no_such_device(const document::Track&);
base::Error not_a_midi_clip(const document::Clip&);
base::Error not_an_audio_clip(const document::Clip&);

void sort_clips(std::vector<base::Box<document::Clip>>&);  // by start, then id

template <class Change, class Part>
base::Result<void> changed_in_place(Change& change, Part& part) {
  if constexpr (std::is_void_v<std::invoke_result_t<Change&, Part&>>) {
    change(part);
    return {};
  } else {
    return change(part);
  }
}

template <class Change>
base::Result<Project> changed_track(const Project& project, TrackId id, Change change) {
  const document::Track* found = document::find(project, id);
  if (found == nullptr) return tl::make_unexpected(no_such_track());
  document::Track track = *found;
  return changed_in_place(change, track).map([&] { return document::with_track(project, std::move(track)); });
}

template <class Change>
base::Result<Project> changed_clip(const Project& project, TrackId track_id, ClipId id, Change change) {
  return changed_track(project, track_id, [&](document::Track& track) -> base::Result<void> {
    const auto found = std::find_if(track.clips.begin(), track.clips.end(), [&](const auto& c) { return c->id == id; });
    if (found == track.clips.end()) return tl::make_unexpected(no_such_clip(track));
    document::Clip clip = **found;
    return changed_in_place(change, clip).map([&] {
      *found = std::move(clip);
      sort_clips(track.clips);
    });
  });
}

template <class Change>
base::Result<Project> changed_midi_clip(const Project& project, TrackId track, ClipId id, Change change) {
  return changed_clip(project, track, id, [&](document::Clip& clip) -> base::Result<void> {
    auto* body = std::get_if<document::MidiClip>(&clip.body);
    if (body == nullptr) return tl::make_unexpected(not_a_midi_clip(clip));
    return changed_in_place(change, *body);
  });
}

template <class Change>
base::Result<Project> changed_audio_clip(const Project& project, TrackId track, ClipId id, Change change) {
  return changed_clip(project, track, id, [&](document::Clip& clip) -> base::Result<void> {
    auto* body = std::get_if<document::AudioClip>(&clip.body);
    if (body == nullptr) return tl::make_unexpected(not_an_audio_clip(clip));
    return changed_in_place(change, *body);
  });
}

template <class Change>
base::Result<Project> changed_device(const Project& project, TrackId track_id, DeviceId id, Change change) {
  return changed_track(project, track_id, [&](document::Track& track) -> base::Result<void> {
    const auto found =
        std::find_if(track.devices.begin(), track.devices.end(), [&](const auto& d) { return d.id == id; });
    if (found == track.devices.end()) return tl::make_unexpected(no_such_device(track));
    return changed_in_place(change, *found);
  });
}

}  // namespace firn::edit
