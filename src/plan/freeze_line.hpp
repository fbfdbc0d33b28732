// The freeze line: where a plan that is played live is cut in two (SPEC). Below it is all that a mixer's value or a live input is upstream of,
// which is to be heard at once; what lies above can be made ahead of what is heard. Pure; any thread.
#pragma once

#include <vector>

#include "plan/plan.hpp"

namespace firn::plan {

// Does it make what comes in from outside, and when that is there, not before?
bool is_played_in(const Step&);

// A stream that crosses the line: what a step above it makes for one below it, or for an output.
struct Stream {
  StepKey key;             // of that step: with it in Setup::ahead, a PlayAhead stands in its place
  Plan plan;               // of it, and all that it hears
  bool is_output = false;  // of the whole plan; then its own one is at that point
};
// All that come from disk or from devices, but for streams of events. They end a second behind `tail_limit`, the project's, in seconds.
std::vector<Stream> streams_above_the_line(const Plan&, double tail_limit);

// That alone of what a stream hears which comes from disk, each by itself.
std::vector<Stream> files_of(const Stream&);

}  // namespace firn::plan
