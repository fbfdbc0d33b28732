// Sequence: all steps of an engine, one after another, block by block, in memory of its own. Made on any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/engine.hpp"

namespace firn::engine {

class Sequence {
 public:
  // Blocks have at most `longest` frames. The engine outlives it. Measured, it looks at the clock once a step.
  enum class Measured { no, yes };
  Sequence(Engine&, int longest, Measured = Measured::no);

  // The block of the engine's clock from `clock` on: where the one before ended, the plan's start at first.
  void run(time::Frames clock, int frames) FIRN_REALTIME { run(clock, frames, {-1, {}}); }

  // The same; one step's samples are put where the caller wants them, if its signal does not point elsewhere.
  struct Placed {
    int step;
    audio::StereoView samples;
  };
  void run(time::Frames clock, int frames, const Placed&) FIRN_REALTIME;

  // The same, step by step, each after its inputs; on any threads, where each step sees what its inputs' have written.
  void run_step(int step, time::Frames clock, int frames) FIRN_REALTIME { run_step(step, clock, frames, {-1, {}}); }

  // What a step made of the last block: `frames` samples from clock - lag on, or the events there.
  const Signal& signal(int step) const { return signals_[static_cast<std::size_t>(step)]; }

  // Any thread. What a step has taken so far; 0 where nothing is measured.
  std::int64_t nanoseconds(int step) const;

 private:
  void run_step(int step, time::Frames clock, int frames, const Placed&) FIRN_REALTIME;

  Engine& engine_;
  std::vector<audio::StereoBuffer> buffers_;  // by step, as are the next four
  std::vector<char> makes_events_;
  std::vector<std::vector<midi::Event>> events_;
  std::vector<Signal> signals_;
  std::vector<std::vector<const Signal*>> inputs_;  // by step
  std::vector<std::atomic<std::int64_t>> taken_{};  // nanoseconds by step; empty: nothing is measured
};

}  // namespace firn::engine
