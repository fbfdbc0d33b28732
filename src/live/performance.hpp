// Performance: one run of the transport, ready to be heard: the mixer's half of a plan for the audio thread, and the rest of it ahead.
//
// Made by the control thread; run() is the audio thread's. It ends on the control thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"
#include "engine/engine.hpp"
#include "engine/sequence.hpp"
#include "live/inputs.hpp"
#include "live/read_ahead.hpp"
#include "live/tape.hpp"
#include "plan/plan.hpp"
#include "time/run.hpp"

namespace firn::live {

// What is recorded while it plays: a point of the plan, or what comes in from outside.
struct Recording {
  plan::Point point;
  std::shared_ptr<Tape> tape;
  std::string input = {};  // not empty: the external input of that name, and no point
};

struct Setup {
  int longest_block = 4096;  // frames that are asked for at a time
  int threads = 2;           // that make what is read ahead
  int ahead = 1 << 14;       // frames at most
  bool measures = false;     // load() says what everything takes
  std::vector<Recording> recordings = {};
  time::Frames round_trip = {};  // after which what leaves would come in again through a cable
  // Asked of each track that is read ahead, with the plan of its Post FX: who keeps what is made. It may say nobody.
  std::function<Keep(document::TrackId, const plan::Plan&)> keep = {};
};

class Performance {
 public:
  // What Main puts out, along `run`. Fails as plan::compile and Engine::make do.
  static base::Result<std::unique_ptr<Performance>> make(const document::Project&, const engine::Sources&,
                                                         const plan::DeviceFacts&, const time::Run& run, const Setup&);

  int longest_block() const { return longest_block_; }
  const time::Run& way() const { return way_; }
  const base::Box<time::TempoMap>& tempo() const { return engine_->plan().tempo; }
  time::Frames latency() const { return latency_; }  // how much later than asked Main is heard
  // Can this much be heard from here on without a gap?
  bool is_ready(time::Frames heard) const { return ahead_.is_ready(heard + latency_); }
  std::int64_t missed() const { return ahead_.missed(); }
  std::vector<base::Error> faults() const;
  // Of each track that is read ahead, and of the audio thread.
  std::vector<Load> loads() const;

  // ---- The audio thread ----

  // The next `frames` frames, while these channels come in, from `offset` on.
  void run(int frames, std::span<const float* const> channels = {}, int offset = 0) FIRN_REALTIME;
  const engine::Signal& main() const { return sequence_.signal(engine_->plan().outputs.front().step); }  // of these
  // The frame of the run that comes next; before the start at first.
  time::Frames heard() const { return clock_ - latency_; }
  // What has come in since the last block is lost.
  void note_gap() FIRN_REALTIME;
  bool has_ended() const;    // Main, and all that is recorded, is silent for good
  bool is_recorded() const;  // every tape is full

 private:
  Performance(std::unique_ptr<engine::Engine>, std::vector<ReadAhead::Track>, std::unique_ptr<Inputs>, const Setup&);

  // A recorded output, with the step that makes it; or an input.
  struct Recorded {
    int step;
    time::Frames lag;
    std::shared_ptr<Tape> tape;
    std::shared_ptr<const engine::LiveInput> input;
  };
  void record(int frames, std::int64_t missed) FIRN_REALTIME;

  std::unique_ptr<engine::Engine> engine_;
  engine::Sequence sequence_;
  std::vector<Recorded> recorded_;
  std::unique_ptr<Inputs> inputs_;
  ReadAhead ahead_;
  int longest_block_;
  time::Run way_;
  time::Frames latency_;
  time::Frames clock_;
  std::atomic<std::int64_t> run_frames_{0};
};

}  // namespace firn::live
