// EditedSong: a song to be edited while it plays, and what is asked of what is heard then.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "support/scene.hpp"

namespace firn::tests {

inline constexpr int fade = 480;  // frames: 10 ms

struct EditedSong : Scene {
  EditedSong() {
    hall = add_track(document::TrackKind::return_, "Hall");
    add_device(hall, "reverb");
    group = add_track(document::TrackKind::group, "Band");
    eq = add_device(group, "eq");
    lead = add_midi("Lead", "synth", some_notes(1, 80));
    filter = add_device(lead, "filter");
    bass = add_midi("Bass", "synth", some_notes(2, 80));
    add_device(bass, "limiter");
    noise = add_audio("Noise", tests::noise(900'000, 3));
    add_device(noise, "chorus");
    apply({edit::MoveTrack{bass, {group, {}}}, edit::MoveTrack{lead, {group, {}}}, edit::SetSendLevel{lead, hall, -6.0},
           edit::SetSendLevel{noise, hall, -9.0}, edit::SetVolume{noise, -20.0}});
  }
  document::TrackId hall, group, lead, bass, noise;
  document::DeviceId eq, filter;
};

// Main, from the song's start.
inline audio::StereoBuffer rendered(Scene& scene, int frames) {
  return scene.listen_to_main({.window = {{}, time::Frames{frames}}});
}

inline std::string difference_in(const audio::StereoBuffer& one, const audio::StereoBuffer& other, int from,
                                 int until) {
  return difference(part_of(one, from, until - from), part_of(other, from, until - from));
}

// The biggest difference, of the left.
inline float most_apart(const audio::StereoBuffer& one, const audio::StereoBuffer& other, int from) {
  float most = 0.0f;
  for (auto i = static_cast<std::size_t>(from); i < static_cast<std::size_t>(one.frames()); ++i)
    most = std::max(most, std::abs(one.left[i] - other.left[i]));
  return most;
}

inline audio::StereoBuffer tone(int frames, double hertz, float level) {
  audio::StereoBuffer sound(frames);
  for (std::size_t i = 0; i < sound.left.size(); ++i)
    sound.left[i] = sound.right[i] =
        level * static_cast<float>(std::sin(6.283185307179586 * hertz * static_cast<double>(i) / 48000.0));
  return sound;
}

}  // namespace firn::tests
