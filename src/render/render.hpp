// The offline driver: runs an engine over a range of the timeline as fast as the cores allow, in bounded memory.
//
// Call it from any thread; it blocks, and uses `threads` threads, the caller's among them. Neither the number of threads nor the block
// size changes a sample (SPEC A2).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "audio/audio_ref.hpp"
#include "audio/buffer.hpp"
#include "base/result.hpp"
#include "engine/engine.hpp"
#include "time/frames.hpp"

namespace firn::render {

// What of an output is wanted. The transport always starts at the plan's start: a window is cut out of the whole run, so
// that what rings into it is there.
struct Window {
  time::Frames start;
  time::Frames end = time::Frames::never();  // never: until the sound has ended (SPEC C1)
};

// What the steps behind an output carry on past a point of the clock: all that a later render of the same needs to go on from there.
struct Snapshot {
  std::int64_t point = 0;  // its clock is this times Options::every
  time::Frames delivered;  // to the sink, of the samples before it
  // By step, the images (engine::Engine::save) of those that have a state and are still needed, each once; a step's sources come first.
  std::vector<std::pair<int, std::span<const std::byte>>> states;
};

// Takes an output's samples in order, latency removed, from the window's start on. One thread at a time for each output. What it
// returns ends the render if it is an error.
using Sink = std::function<base::Result<void>(audio::ConstStereoView)>;

struct OutputRequest {
  Window window;
  Sink sink;
  std::function<void()> ended = {};  // called once, after the last samples, where the sink needs to know
  // Called at the points of Options::every, after the samples before each, where all states can be had. False: no more is wanted. On the
  // sink's thread, and of several outputs at a time.
  std::function<bool(const Snapshot&)> at_point = {};
};

struct Progress {
  time::Frames done;   // of the timeline
  time::Frames total;  // an estimate; 0 if there is none
};

// What becomes of a render in which a step fails, a plug-in say. end_render: nothing comes of it. end_own: the outputs that it feeds end
// with its error; the others are not touched.
enum class Faults { end_render, end_own };

struct Options {
  int threads = 0;                                // 0: one for each core; more where plug-ins are waited for
  int block = 2048;                               // frames, 1 to 65,536; four times as many where there are plug-ins
  time::Frames every;                             // between points: a multiple of the block; 0, or too few blocks: none
  std::int64_t first_point = 0;                   // where to start: the engine's steps were restored to it
  time::Frames expected_end;                      // for the progress report alone
  std::function<void(const Progress&)> progress;  // on one of the threads at a time, chunk after chunk
  std::stop_token stop;
  Faults faults = Faults::end_render;
};

struct OutputReport {
  time::Frames frames;                         // delivered to the sink
  float peak = 0.0f;                           // the largest absolute sample
  bool cut_short = false;                      // it still sounded at the tail limit, and was faded out
  std::optional<audio::Ringing> ringing = {};  // behind a Tail: how what it heard ended
  std::optional<base::Error> fault = {};       // with Faults::end_own: what ended it; the samples are of no use
};

struct Report {
  std::vector<OutputReport> outputs;   // one for each of the plan's
  std::vector<std::string> cut_tails;  // the names of the steps that were cut short
};

int default_threads();

// `requests` match the plan's outputs, one for one. Fails with cancelled when stopped, with the sink's error, or with the engine's.
base::Result<Report> render(engine::Engine&, const std::vector<OutputRequest>& requests, const Options&);

}  // namespace firn::render
