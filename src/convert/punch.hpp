// Punch: where the render of a print starts and ends, so that only what has changed is rendered (docs/adr/0007).
//
// While a print is rendered, the states of what makes it are kept at points of the engine's clock. The next print punches in at the last
// point before which nothing differs, and out at the first one where the states are an earlier print's and all that follows is too.
// What lies outside is copied from that print: the result is the full render, bit for bit.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <vector>

#include "convert/studio.hpp"
#include "plan/trail.hpp"

namespace firn::convert {

// The points of one plan's outputs. One thread at a time, but for pass(): any.
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
  // All of them.
  std::vector<Place> all(std::size_t output);
  // Sets the steps behind an output to the states there. False: they are not whole, and the engine is of no use.
  bool restore(engine::Engine&, std::size_t output, const Place&) const;

  // The render of an output came to a point, which is `at` in its print: keeps the states, in the background. False if from here on
  // an earlier print is what this one would be: it is over.
  bool pass(std::size_t output, const render::Snapshot&, time::Frames at);

  // Of an output whose render from `in` on is over: where it was punched out, and all points that are known of its print.
  struct Passed {
    std::optional<Place> out;
    std::vector<store::Checkpoint> points;
  };
  Passed passed(std::size_t output, const std::optional<Place>& in);

 private:
  struct Output {
    std::vector<int> steps;     // behind it, each after its inputs; its own is the last
    std::vector<int> ordinals;  // of each of the plan's steps in `steps`; -1 if it is not there
    base::Digest shape;         // how they are connected
    Passed passed;
  };

  std::optional<Place> at(std::size_t output, std::int64_t point);
  base::Digest named(const char* what, const base::Digest&) const;
  base::Digest before(std::size_t output, std::int64_t point);
  base::Digest after(std::size_t output, std::int64_t point);
  std::vector<std::byte> image_of(const Output&, const render::Snapshot&) const;
  bool are_worth_keeping(std::int64_t point, std::size_t bytes) const;
  void keep(Output&, store::Checkpoint, std::vector<std::byte> states);
  void in_background(std::function<void()>);

  const plan::Plan& plan_;
  store::Store& store_;
  store::Checkpoints& checkpoints_;
  const time::Frames every_;
  const std::int64_t room_;
  std::mutex mutex_;  // of what follows
  std::vector<Output> outputs_;
  plan::Trail trail_;
  std::deque<std::future<void>> under_way_;  // the last, so that nothing is gone before they are
};

}  // namespace firn::convert
