// Sends of a track, found or made. Pure; any thread.
#pragma once

#include "document/track.hpp"

namespace firn::edit {

// The track's send to that return; made if it is missing: silent, post-fader, on.
document::Send& send_to(document::Track&, document::TrackId to);

}  // namespace firn::edit
