// Run: the way of the transport over the timeline, from where it starts: straight on, or round a loop. A value; any thread.
//
// A run has frames of its own, which go on without a gap. Frame r of the run is frame r of the timeline up to the loop's end; from there on the
// loop's positions come again and again. Without a loop the two are the same. Where the tempo or the loop was changed on the way, positions are no
// longer what they were: the run goes on shifted.
#pragma once

#include <algorithm>
#include <optional>

#include "time/frames.hpp"

namespace firn::time {

// A piece of a run over which the timeline goes on straight.
struct Stretch {
  Frames run;                       // its first frame, in the run
  Frames position;                  // and on the timeline
  Frames frames = Frames::never();  // how long it goes on
  bool jumps = false;               // the run has come here from the loop's end
};

class Run {
 public:
  Run() = default;
  // A loop that ends at or before the start is none: the transport never comes to its end. Frame r of the run is frame r + shift of the timeline
  // up to the loop's end.
  explicit Run(Frames start, std::optional<FrameRange> loop = {}, Frames shift = {});

  Frames start() const { return start_; }
  const std::optional<FrameRange>& loop() const { return loop_; }
  Frames shift() const { return shift_; }
  // The frame of the run at which it comes back from the loop's end for the first time; never without a loop.
  Frames first_wrap() const { return loop_ ? loop_->end - shift_ : Frames::never(); }

  // What goes on from run frame `at`; before the start, as if there were no loop.
  Stretch from(Frames at) const;

  friend bool operator==(const Run&, const Run&) = default;

 private:
  Frames start_;
  std::optional<FrameRange> loop_;
  Frames shift_;
};

// Calls visit(stretch, offset) for each piece of the `frames` frames from run frame `at` on; none is longer than what is left of these.
template <class Visit>
void for_each_stretch(const Run& run, Frames at, int frames, Visit&& visit) {
  for (int done = 0; done < frames;) {
    Stretch stretch = run.from(at + Frames{done});
    stretch.frames = std::min(stretch.frames, Frames{frames - done});
    visit(stretch, done);
    done += static_cast<int>(stretch.frames.count);
  }
}

}  // namespace firn::time
