// EventPlayer: hands out a plan's events, block by block. Audio thread.
#pragma once

#include "engine/signal.hpp"
#include "plan/plan.hpp"
#include "time/run.hpp"

namespace firn::engine {

class EventPlayer {
 public:
  explicit EventPlayer(const plan::PlayEvents& work) : work_(work) {}
  void run(const time::Run&, time::Frames at, int frames, Signal& out);

 private:
  plan::PlayEvents work_;
  std::size_t next_ = 0;  // in the list that is being played
};

}  // namespace firn::engine
