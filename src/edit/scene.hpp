// A small project for the tests of edits, built by commands: what a user could have made. For tests alone.
//
//   Bass    MIDI: Transpose, SoundFont, Compressor, Reverb; one clip of two notes from 1.1.1, a bar long; sends to A
//   Vox     audio: Delay; one clip of 48,000 frames from 1.1.1
//   Bus     a group with Drums (MIDI) in it
//   A       a return with a Reverb
//   Main
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "devices/device_type.hpp"
#include "edit/command.hpp"
#include "edit/find.hpp"
#include "edit/invariants.hpp"

namespace firn::edit::scene {

using base::ErrorKind;
using base::Result;
using document::Tap;
using document::TapPoint;
using document::Track;
using document::TrackKind;
using time::Beats;
using time::Frames;

constexpr int rate = 48'000;

// The project after the command, which must succeed and leave every invariant whole.
inline Project must(const Project& project, const Command& command) {
  auto after = edit::apply(project, command);
  REQUIRE_MESSAGE(after.has_value(), (after ? std::string() : after.error().message));
  const auto violation = violation_of(*after);
  CHECK_MESSAGE(!violation, violation.value_or(""));
  return std::move(*after);
}

// The message of the command's failure, which must be of that kind.
inline std::string refusal(const Project& project, const Command& command, ErrorKind kind = ErrorKind::refused) {
  const auto after = edit::apply(project, command);
  REQUIRE(!after.has_value());
  INFO(after.error().message);
  CHECK(after.error().kind == kind);
  return after.error().message;
}

// The name a new device of the type is given.
inline std::string title(std::string_view type) { return devices::find_type(type)->title; }

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline audio::AudioRef audio_of(const std::string& path, std::int64_t frames) {
  audio::AudioRef audio;
  audio.path = path;
  audio.frames = {frames};
  return audio;
}

inline NewClip midi_clip(Beats start, Beats length, std::vector<midi::Note> notes) {
  midi::Content content;
  content.notes = std::move(notes);
  document::MidiClip body;
  body.length = length;
  body.content = std::move(content);
  NewClip clip;
  clip.start = start;
  clip.body = std::move(body);
  return clip;
}

inline NewClip audio_clip(Beats start, std::int64_t frames) {
  document::AudioClip body;
  body.audio = audio_of("Samples/Imported/vox.wav", frames);
  body.length = {frames};
  NewClip clip;
  clip.start = start;
  clip.body = std::move(body);
  return clip;
}

inline midi::Note note(int quarter, int key, int velocity = 100) {
  midi::Note made;
  made.start = Beats::quarters(quarter);
  made.length = Beats::quarters(1);
  made.key = static_cast<std::uint8_t>(key);
  made.velocity = static_cast<std::uint8_t>(velocity);
  return made;
}

inline document::Print print_of(std::int64_t frames, DeviceId up_to = {}) {
  document::Print print;
  print.audio = audio_of("Samples/Processed/Freeze/bass-00000000.wav", frames);
  print.range = {{0}, {frames}};
  print.up_to = up_to;
  return print;
}

// Of the whole chain.
inline Freeze freeze_of(const Project& project, TrackId id, std::int64_t frames = 48'000) {
  const Track* track = document::find(project, id);
  return {id, print_of(frames, track == nullptr || track->devices.empty() ? DeviceId{} : track->devices.back().id)};
}

inline AddTrack track_of(TrackKind kind, std::string name, Place place = {}) {
  AddTrack add;
  add.kind = kind;
  add.name = std::move(name);
  add.place = place;
  return add;
}

inline AddDevice device_of(TrackId track, std::string type) {
  AddDevice add;
  add.track = track;
  add.type = std::move(type);
  return add;
}

inline document::Breakpoint point(int quarter, double value) {
  document::Breakpoint made;
  made.at = Beats::quarters(quarter);
  made.value = value;
  return made;
}

inline TrackId id_of(const Project& project, std::string_view name) {
  const auto found = find_track(project, name);
  REQUIRE(found.has_value());
  return *found;
}
inline const Track& track(const Project& project, std::string_view name) {
  return *document::find(project, id_of(project, name));
}
inline DeviceId device(const Project& project, std::string_view track_name, std::string_view name) {
  const auto found = find_device(track(project, track_name), name);
  REQUIRE(found.has_value());
  return *found;
}
inline std::vector<std::string> names(const Project& project) {
  std::vector<std::string> all;
  for (const auto& each : project.tracks) all.push_back(each->name);
  return all;
}

inline Project make_scene() {
  Project project = document::make_project({rate});
  for (const auto& [kind, name] : {std::pair(TrackKind::midi, "Bass"), std::pair(TrackKind::audio, "Vox"),
                                   std::pair(TrackKind::group, "Bus"), std::pair(TrackKind::return_, "A")}) {
    project = must(project, track_of(kind, name));
  }
  Place in_bus;
  in_bus.group = id_of(project, "Bus");
  project = must(project, track_of(TrackKind::midi, "Drums", in_bus));
  const TrackId bass = id_of(project, "Bass");
  const TrackId vox = id_of(project, "Vox");
  for (const char* type : {"transpose", "soundfont", "compressor", "reverb"}) {
    project = must(project, device_of(bass, type));
  }
  project = must(project, device_of(vox, "delay"));
  project = must(project, device_of(id_of(project, "A"), "reverb"));
  project = must(project, AddClip{bass, midi_clip({}, Beats::quarters(4), {note(0, 36), note(2, 43)})});
  project = must(project, AddClip{vox, audio_clip({}, rate)});
  return must(project, SetSendLevel{bass, id_of(project, "A"), -12.0});
}

}  // namespace firn::edit::scene
