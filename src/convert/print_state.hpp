// PrintState: whether a track's prints are what a render would give now (SPEC B9). Pure; any thread.
//
// A print stands for the track as it plays when it is active, with nothing soloed and nothing frozen.
#pragma once

#include <map>
#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"
#include "plan/plan.hpp"

namespace firn::convert {

enum class PrintState {
  live,   // not frozen
  fresh,  // the print is what a render would give now
  stale,  // its inputs have changed since
};

// Of the top print. Fails with refused where it can't be known: devices that are missing.
base::Result<PrintState> print_state(const document::Project&, document::TrackId, const plan::DeviceFacts&);

// Of every track, at little more than the cost of one.
std::map<document::TrackId, base::Result<PrintState>> print_states(const document::Project&, const plan::DeviceFacts&);

// What a print of a track's first `devices` devices is taken of: by the rule for ends, or, where devices follow, until it is silent.
plan::Point point_after(const document::Track&, std::size_t devices);
// What one of its prints should be of now.
plan::Point point_of(const document::Track&, const document::Print&);

// The project that a print of the track is made from.
document::Project as_printed(const document::Project&, document::TrackId);

// For a render of many prints at once: nothing soloed, and only those prints left that are fresh, whose playing changes nothing.
document::Project with_fresh_prints(const document::Project&, const plan::DeviceFacts&);
// For recipes that don't tell a fresh print from what it stands for: all but those of tracks whose print is fresh.
document::Project without_fresh_prints(const document::Project&, const plan::DeviceFacts&);

}  // namespace firn::convert
