#include "live/thaw.hpp"

#include <algorithm>
#include <utility>

#include "plan/upstream.hpp"

namespace firn::live {

using document::Project;
using document::Send;
using document::Track;
using document::TrackId;

namespace {

bool is_routed_alike(const Track& one, const Track& other) {
  const auto same_way = [](const Send& a, const Send& b) {
    return a.to == b.to && a.pre_fader == b.pre_fader && a.on == b.on;
  };
  return one.kind == other.kind && one.group == other.group && one.active == other.active &&
         one.output == other.output && one.input == other.input &&
         std::ranges::equal(one.mixer.sends, other.mixer.sends, same_way);
}

bool is_routed_alike(const Project& one, const Project& other) {
  return one.tracks.size() == other.tracks.size() && std::ranges::all_of(one.tracks, [&](const auto& track) {
           const Track* its = document::find(other, track->id);
           return its && is_routed_alike(*track, *its);
         });
}

Track with_faders_of(Track track, const Track& other) {
  track.mixer.volume_db = other.mixer.volume_db;
  track.mixer.pan = other.mixer.pan;
  track.mixer.activator = other.mixer.activator;
  track.active = track.active && other.active;
  return track;
}

// Less of its chain is in a print than there was.
bool is_thawed(const Track& heard, const Track& now) {
  return document::frozen_devices(now) < document::frozen_devices(heard) || (heard.frozen() && !now.frozen());
}

// Tracks that a print stood for, or that stood for themselves by one.
std::set<TrackId> come_out(const Project& heard, const Project& other) {
  const plan::Running before = plan::running_in(heard);
  const plan::Running after = plan::running_in(other);
  std::set<TrackId> out;
  for (const TrackId id : after.tracks) {
    const Track* track = document::find(heard, id);
    if (track && track->active && !before.tracks.contains(id)) out.insert(id);
  }
  for (const TrackId id : after.above_the_line) {
    if (before.tracks.contains(id) && !before.above_the_line.contains(id)) out.insert(id);
  }
  return out;
}

}  // namespace

Thaw thaw(const Project& heard, const Project& wanted, const std::function<bool(TrackId)>& is_above) {
  std::set<TrackId> thawed;
  for (const auto& track : heard.tracks) {
    const Track* now = document::find(wanted, track->id);
    if (now && now->active && is_thawed(*track, *now) && !is_above(track->id)) thawed.insert(track->id);
  }
  std::set<TrackId> tracks = come_out(heard, wanted);
  tracks.insert(thawed.begin(), thawed.end());
  if (tracks.empty()) return {wanted, {}};

  // With its prints; or without its solos, too; or with no edit but of faders: whatever keeps the tracks where they are.
  if (is_routed_alike(heard, wanted)) {
    Project meanwhile = wanted;
    for (const TrackId id : thawed) {
      Track track = *document::find(heard, id);
      track.mixer = document::find(wanted, id)->mixer;
      meanwhile = document::with_track(std::move(meanwhile), std::move(track));
    }
    if (come_out(heard, meanwhile).empty()) return {std::move(meanwhile), std::move(tracks)};
    for (auto& box : meanwhile.tracks) {
      const bool solo = document::find(heard, box->id)->mixer.solo;
      box = base::changed(box, [&](Track& track) { track.mixer.solo = solo; });
    }
    if (come_out(heard, meanwhile).empty()) return {std::move(meanwhile), std::move(tracks)};
  }
  Project meanwhile = heard;
  for (auto& box : meanwhile.tracks) {
    if (const Track* track = document::find(wanted, box->id)) box = base::Box<Track>(with_faders_of(*box, *track));
  }
  meanwhile.tempo = wanted.tempo;
  return {std::move(meanwhile), std::move(tracks)};
}

}  // namespace firn::live
