// CellClock: cuts an instrument's blocks at its events and at absolute multiples of 16 frames. A value; one thread at a
// time.
//
// After a loop wrap cells go on in the stream as they were.
#pragma once

#include <algorithm>
#include <cstdint>

#include "devices/instruments/ramp.hpp"
#include "devices/processor.hpp"

namespace firn::devices {

class CellClock {
 public:
  // Calls `begin_cell()` where a cell begins, `take(event)` at each event's frame, and `render(out)` for what lies
  // between, 1 to 16 frames of the cleared output within one cell.
  template <class BeginCell, class Take, class Render>
  void run(const Block& block, BeginCell&& begin_cell, Take&& take, Render&& render) {
    if (past_ < 0) past_ = static_cast<int>(((block.at.count % Ramp::frames) + Ramp::frames) % Ramp::frames);
    audio::clear(block.out);
    auto event = block.events.begin();
    for (int done = 0; done < block.frames;) {
      if (past_ == 0) begin_cell();
      for (; event != block.events.end() && (event->at - block.at).count == done; ++event) take(*event);
      const int next = event == block.events.end() ? block.frames : static_cast<int>((event->at - block.at).count);
      const int count = std::min(Ramp::frames - past_, next - done);
      render(block.out.part(done, count));
      done += count;
      past_ = (past_ + count) % Ramp::frames;
    }
  }

  static void list_state(auto& self, auto& image) { image.within(self.past_, -1, Ramp::frames - 1); }

 private:
  int past_ = -1;  // frames of the present cell; -1 before the first block
};

}  // namespace firn::devices
