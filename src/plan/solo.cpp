#include "plan/solo.hpp"

#include <algorithm>

#include "plan/upstream.hpp"

namespace firn::plan {

using document::Project;
using document::Track;
using document::TrackId;
using document::TrackKind;

TrackId destination_of(const Project& project, const Track& track) {
  if (track.kind == TrackKind::main || std::holds_alternative<document::SendsOnly>(track.output) ||
      std::holds_alternative<document::PastMain>(track.output))
    return {};
  if (const auto* to = std::get_if<document::ToTrack>(&track.output)) return to->track;
  return track.group ? track.group : document::main_of(project).id;
}

Project with_solo(Project project, const std::vector<TrackId>& soloed) {
  for (auto& box : project.tracks) {
    const bool solo = std::find(soloed.begin(), soloed.end(), box->id) != soloed.end();
    if (box->mixer.solo != solo) box = base::changed(box, [&](Track& track) { track.mixer.solo = solo; });
  }
  return project;
}

Audibility::Audibility(const Project& project) {
  bool source_soloed = false;
  std::set<TrackId> soloed;
  for (const auto& track : project.tracks) {
    if (!track->mixer.solo || !track->active || track->kind == TrackKind::main) continue;
    soloed.insert(track->id);
    source_soloed |= track->kind != TrackKind::return_;
  }
  any_solo_ = !soloed.empty();
  if (!any_solo_) return;

  audible_.insert(document::main_of(project).id);
  for (const auto& track : project.tracks) {
    // Down its path a soloed track takes its groups along; up the path all that feeds it is part of it.
    std::vector<TrackId> path;
    bool part_of_solo = false;
    for (const Track* at = track.get(); at && path.size() <= project.tracks.size();
         at = document::find(project, destination_of(project, *at))) {
      path.push_back(at->id);
      part_of_solo |= soloed.contains(at->id);
    }
    if (soloed.contains(track->id)) audible_.insert(path.begin(), path.end());
    if (part_of_solo) audible_.insert(track->id);
    if (source_soloed && track->kind == TrackKind::return_) audible_.insert(path.begin(), path.end());
  }

  // What sends to a soloed return, and what comes to it by its members and its own sends, goes on as far as there.
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& track : project.tracks) {
      const bool is_member = feeds_silently(destination_of(project, *track));
      const bool sends = std::any_of(track->mixer.sends.begin(), track->mixer.sends.end(), [&](const auto& send) {
        return send.on && (soloed.contains(send.to) || feeds_silently(send.to));
      });
      if (is_member) members_.insert(track->id);
      if (is_member || sends) grew |= feeding_.insert(track->id).second;
    }
  }
}

bool Audibility::feeds_silently(TrackId track) const { return feeding_.contains(track) && !audible_.contains(track); }

bool Audibility::is_switched_on(const Track& track) const {
  if (!track.active) return false;
  if (std::holds_alternative<document::Resampling>(track.input) && track.armed) return false;
  const document::AutomationTarget activator = document::MixerTarget{document::MixerParameter::activator};
  const bool automated = std::any_of(track.automation.begin(), track.automation.end(), [&](const auto& automation) {
    return automation.target == activator && !automation.points.empty();
  });
  return automated || track.mixer.activator;
}

bool Audibility::is_heard(const Track& track) const {
  return is_switched_on(track) && (!any_solo_ || audible_.contains(track.id) || members_.contains(track.id));
}

bool Audibility::is_sent(const Track& track, const Track& to) const {
  return is_switched_on(track) && (!any_solo_ || audible_.contains(track.id) || to.mixer.solo || feeds_silently(to.id));
}

bool Audibility::is_solo_upstream(const Project& project, const Track& track) const {
  if (!any_solo_) return false;
  const auto is_kept_from = [&](const Track& to) {
    const auto feeds = feeds_of(project, to);
    return std::any_of(feeds.begin(), feeds.end(), [&](const Feed& feed) {
      if (!is_switched_on(*feed.from)) return false;
      if (feed.send) return !is_sent(*feed.from, to);
      return feed.tap == document::TapPoint::post_mixer && !is_heard(*feed.from);
    });
  };
  const auto upstream = upstream_of(project, track);
  return is_kept_from(track) || std::any_of(upstream.begin(), upstream.end(),
                                            [&](TrackId id) { return is_kept_from(*document::find(project, id)); });
}

}  // namespace firn::plan
