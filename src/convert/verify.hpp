// Verify (SPEC B15): prints compared with fresh renders of what they stand for. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "convert/studio.hpp"

namespace firn::convert {

// What is rendered again to be compared.
enum class Extent {
  windows,  // a few parts between points whose states are known (convert/punch.hpp), picked at random, once the file's digest is right;
            // the whole of a print that has no such points
  whole,    // all of it, from the start
};

struct Verified {
  document::TrackId track;
  std::string name;
  bool stale = false;             // its inputs have changed: a difference is to be expected
  bool identical = false;         // bit for bit, wherever it was compared
  double residual_dbfs = 0.0;     // the largest difference of a sample; -inf if identical
  time::Frames first_difference;  // on the timeline
  time::Frames length;
  time::Frames compared;  // of `length`
  bool repeats = true;  // a difference: two fresh renders are equal, so that it is the print, or its file, that is off
  std::string
      responsible;       // where they are not: the first device that they differ behind, or what plays into the track
  bool is_take = false;  // it differs for that alone: its file is what was printed, and can't be printed again
};

// Of every frozen track among `tracks`, rendered with nothing frozen: all that are active together, and each that is deactivated by itself,
// as it plays when active.
base::Result<std::vector<Verified>> verify(const document::Project&, const std::vector<document::TrackId>& tracks,
                                           Extent, Studio&);

// Verifies what a freeze printed before the project refers to it, and gives what there is to say of takes that are kept. Fails with
// different, the tracks' names, and who is responsible.
enum class Takes { refuse, keep };
base::Result<std::vector<std::string>> verify_freeze(const document::Project& before, const Outcome&, Extent, Takes,
                                                     Studio&);

// Renders a track once in each studio, and names what the sounds differ behind first: a device of its chain, or what plays into it.
// Empty if they are equal.
base::Result<std::string> first_difference_in_chain(const document::Project&, document::TrackId, Studio&, Studio&);

// For people: who is to blame for a difference, and what to do.
std::string explanation_of(const Verified&);
// Of a take that is kept.
std::string note_of_take(const Verified&);

}  // namespace firn::convert
