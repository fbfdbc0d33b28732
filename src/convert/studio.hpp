// Studio: what every conversion works with, and what comes of one. One thread at a time.
//
// A conversion has two pure halves around that effect: a request says what to render; commands say what the result becomes in
// the document (DESIGN). Nothing in the project changes until its owner applies those commands.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audio/audio_ref.hpp"
#include "base/result.hpp"
#include "document/project.hpp"
#include "edit/command.hpp"
#include "engine/engine.hpp"
#include "plan/plan.hpp"
#include "render/render.hpp"
#include "store/store.hpp"

namespace firn::convert {

struct Studio {
  store::Store& store;
  plan::DeviceFacts facts;  // of every device of the project
  devices::Plugins plugins = {};
  render::Options options = {};          // expected_end is filled in by each conversion
  time::Frames between_points{1 << 18};  // at which a later print may start or end (convert/punch.hpp)
};

// The seconds since it was made, by the wall clock.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// An engine for a plan, with the project's files; and options that know where the sound will end, for the progress.
base::Result<std::unique_ptr<engine::Engine>> engine_for(const document::Project&, plan::Plan, const Studio&);
render::Options options_for(const plan::Plan&, const std::vector<render::OutputRequest>&, const Studio&);

// Where an engine finds a project's files and plug-ins.
engine::Sources sources_of(const document::Project&, const store::Store&, const devices::Plugins& = {});

// A print that was made or found.
struct Printed {
  audio::AudioRef audio;
  time::FrameRange range;                      // on the timeline
  bool found = false;                          // it was there already: nothing was rendered
  time::Frames kept;                           // frames that were taken over from an earlier print
  bool cut_short = false;                      // it still sounded at the tail limit, and was faded out
  float peak = 0.0f;                           // 0 if found
  std::optional<audio::Ringing> ringing = {};  // of a point that ends when it is silent
  std::optional<base::Error> fault = {};       // why there is no print: a device failed (print_what_works)
};

// What a conversion becomes, and what to tell its user.
struct Outcome {
  std::vector<edit::Command> commands;  // one undo step
  std::vector<std::string> notes;       // what was kept, what became read-only or was dropped, what is odd

  struct TrackResult {
    document::TrackId track;
    std::string name;
    Printed print;
  };
  std::vector<TrackResult> tracks;
  // Tracks that were left as they are because a device or a file of theirs failed; the error names the track.
  struct Fault {
    document::TrackId track;
    std::string name;
    base::Error error;
  };
  std::vector<Fault> faults;
  double render_seconds = 0.0;  // by the wall clock
};

}  // namespace firn::convert
