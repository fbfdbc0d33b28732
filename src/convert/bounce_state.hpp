// What bounced audio is printed of, and whether that is still what it was (SPEC D5). Pure; any thread.
//
// A bounce, as a freeze, is of its source as it plays when it is active, with nothing soloed. It plays the prints of frozen tracks;
// whether the source was frozen or unfrozen since makes no bounce stale.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "convert/print.hpp"
#include "convert/print_state.hpp"
#include "document/project.hpp"

namespace firn::convert {

// Where the track may begin to sound: at its first active clip; at 0 where something else plays into it.
time::Beats start_of_sound(const document::Project&, const document::Track&);

// What is rendered for a bounce of an active track: a point of the project, or of one that is arranged for it.
struct BounceTarget {
  document::Project project;
  plan::Point point;
};
BounceTarget target_of(const document::Project&, document::TrackId, const document::Bounce&);

// Through the returns or Main its source is soloed: such a bounce is printed by itself.
bool is_solo(document::BouncePoint);

// Of a bounced clip on a track: what it would be printed of now.
struct BounceSource {
  document::Project project;  // with the source as it is to be heard
  document::TrackId track;
  document::Bounce bounce;  // but for its recipe
  render::Window window;
};
// Fails with not_found if the source or the device is gone.
base::Result<BounceSource> source_of(const document::Project&, const document::Track&, const document::Clip&);

// Facts of what an origin holds: its devices may have come back under other ids than those of `project` that `facts` are of.
plan::DeviceFacts facts_of_origin(const document::Project& origin, const document::Project&, const plan::DeviceFacts&);

// What to ask for; `thawed` is the project without fresh prints. Fails with refused, too, where it can't be known: devices that are missing.
base::Result<PrintRequest> bounce_request(const document::Project&, const document::Project& thawed,
                                          const document::Track&, const document::Clip&, const plan::DeviceFacts&);

// The tracks that are heard in a print of the bounce, itself among them; with prints played, no further up than those.
std::set<document::TrackId> heard_in(const document::Project&, document::TrackId source, const document::Bounce&,
                                     plan::Prints);

// What there is to say of prints that are heard in it, and are stale.
std::vector<std::string> stale_print_notes(const document::Project&, document::TrackId source, const document::Bounce&,
                                           const plan::DeviceFacts&);

// Of every bounced clip: fresh or stale.
std::map<document::ClipId, base::Result<PrintState>> bounce_states(const document::Project&, const plan::DeviceFacts&);

}  // namespace firn::convert
