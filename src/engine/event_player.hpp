// EventPlayer: hands out a plan's event list, block by block. Audio thread.
#pragma once

#include "base/box.hpp"
#include "engine/signal.hpp"

namespace firn::engine {

class EventPlayer {
 public:
  explicit EventPlayer(base::Box<midi::EventList>);
  void run(time::Frames at, int frames, Signal& out);

 private:
  base::Box<midi::EventList> events_;
  std::size_t next_ = 0;
};

}  // namespace firn::engine
