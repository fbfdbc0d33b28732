// Verify (SPEC B15): prints compared with fresh renders of what they stand for. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "convert/studio.hpp"

namespace firn::convert {

struct Verified {
  document::TrackId track;
  std::string name;
  bool stale = false;             // its inputs have changed: a difference is to be expected
  bool identical = false;         // bit for bit, over the whole print
  double residual_dbfs = 0.0;     // the largest difference of a sample; -inf if identical
  time::Frames first_difference;  // on the timeline
  time::Frames length;
};

// Renders every frozen track among `tracks` from the start, with nothing frozen: all that are active in one pass, and each that is
// deactivated by itself, as it plays when active.
base::Result<std::vector<Verified>> verify(const document::Project&, const std::vector<document::TrackId>& tracks,
                                           Studio&);

// Renders what a freeze printed once more, from the start, and compares, before the project refers to it. Fails with different, and the
// tracks' names.
base::Result<void> verify_freeze(const document::Project& before, const Outcome&, Studio&);

}  // namespace firn::convert
