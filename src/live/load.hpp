// Load: what a part of a song takes to be played, as shares of one core. A value; any thread.
#pragma once

#include <string>
#include <vector>

#include "document/ids.hpp"
#include "engine/sequence.hpp"

namespace firn::live {

struct Load {
  struct Step {
    std::string name;    // "Bass: Reverb"
    double share = 0.0;  // of one core; 0.01 is a hundredth
  };
  document::TrackId track;  // of which this is all that lies above the freeze line; none: what the audio thread does
  std::vector<Step> steps;

  double share() const;
};

// Of a sequence that was measured, over `frames` frames.
Load load_of(const engine::Sequence&, const plan::Plan&, document::TrackId, time::Frames);

}  // namespace firn::live
