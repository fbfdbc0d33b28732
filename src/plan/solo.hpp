// Who is heard: what solo, activators and deactivation leave of a project's signal paths. Pure; any thread.
#pragma once

#include <set>
#include <vector>

#include "document/project.hpp"

namespace firn::plan {

// The track that a track's output goes to: its group, Main or another track; none for SendsOnly, PastMain and Main itself.
document::TrackId destination_of(const document::Project&, const document::Track&);

// The project with these tracks soloed, and no others.
document::Project with_solo(document::Project, const std::vector<document::TrackId>&);

class Audibility {
 public:
  explicit Audibility(const document::Project&);

  // Does the track's Post Mixer signal reach where its output goes? Not if it is deactivated, its activator is off for good, another
  // track's solo silences it, or it is a resampling track while armed (SPEC E2).
  bool is_heard(const document::Track&) const;
  // Does a send of it reach that return? As is_heard; but a soloed return keeps all that is sent to it, by whatever way.
  bool is_sent(const document::Track&, const document::Track& to) const;

  // Does solo keep anything from the track's devices that reaches them without it? A print of the track can't stand for it then.
  bool is_solo_upstream(const document::Project&, const document::Track&) const;

 private:
  bool is_switched_on(const document::Track&) const;
  bool feeds_silently(document::TrackId) const;

  bool any_solo_ = false;
  std::set<document::TrackId> audible_;  // what solo leaves
  std::set<document::TrackId> feeding_;  // what reaches a soloed return
  std::set<document::TrackId> members_;  // of these, what comes there through a track that is not audible itself
};

}  // namespace firn::plan
