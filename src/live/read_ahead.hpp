// ReadAhead: makes what lies above the freeze line ahead of what is heard, on threads of its own: what comes before the first mixer, from disk and
// from devices (plan/freeze_line.hpp).
//
// Above the line playing is rendering: each stream that crosses it has a line, an engine of its own with a ring that the audio thread plays from. A line that
// begins while it plays catches up first, from the start of the run, or round a loop for a while; one whose plan is edited goes on as the next, from where it is.
// What is below the line and comes out of a print is rehearsed likewise: an engine without a ring catches up, and keeps ahead until its devices are taken.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "engine/engine.hpp"
#include "engine/sequence.hpp"
#include "engine/stream_ring.hpp"
#include "live/load.hpp"
#include "plan/transition.hpp"

namespace firn::live {

// Is given all that is made of a track, part by part from the start of the run on; the last part, when its sound has ended, may be
// empty. Nothing more once a device has failed, or the track was edited. On one thread at a time, of those that read ahead.
using Keep = std::function<void(audio::ConstStereoView, bool is_last)>;

class ReadAhead {
 public:
  // Begins at once.
  ReadAhead(const time::Run&, int threads, int room, engine::Sequence::Measured);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // ---- The control thread ----

  // A line of a plan with one output, a stream of that track; its number, from 1 on. Fails as Engine::make does.
  base::Result<int> add(document::TrackId, plan::Plan, const engine::Sources&, Keep = {});
  // Its plan becomes another, from what tend() finds made on.
  void follow(int number, const plan::Plan&);
  // A rehearsal of what a plan's outputs hear, a line without a ring, which may be followed, too; its number. Fails as add() does.
  base::Result<int> rehearse(plan::Plan, const engine::Sources&);
  // It rests where it is, so that its devices can be taken from it. Given them back, it can be resumed.
  engine::Rehearsed pause(int number);
  engine::Engine& paused(int number);
  void resume(int number);
  // How far ahead of what is heard a rehearsal comes: further each time that it is resumed.
  time::Frames rehearsed_ahead() const { return {rehearsed_ahead_.load(std::memory_order_relaxed)}; }
  // What begins from now on is on another run, which goes on from the one before.
  void go_on(const time::Run& run) { run_ = run; }
  void remove_all_but(const std::set<int>& numbers);

  const plan::Plan& plan_of(int number) const;  // as it was last told
  std::shared_ptr<engine::StreamRing> ring_of(int number) const;
  bool is_there(int number) const;  // it has caught up
  // Goes on with what follow() wants: to be called now and then. Fails as Engine::make does; then a line stays as it was.
  base::Result<void> tend(const engine::Sources&);
  bool follows() const;  // there is still something to go on with

  // Are all frames before `until`, of the run, there, or as many as there is room for?
  bool is_ready(time::Frames until) const;
  std::vector<base::Error> faults() const;  // of tracks that have fallen silent for good
  std::vector<Load> loads() const;          // of each track

  // The audio thread: what is heard has come to here.
  void note(time::Frames clock) FIRN_REALTIME { clock_.store(clock.count, std::memory_order_relaxed); }

 private:
  struct Line;
  struct Player;
  void work(const std::stop_token&);
  int keep_line(std::unique_ptr<Line>);
  Line* next_line();  // with mutex_: null if there is none to be made more of
  void find_due();
  bool has_room(const Line&) const;
  bool is_well_ahead(const Line&) const;
  void make_more(Line&);
  void rehearse_more(Line&);
  bool is_far_ahead(const Line&) const;
  base::Result<void> change(Line&, const engine::Sources&);
  void wait_for(Line&, std::unique_lock<std::mutex>&);  // until nobody is at work on it

  time::Run run_;  // the control thread's
  const int room_;
  const int least_;  // frames that a line has room for before it is made more of
  const engine::Sequence::Measured measured_;
  std::atomic<std::int64_t> clock_;
  std::atomic<std::int64_t> rehearsed_ahead_;
  int last_number_ = 0;                         // the control thread's
  std::map<int, std::unique_ptr<Line>> lines_;  // changed by the control thread alone, with mutex_
  std::vector<Line*> due_;                      // with mutex_: what is made more of next, from the back on
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable_any done_;
  std::vector<std::jthread> threads_;  // last: they end before what they work on goes
};

}  // namespace firn::live
