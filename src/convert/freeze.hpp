// Freeze, unfreeze and flatten (SPEC B, D): tracks become players of their own print, and come back. One thread at a time.
#pragma once

#include <vector>

#include "convert/studio.hpp"

namespace firn::convert {

enum class PrintState {
  live,   // not frozen
  fresh,  // the print is what a render would give now
  stale,  // its inputs have changed since
};

base::Result<PrintState> print_state(const document::Project&, document::TrackId, const plan::DeviceFacts&);

// A deactivated track's print stands for what the track plays when it is active: the project in which it is.
document::Project with_track_active(document::Project, document::TrackId);

// Why a track of the project can't be frozen; empty if it can.
std::string freeze_obstacle(const document::Project&, const document::Track&);

// True if a track plays an external input instead of its clips: it is silent in every render (SPEC A7).
bool hears_live_input(const document::Track&);

// The tracks that "all" means: every MIDI and audio track that is active and has something to render.
std::vector<document::TrackId> freezable_tracks(const document::Project&);

// Prints Post FX of each track. Frozen tracks with a fresh print stay as they are; stale ones are printed again. Fails with
// refused and all reasons at once: nothing to render, missing devices, a routing cycle; then with io for too little disk.
base::Result<Outcome> freeze(const document::Project&, const std::vector<document::TrackId>&, Studio&);

// Never renders. Fails with refused for a track that is not frozen.
base::Result<Outcome> unfreeze(const document::Project&, const std::vector<document::TrackId>&);

enum class StalePrints { refuse, refresh };

// Freezes what is live first. A stale print is refused, or printed again: never committed silently (SPEC D2).
base::Result<Outcome> flatten(const document::Project&, const std::vector<document::TrackId>&, StalePrints, Studio&);

}  // namespace firn::convert
