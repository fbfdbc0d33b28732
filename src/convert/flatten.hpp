// Flatten (SPEC D): a frozen track becomes an audio track that plays its print as a clip. One thread at a time.
#pragma once

#include <vector>

#include "convert/studio.hpp"

namespace firn::convert {

enum class StalePrints { refuse, refresh };

// Freezes what is not frozen whole first, and makes lost prints again. A stale print is refused, or printed again: never committed silently (SPEC D2).
base::Result<Outcome> flatten(const document::Project&, const std::vector<document::TrackId>&, StalePrints, Studio&);

}  // namespace firn::convert
