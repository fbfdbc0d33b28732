// Punch: where the render of a print starts and ends, so that only what has changed is rendered (docs/adr/0007).
//
// While a print is rendered, the states of what makes it are kept at points of the engine's clock. The next print punches in at the last
// point before which nothing differs, and out at the first one where the states are an earlier print's and all that follows is too.
// What lies outside is copied from that print: the result is the full render, bit for bit.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "convert/studio.hpp"
#include "plan/trail.hpp"

namespace firn::convert {

// The points of one plan's outputs. One thread at a time, but for take(): any.
class Punch {
 public:
  using Place = store::Checkpoints::Place;

  // Only where blocks end at points.
  static bool works_in(const Studio& studio) { return studio.between_points.count % studio.options.block == 0; }

  // The plan and the studio's store must outlive it.
  Punch(const plan::Plan&, const Studio&);
  // Keeps what all prints' states take on disk within bounds.
  static void tidy(store::Store&);

  // The last point of an output that is known, with its states; nothing if there is none.
  std::optional<Place> in(std::size_t output);
  // Sets the steps behind an output to the states there. False: they are not whole, and the engine is of no use.
  bool restore(engine::Engine&, std::size_t output, const Place&) const;

  // The checkpoint that a snapshot gives, its states kept; `at` is its place in the print.
  store::Checkpoint take(std::size_t output, const render::Snapshot&, time::Frames at);
  // A print that goes on from a checkpoint as this one would.
  std::optional<Place> out(const store::Checkpoint&) const;

  // What is still true of another print's checkpoint in this one: before a punch-in, or from a punch-out on.
  store::Checkpoint before_in(std::size_t output, store::Checkpoint);
  store::Checkpoint after_out(std::size_t output, store::Checkpoint);

 private:
  struct Sources {
    std::vector<int> steps;     // behind an output, each after its inputs; the output's own is the last
    std::vector<int> ordinals;  // of each of the plan's steps in `steps`; -1 if it is not there
    base::Digest shape;         // how they are connected
  };

  base::Digest named(const char* what, const base::Digest&) const;
  base::Digest before(std::size_t output, std::int64_t point);
  base::Digest after(std::size_t output, std::int64_t point);
  bool are_worth_keeping(std::int64_t point, std::size_t bytes) const;

  const plan::Plan& plan_;
  store::Store& store_;
  const time::Frames every_;
  const std::int64_t room_;
  std::vector<Sources> sources_;  // by output
  std::mutex mutex_;
  plan::Trail trail_;
};

}  // namespace firn::convert
