// Upstream: which tracks' sound enters a track before its mixer, and by which ways; and which of a project's tracks run. Pure; any thread.
#pragma once

#include <set>
#include <vector>

#include "document/project.hpp"
#include "plan/plan.hpp"

namespace firn::plan {

// One way by which a track hears another: a tap of it, or a send.
struct Feed {
  const document::Track* from = nullptr;
  document::TapPoint tap = document::TapPoint::post_mixer;
  const document::Send* send = nullptr;  // if it is one: it leaves at `tap`
};

// What enters the track's source and its devices' side-chains directly: members and whatever else is routed to it, sends that are
// on, its input if it is heard. Deactivated tracks among them.
std::vector<Feed> feeds_of(const document::Project&, const document::Track&);

// The tracks whose sound enters it by whatever ways; itself not, unless the routing is a cycle.
std::set<document::TrackId> upstream_of(const document::Project&, const document::Track&);

// What runs of a project whose frozen tracks play their prints, whoever is muted: all but what nothing hears that is not a print.
struct Running {
  std::set<document::TrackId> tracks;
  std::set<document::TrackId>
      above_the_line;  // of these, the frozen ones whose print can't stand for what is tapped or soloed
};
Running running_in(const document::Project&);

}  // namespace firn::plan
