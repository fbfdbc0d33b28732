// Thaw: what is heard of a project while what comes out of a print catches up. Pure; any thread.
#pragma once

#include <functional>
#include <set>

#include "document/project.hpp"

namespace firn::live {

struct Thaw {
  document::Project meanwhile;         // as nearly what is wanted as may be while the prints go on that are heard
  std::set<document::TrackId> tracks;  // that come out of them; none: `meanwhile` is what is wanted
};

// Tracks whose Post FX is above the freeze line, in what is wanted, see to themselves.
Thaw thaw(const document::Project& heard, const document::Project& wanted,
          const std::function<bool(document::TrackId)>& is_above);

}  // namespace firn::live
