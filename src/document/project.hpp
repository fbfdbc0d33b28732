// Project: the whole document, an immutable value that copies share. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/box.hpp"
#include "document/ids.hpp"
#include "document/track.hpp"
#include "time/tempo_map.hpp"

namespace firn::document {

struct Locator {
  LocatorId id;
  time::Beats at;
  std::string name;
  UnknownFields unknown = {};

  friend bool operator==(const Locator&, const Locator&) = default;
};

// What a new project has. The sound of some plug-ins depends on it (docs/adr/0008), so a project keeps its own.
inline constexpr int initial_plugin_grid = 256;

constexpr bool is_plugin_grid(int frames) { return frames >= 32 && frames <= 1024 && (frames & (frames - 1)) == 0; }

struct Project {
  time::SampleRate rate;
  time::TempoMap tempo;
  double tail_limit_seconds = 60.0;       // SPEC C1; > 0, at most 600
  int plugin_grid = initial_plugin_grid;  // frames that plug-ins are given at a time: 32 to 1024, a power of two
  std::vector<base::Box<Track>> tracks;  // in display order; a group's members follow it; Main is last and the only one
  std::vector<Locator> locators;         // sorted by position, then id
  std::uint64_t next_id = 1;             // above every id in use, of whatever kind
  UnknownFields unknown;

  friend bool operator==(const Project&, const Project&) = default;
};

// A new project: Main alone.
Project make_project(time::SampleRate);

const Track* find(const Project&, TrackId);  // null if there is none
const Track& main_of(const Project&);
const Device* find(const Track&, DeviceId);
std::vector<const Track*> members_of(const Project&, TrackId group);  // direct members, in display order
bool is_within(const Project&, TrackId track, TrackId group);         // at any depth

// How many of a track's devices, from the first on, a print covers; all that its top print covers are read-only.
std::size_t devices_in(const Track&, const Print&);
std::size_t frozen_devices(const Track&);  // 0 if it is live

// True if an audio track plays its input instead of its clips: a tap or an external input, with the monitor in, or automatic
// while it is armed. Resampling is never heard (SPEC E2).
bool hears_input(const Track&);
// True if a MIDI track plays what comes in, beside its clips: an external input, with the monitor as above.
bool is_played_in(const Track&);

// Visits every device of today's tracks, then those of the tracks that they were made from, with the track that it is on.
template <class Visit>
void for_each_device(const Project& project, Visit&& visit) {
  for (const auto& track : project.tracks) {
    for (const Device& device : track->devices) visit(*track, device);
  }
  for (const auto& track : project.tracks) {
    for (const Origin& origin : track->origin) {
      for (const Device& device : origin.source->devices) visit(*origin.source, device);
    }
  }
}

bool has_plugins(const Project&);

// The project with one track put in the place of the one that has its id.
Project with_track(Project, Track);

}  // namespace firn::document
