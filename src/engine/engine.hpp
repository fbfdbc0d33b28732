// Engine: a plan, its processors and their memory: the one audio loop of the program, driven by `render` or by `live`.
//
// Made on any thread. Different steps may run on different threads at a time; one step runs on one thread at a time, block after
// block without a gap, from the plan's start on, or from where an engine before it has come to.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/box.hpp"
#include "base/result.hpp"
#include "devices/plugins.hpp"
#include "devices/processor.hpp"
#include "engine/audio_player.hpp"
#include "engine/live_input.hpp"
#include "engine/signal.hpp"
#include "engine/stream_ring.hpp"
#include "plan/plan.hpp"
#include "plan/transition.hpp"

namespace firn::engine {

// Where an engine finds what a plan names.
struct Sources {
  devices::FileFinder files;  // called from several threads
  AudioFinder audio;          // likewise
  devices::Plugins plugins = {};
  std::function<std::shared_ptr<StreamRing>(const plan::PlayAhead&)> ahead = {};     // where a plan has plan::PlayAhead
  std::function<std::shared_ptr<const LiveInput>(const std::string&)> inputs = {};   // PlayInput
  std::function<std::shared_ptr<const LiveEvents>(const std::string&)> events = {};  // or PlayEvents::input
};

class Engine;

// An engine that has run to this clock, unheard, and rests: devices of another can go on as its own.
struct Rehearsed {
  Engine* engine = nullptr;  // none: nothing was rehearsed
  time::Frames clock;
};

class Engine {
 public:
  // Makes every processor, on `threads` threads. Fails with what their files have to say; a plug-in that can't be loaded is a fault of
  // its step.
  static base::Result<std::unique_ptr<Engine>> make(base::Box<plan::Plan>, const Sources&, int threads);
  // One that goes on where another has come to: it makes nothing for the steps that are kept, and runs no block before
  // take_over(). Of the others, those that were rehearsed are taken from the engine that did. They come in at the frame
  // that it has come to, and all fades begin then.
  static base::Result<std::unique_ptr<Engine>> make(plan::Transition, const Sources&, int threads,
                                                    const Rehearsed& = {});
  ~Engine();
  // It has not taken over, and never will: what was rehearsed goes back.
  void give_back(Engine& rehearsed);

  // Goes on from the engine that the transition is from, which is of no use any more, where its clock has come to. Where latency has grown,
  // what is heard next lies a little behind on the new clock.
  void take_over(Engine& before, time::Frames clock) FIRN_REALTIME;
  // The last clock at which it may take over, for what was rehearsed.
  time::Frames due() const { return due_; }
  // Before its first block: a later start than the plan's, with all that it plays by then as if it had never been.
  void begin_at(time::Frames clock);
  // The clock at which nothing fades any more.
  time::Frames settled_at() const { return settled_at_; }

  const plan::Plan& plan() const { return *plan_; }

  // Before the first block: how long one may be held up by a plug-in (Processor::set_patience).
  void set_patience(std::chrono::nanoseconds);

  // One block of one step: its inputs' signals for the same block in, its own out. `clock` is the engine's frame (plan::Step::lag).
  // `out` has planes of `frames` samples, or an empty event list, and is filled whole; or, where it may, points elsewhere.
  void run(int step, time::Frames clock, int frames, Inputs, Signal& out) FIRN_REALTIME;

  // The image of what a step carries from block to block (base/image.hpp), between two blocks; for the same step of another engine
  // before its first block, in the same build. Only devices, delays and tails carry anything.
  bool has_state(int step) const;
  bool save(int step, base::ImageWriter&) const;  // false: not at this point (Processor::save)
  bool restore(int step, base::ImageReader&);     // false: it is no such image, and the engine is of no use
  bool is_asleep(int step) const;                 // a Tail that has ended: it needs nothing of its inputs any more

  bool makes_events(int step) const;
  bool was_cut_short(int step) const;                      // a Tail that still sounded at the limit
  std::optional<audio::Ringing> heard_by(int step) const;  // the end of what came into a Tail that has ended

  // What went wrong in a step for good, so that it is silent from there on: a plug-in that failed, a file that could not be read on.
  // After the run, between blocks, or where every step behind `step` has run its latest block.
  std::optional<base::Error> fault() const;  // of any step
  bool has_fault(int step) const { return faulty_[static_cast<std::size_t>(step)].load(std::memory_order_acquire); }
  std::optional<base::Error> fault_behind(int step) const;  // of this or one that feeds it

 private:
  struct Runner;
  Engine(base::Box<plan::Plan>, std::vector<int> kept);
  base::Result<std::unique_ptr<Runner>> make_runner(std::size_t step, const Sources&) const;
  bool is_needed(int step) FIRN_REALTIME;
  bool has_begin(int step) const FIRN_REALTIME;
  void run_from_begin(int step, time::Frames at, int frames, Inputs, Signal& out);
  void find_rehearsed(const Engine&);
  void adopt(const Rehearsed&);
  void exchange(Engine& rehearsed);
  void go_on(std::size_t step, const plan::Plan& before, int old, time::Frames clock) FIRN_REALTIME;
  void keep(std::size_t step, Engine& before, time::Frames clock) FIRN_REALTIME;
  void begin(std::size_t step, time::Frames clock) FIRN_REALTIME;
  void note_fault(int step) FIRN_REALTIME;
  base::Error fault_of(int step) const;
  void work(int step, time::Frames at, int frames, Inputs, Signal& out);

  base::Box<plan::Plan> plan_;
  time::Run run_;
  std::vector<int>
      kept_;  // by step, as are the next ones: the step of the engine before that goes on as it; empty: there is none
  std::vector<int> rehearsed_;  // likewise: that of the engine that rehearsed it
  time::Frames due_ = time::Frames::never();
  std::vector<std::unique_ptr<Runner>> runners_;
  std::vector<time::Frames>
      begin_;  // the first frame that enters: what comes before was passed by the engine before, or is none
  std::vector<time::Frames> valid_;  // the first frame that leaves it
  time::Frames fades_from_;          // no fade begins before
  time::Frames settled_at_;
  std::vector<std::vector<int>> consumers_;
  std::vector<char> is_scaled_by_readers_;   // by step: all that reads it multiplies by its gains
  std::vector<std::atomic<bool>> finished_;  // the step needs its inputs no more
  bool may_go_on_ = false;                   // no sound has ended for good: an edit above may add to it
  std::vector<std::atomic<bool>> faulty_;
  std::atomic<bool> any_faulty_{false};
};

}  // namespace firn::engine
