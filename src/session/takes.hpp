// Takes: recordings onto a project's tracks, from their first frame to their clips, even where the process dies in between (SPEC E7, E8).
// One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"
#include "session/session.hpp"
#include "store/take_file.hpp"
#include "time/run.hpp"

namespace firn::session {

// What is recorded, and where its clips go.
struct Take {
  document::TrackId track;  // an audio track; none: a new one, with this name and input
  std::string name;
  document::Input input = {};
  time::Run run = {};                                 // of the transport
  time::Frames start = {};                            // the first frame recorded, of the run
  time::FrameRange punch{{}, time::Frames::never()};  // positions: clips are made of what lies in them
};

struct RecordedTake {
  Take take;
  store::TakeFile file;
  std::vector<time::FrameRange> dropouts = {};  // in frames from its start
};

// A file to record into; a later session finds it, and what it is.
base::Result<store::TakeFile> begin_take(const Session&, const Take&);

// The takes become clips: one step of the history, saved; then their files go. Each pass of a loop is a clip; the last whole one plays, the
// others are switched off. Where it fails, the files stay, and the next session finds them. Those without a frame in the punch range are dropped.
struct KeptTake {
  document::TrackId track;
  audio::AudioRef audio;
};
base::Result<std::vector<KeptTake>> keep_takes(Session&, std::vector<RecordedTake>);

// What processes recorded that have died since becomes clips, too, one step for each. Says so in sentences; where it can't be done, why.
std::vector<std::string> recover_takes(Session&);

}  // namespace firn::session
