// Freeze and unfreeze (SPEC B): tracks become players of their own prints, and come back. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "convert/print_state.hpp"
#include "convert/studio.hpp"

namespace firn::convert {

// Why a track of the project can't be frozen; empty if it can.
std::string freeze_obstacle(const document::Project&, const document::Track&);

// True if a track plays an external input instead of its clips: it is silent in every render (SPEC A7).
bool hears_live_input(const document::Track&);

// The tracks that "all" means: those frozen already, and every active MIDI and audio track that has something to render. With buses, groups
// and returns too: their prints hold the mixers of what feeds them.
enum class Buses { without, with };
std::vector<document::TrackId> freezable_tracks(const document::Project&, Buses = Buses::without);

// The frozen tracks of which a print is stale, or lost: its file is gone, or not whole.
std::vector<document::TrackId> stale_tracks(const document::Project&, const plan::DeviceFacts&, const store::Store&);

// Where the freeze line comes to stand. Prints above it go; those below it stay in the stack, printed anew if they are stale or lost.
struct FreezeRequest {
  std::vector<document::TrackId> tracks;
  enum class Line { end_of_chain, device, as_it_is } line = Line::end_of_chain;
  std::string device = {};  // for Line::device: its name or number, on each of the tracks
  // Of tracks that turn out to make no sound: leave has them play live, without the print that they may have.
  enum class Silent { refuse, leave } silent = Silent::refuse;
};

// Renders what is missing in one pass, from whatever prints upstream are fresh. Fails with refused and all reasons at once: nothing to
// render, missing devices, a routing cycle; then with io for too little disk; then with refused for tracks that make no sound. A track with a
// device that fails is left as it is, and is one of the outcome's faults.
base::Result<Outcome> freeze(const document::Project&, const FreezeRequest&, Studio&);

// Never renders. Takes the top print off each stack, or all. Fails with refused for a track that is not frozen.
enum class Unfreezing { one_step, whole };
base::Result<Outcome> unfreeze(const document::Project&, const std::vector<document::TrackId>&, Unfreezing);

// A refusal that lists its reasons.
base::Error all_of(const std::vector<std::string>& reasons, const char* heading,
                   base::ErrorKind kind = base::ErrorKind::refused);
void note_tail(const document::Track&, const Printed&, const document::Project&, Outcome&);

}  // namespace firn::convert
