// The signal graph: which tap of which track feeds which, and the cycles that a routing must not have (SPEC E1). Pure.
//
// A node is a track's Pre FX, Post FX or Post Mixer; within a track each feeds the next. Between tracks:
//   an output        Post Mixer -> the destination's Pre FX (the group it is in or Main, or the track that it names)
//   a send that is on   Post FX (pre-fader) or Post Mixer -> the return's Pre FX, at whatever level
//   a side-chain     its tap -> the listening track's Post FX
//   an input heard   its tap -> the track's Pre FX
// Resampling is never heard, so it feeds nothing. Deactivated tracks count, so that activating never fails.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "document/project.hpp"

namespace firn::edit {

struct SignalEdge {
  document::Tap from;
  document::Tap to;
  friend bool operator==(const SignalEdge&, const SignalEdge&) = default;
};

std::vector<SignalEdge> signal_graph(const document::Project&);

// The tracks along a cycle, the first repeated at the end; nothing if there is none.
std::optional<std::vector<document::TrackId>> find_cycle(const document::Project&);

// "Bass -> Bus -> Bass"
std::string path_text(const document::Project&, const std::vector<document::TrackId>&);

// True if both have the same place in the graph: to tell which edits may make a cycle.
bool same_connections(const document::Track&, const document::Track&);

}  // namespace firn::edit
