// Studio: what every conversion works with; and printing, the one effect in the middle of them. One thread at a time.
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
  plan::DeviceFacts facts;
  render::Options options;  // expected_end is filled in by each conversion
};

// One print to be made, of one point.
struct PrintRequest {
  plan::Point point;
  render::Window window;
  plan::Prints prints = plan::Prints::ignore;  // what is heard of frozen tracks; the same for all requests of one call
  store::Folder folder = store::Folder::freeze;
  std::string name;        // of the file, for people: the track's
  base::RecipeKey recipe;  // of the point and the window
};

struct Printed {
  audio::AudioRef audio;
  time::FrameRange range;                      // on the timeline
  bool found = false;                          // it was there already: nothing was rendered
  bool cut_short = false;                      // it still sounded at the tail limit, and was faded out
  float peak = 0.0f;                           // 0 if found
  std::optional<audio::Ringing> ringing = {};  // of a point that ends when it is silent
};

// Fails with not_found for a point that is not in the project, refused for a routing cycle or missing devices.
base::Result<PrintRequest> print_request(const document::Project&, const plan::Point&, const render::Window&,
                                         plan::Prints, store::Folder, const plan::DeviceFacts&);

// Finds the prints that exist and renders all others in one pass; equal requests share one. An error leaves at most whole prints
// behind that nothing refers to. Fails with io if the disk has too little room.
base::Result<std::vector<Printed>> print(const document::Project&, const std::vector<PrintRequest>&, Studio&);

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

// Where an engine finds a project's files.
engine::Sources sources_of(const document::Project&, const store::Store&);

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
  double render_seconds = 0.0;  // by the wall clock
};

}  // namespace firn::convert
