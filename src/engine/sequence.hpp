// Sequence: all steps of an engine, one after another, block by block, in memory of its own. One thread; made on any.
#pragma once

#include <vector>

#include "engine/engine.hpp"

namespace firn::engine {

class Sequence {
 public:
  // Blocks have at most `longest` frames. The engine outlives it.
  Sequence(Engine&, int longest);

  // The block of the engine's clock from `clock` on: where the one before ended, the plan's start at first.
  void run(time::Frames clock, int frames) FIRN_REALTIME;

  // What a step made of the last block: `frames` samples from clock - lag on, or the events there.
  const Signal& signal(int step) const { return signals_[static_cast<std::size_t>(step)]; }

 private:
  Engine& engine_;
  std::vector<audio::StereoBuffer> buffers_;  // by step, as are the next two
  std::vector<std::vector<midi::Event>> events_;
  std::vector<Signal> signals_;
  std::vector<Signal> inputs_;  // of the step that runs
};

}  // namespace firn::engine
