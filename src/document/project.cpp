#include "document/project.hpp"

#include <cassert>

namespace firn::document {

Project make_project(time::SampleRate rate) {
  Project project;
  project.rate = rate;
  Track main;
  main.id = TrackId{project.next_id++};
  main.kind = TrackKind::main;
  main.name = "Main";
  project.tracks.push_back(std::move(main));
  return project;
}

const Track* find(const Project& project, TrackId id) {
  for (const auto& track : project.tracks) {
    if (track->id == id) return track.get();
  }
  return nullptr;
}

const Track& main_of(const Project& project) {
  assert(!project.tracks.empty() && project.tracks.back()->kind == TrackKind::main);
  return *project.tracks.back();
}

const Device* find(const Track& track, DeviceId id) {
  for (const auto& device : track.devices) {
    if (device.id == id) return &device;
  }
  return nullptr;
}

std::vector<const Track*> members_of(const Project& project, TrackId group) {
  std::vector<const Track*> members;
  for (const auto& track : project.tracks) {
    if (track->group == group && group) members.push_back(track.get());
  }
  return members;
}

bool is_within(const Project& project, TrackId track, TrackId group) {
  for (const Track* at = find(project, track); at && at->group; at = find(project, at->group)) {
    if (at->group == group) return true;
  }
  return false;
}

std::size_t devices_in(const Track& track, const Print& print) {
  const auto found = std::find_if(track.devices.begin(), track.devices.end(),
                                  [&](const Device& device) { return device.id == print.up_to; });
  return found == track.devices.end() ? 0 : static_cast<std::size_t>(found - track.devices.begin()) + 1;
}

std::size_t frozen_devices(const Track& track) { return track.frozen() ? devices_in(track, track.prints.back()) : 0; }

namespace {

bool is_monitored(const Track& track) {
  return track.monitor == Monitor::in || (track.monitor == Monitor::automatic && track.armed);
}

}  // namespace

bool hears_input(const Track& track) {
  const bool has_one = std::holds_alternative<Tap>(track.input) || std::holds_alternative<ExternalInput>(track.input);
  return track.kind == TrackKind::audio && has_one && is_monitored(track);
}

bool is_played_in(const Track& track) {
  return track.kind == TrackKind::midi && std::holds_alternative<ExternalInput>(track.input) && is_monitored(track);
}

bool has_plugins(const Project& project) {
  bool found = false;
  for_each_device(project, [&](const Track&, const Device& device) { found = found || device.plugin; });
  return found;
}

Project with_track(Project project, Track track) {
  for (auto& place : project.tracks) {
    if (place->id == track.id) {
      place = std::move(track);
      return project;
    }
  }
  assert(false && "the project has no such track");
  return project;
}

}  // namespace firn::document
