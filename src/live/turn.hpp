// Turn: how a run goes on where the tempo or the loop is changed on the way: the position in beats stays. Pure; any thread.
//
// A timeline is made of frames, so another tempo moves all that lies on it. A turn is a frame of the run that nobody has made yet, and two courses:
// one that is the old one up to the turn and new from there on, so that it can be followed at any time before; and, where the run goes round a
// loop, the new one as a whole, which is the same as that from the turn to the loop's end, and can be followed at any time between the two.
#pragma once

#include <optional>

#include "base/box.hpp"
#include "time/run.hpp"
#include "time/tempo_map.hpp"

namespace firn::live {

// A run, and the tempo map that its positions are of.
struct Course {
  time::Run run;
  base::Box<time::TempoMap> tempo;
};

struct Turn {
  time::Frames at;  // of the run; no pass of a loop ends shortly before it
  Course soon;
  Course then;
};

// A loop whose end has been passed at the turn is none.
Turn turn(const Course& before, time::Frames at, const time::TempoMap& tempo,
          const std::optional<time::BeatRange>& loop, time::SampleRate);

// Where what was to be heard at frame `end` of the run is heard after the turn; never, where the run begins or ceases to go round a loop.
time::Frames moved(time::Frames end, const Course& before, const Turn&, time::SampleRate);

}  // namespace firn::live
