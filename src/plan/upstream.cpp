#include "plan/upstream.hpp"

#include <algorithm>

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

namespace {

bool can_sound(const Feed& feed) {
  if (feed.send == nullptr || feed.send->level_db > document::Send::minus_infinity()) return true;
  const document::AutomationTarget level = document::SendTarget{feed.send->to};
  return std::any_of(feed.from->automation.begin(), feed.from->automation.end(),
                     [&](const auto& automation) { return automation.target == level; });
}

// Goes up the ways that sound takes, as far as prints.
class Search {
 public:
  explicit Search(const Project& project) : project_(project), audibility_(project) {}

  void add(const Track& track) {
    if (!track.active || !running_.tracks.insert(track.id).second) return;
    if (!track.frozen()) {
      add_feeds(track);
    } else if (audibility_.is_solo_upstream(project_, track)) {
      add_above_the_line(track);
    } else {
      for (std::size_t i = document::frozen_devices(track); i < track.devices.size(); ++i) {
        if (const auto& tap = track.devices[i].side_chain)
          add({document::find(project_, tap->track), tap->point, nullptr});
      }
    }
  }

  Running take() { return std::move(running_); }

 private:
  void add_above_the_line(const Track& track) {
    if (running_.above_the_line.insert(track.id).second) add_feeds(track);
  }

  void add_feeds(const Track& track) {
    for (const Feed& feed : feeds_of(project_, track)) {
      if (can_sound(feed)) add(feed);
    }
  }

  void add(const Feed& feed) {
    if (feed.from == nullptr) return;
    add(*feed.from);
    if (feed.tap == TapPoint::pre_fx && feed.from->frozen() && feed.from->active) add_above_the_line(*feed.from);
  }

  const Project& project_;
  const Audibility audibility_;
  Running running_;
};

}  // namespace

Running running_in(const Project& project) {
  Search search(project);
  std::set<TrackId> printed;  // what is upstream of a frozen track: only that may be left out
  for (const auto& track : project.tracks) {
    if (track->frozen()) printed.merge(upstream_of(project, *track));
  }
  for (const auto& track : project.tracks) {
    if (!printed.contains(track->id) || std::holds_alternative<document::PastMain>(track->output)) search.add(*track);
  }
  return search.take();
}

}  // namespace firn::plan
