// Layout: the display order of tracks, in which a group's members follow it. Pure; any thread.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "edit/command.hpp"

namespace firn::edit {

using Tracks = std::vector<base::Box<document::Track>>;

// The end of the family that starts at `first`: the track and, if it is a group, its members at every depth.
std::size_t end_of_family(const Tracks&, std::size_t first);

// The places [first, end) of a track and its members. Fails (not_found) if there is no such track.
base::Result<std::pair<std::size_t, std::size_t>> family_of(const Tracks&, document::TrackId);

// Where a track of that kind is to be inserted to stand at `place`. Fails with not_found or refused.
base::Result<std::size_t> index_of_place(const Tracks&, const Place&, document::TrackKind);

}  // namespace firn::edit
