#include "plan/upstream.hpp"

#include "plan/solo.hpp"

namespace firn::plan {

using document::Project;
using document::Tap;
using document::TapPoint;
using document::Track;
using document::TrackId;

std::vector<Feed> feeds_of(const Project& project, const Track& track) {
  std::vector<Feed> feeds;
  for (const auto& other : project.tracks) {
    if (other->id == track.id) continue;
    if (destination_of(project, *other) == track.id) feeds.push_back({other.get(), TapPoint::post_mixer, nullptr});
    for (const document::Send& send : other->mixer.sends) {
      if (send.to != track.id || !send.on) continue;
      feeds.push_back({other.get(), send.pre_fader ? TapPoint::post_fx : TapPoint::post_mixer, &send});
    }
  }
  const auto add_tap = [&](const Tap& tap) {
    if (const Track* from = document::find(project, tap.track)) feeds.push_back({from, tap.point, nullptr});
  };
  if (const auto* tap = std::get_if<Tap>(&track.input); tap && document::hears_input(track)) add_tap(*tap);
  for (const document::Device& device : track.devices) {
    if (device.side_chain) add_tap(*device.side_chain);
  }
  return feeds;
}

std::set<TrackId> upstream_of(const Project& project, const Track& track) {
  std::set<TrackId> upstream;
  std::vector<const Track*> to_visit{&track};
  while (!to_visit.empty()) {
    const Track& here = *to_visit.back();
    to_visit.pop_back();
    for (const Feed& feed : feeds_of(project, here)) {
      if (upstream.insert(feed.from->id).second) to_visit.push_back(feed.from);
    }
  }
  return upstream;
}

}  // namespace firn::plan
