// recorded: what a clip holds of events that were played in. Pure; any thread.
#pragma once

#include <span>

#include "midi/event.hpp"
#include "midi/note.hpp"
#include "time/tempo_map.hpp"

namespace firn::midi {

// Of `events`, which are in order and at frames of the timeline, what lies in `range`, in musical time from the range's start. A note that
// still sounds at the end is cut there, and one that has begun before the range is left out; what controllers and bend stood at, its start has.
Content recorded(std::span<const Event> events, time::FrameRange range, const time::TempoMap&, time::SampleRate);

// The multiple of `grid` that is the nearest.
time::Beats nearest_line(time::Beats, time::Beats grid);

// Each note's start on the nearest multiple of `grid` from the timeline's start, where the content begins at `start`, and is so long; or on the
// nearest inside, or at its begin. Lengths stay.
void quantise(Content&, time::Beats start, time::Beats length, time::Beats grid);

}  // namespace firn::midi
