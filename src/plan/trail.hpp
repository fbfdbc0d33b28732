// Trail: what a plan's streams depend on, before and behind points of the engine's clock. Pure; one thread at a time.
//
// Point k is the clock's frame k * every, counted from the plan's start. A device's step passes it where its input does, any other where
// what it puts out does. Within one build of Firn:
//   - two steps with equal before(k) have the same state at k, and have made the same samples until then;
//   - two steps with equal after(k), whose own states and whose sources' states are equal at k, make the same samples from there on.
// The other way round need not hold: what differs may sound alike.
#pragma once

#include <cstdint>
#include <vector>

#include "base/digest.hpp"
#include "plan/plan.hpp"

namespace firn::plan {

class Trail {
 public:
  // The plan must outlive it. `every` is above 0.
  Trail(const Plan&, time::Frames every);

  base::Digest before(int step, std::int64_t point);
  base::Digest after(int step, std::int64_t point);

  // From this point on, nothing of what the plan plays or automates changes any more.
  std::int64_t last_point() const { return last_point_; }

 private:
  // Of one step: its own work, cut into the sections between the points.
  struct OwnWork {
    time::Frames lag;                       // of the timeline that the work follows
    base::Digest fixed;                     // of what holds all along
    time::Frames ended_at;                  // of a source: its last note or clip
    std::int64_t changes_until;             // sections from here on are alike
    std::vector<base::Digest> sections;     // of the work in each
    std::vector<base::Digest> until, from;  // chains of them, by point
  };

  time::FrameRange section(const OwnWork&, std::int64_t index) const;
  base::Digest work_in(int step, std::int64_t section);
  base::Digest work_before(int step, std::int64_t point);
  base::Digest work_after(int step, std::int64_t point);
  bool has_ended(int step, std::int64_t point) const;
  void measure(OwnWork&, const Step&) const;

  const Plan& plan_;
  const time::Frames every_;
  std::int64_t last_point_ = 0;
  std::vector<OwnWork> own_;                       // by step
  std::vector<std::vector<base::Digest>> before_;  // by step, then point
  std::vector<std::vector<base::Digest>> after_;
};

}  // namespace firn::plan
