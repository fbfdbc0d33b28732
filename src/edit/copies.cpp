#include "edit/copies.hpp"

#include <algorithm>
#include <unordered_map>

namespace firn::edit {

using document::DeviceId;
using document::Tap;
using document::Track;
using document::TrackId;

namespace {

template <class Id>
using Renaming = std::unordered_map<Id, Id>;

template <class Id>
void rename(Id& id, const Renaming<Id>& names) {
  if (const auto found = names.find(id); found != names.end()) id = found->second;
}

void rename_tracks(Track& track, const Renaming<TrackId>& names) {
  rename(track.id, names);
  rename(track.group, names);
  for (auto& send : track.mixer.sends) rename(send.to, names);
  if (auto* input = std::get_if<Tap>(&track.input)) rename(input->track, names);
  if (auto* output = std::get_if<document::ToTrack>(&track.output)) rename(output->track, names);
  for (auto& device : track.devices) {
    if (device.side_chain) rename(device.side_chain->track, names);
  }
  for (auto& automation : track.automation) {
    if (auto* send = std::get_if<document::SendTarget>(&automation.target)) rename(send->to, names);
  }
}

void sort_automation(Track& track) {
  std::sort(track.automation.begin(), track.automation.end(),
            [](const auto& a, const auto& b) { return a.target < b.target; });
}

// Adds to `names` what its devices were called and are now.
Track with_new_parts(Track track, std::uint64_t& next_id, Renaming<DeviceId>& names) {
  for (auto& box : track.clips) {
    box = base::changed(box, [&](document::Clip& clip) { clip.id = {next_id++}; });
  }
  for (auto& device : track.devices) {
    names.emplace(device.id, DeviceId{next_id});
    device.id = {next_id++};
  }
  for (auto& print : track.prints) rename(print.up_to, names);
  for (auto& automation : track.automation) {
    if (auto* target = std::get_if<document::DeviceTarget>(&automation.target)) rename(target->device, names);
  }
  sort_automation(track);
  return track;
}

// What was bounced from a track that is copied too is a bounce of the copy.
void rename_bounces(Track& track, const Renaming<TrackId>& tracks, const Renaming<DeviceId>& devices) {
  for (auto& box : track.clips) {
    const auto* body = std::get_if<document::AudioClip>(&box->body);
    if (body == nullptr || !body->bounce || !tracks.contains(body->bounce->source)) continue;
    box = base::changed(box, [&](document::Clip& clip) {
      document::Bounce& bounce = *std::get<document::AudioClip>(clip.body).bounce;
      rename(bounce.source, tracks);
      rename(bounce.after, devices);
    });
  }
}

}  // namespace

Track with_new_parts(Track track, std::uint64_t& next_id) {
  Renaming<DeviceId> names;
  return with_new_parts(std::move(track), next_id, names);
}

std::vector<Track> copies_of(const std::vector<const Track*>& tracks, std::uint64_t& next_id) {
  Renaming<TrackId> names;
  for (const Track* track : tracks) names.emplace(track->id, TrackId{next_id++});
  Renaming<DeviceId> devices;
  std::vector<Track> copies;
  for (const Track* track : tracks) {
    copies.push_back(*track);
    rename_tracks(copies.back(), names);
    copies.back() = with_new_parts(std::move(copies.back()), next_id, devices);
  }
  for (Track& copy : copies) rename_bounces(copy, names, devices);
  return copies;
}

}  // namespace firn::edit
