// Performance: one run of the transport, ready to be heard: the mixer's half of a plan for the audio thread, and the rest of it ahead; and
// what becomes of both when the project is edited meanwhile.
//
// Made by the control thread; run() is the audio thread's. It ends on the control thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"
#include "live/lines.hpp"
#include "live/mixer_half.hpp"
#include "live/read_ahead.hpp"
#include "live/rehearsal.hpp"
#include "live/turn.hpp"
#include "live/wanted.hpp"
#include "plan/plan.hpp"
#include "time/run.hpp"

namespace firn::live {

// As many as there are cores beside that of the audio thread.
int default_helpers();

struct Setup {
  int longest_block = 4096;         // frames that are asked for at a time
  int threads = 2;                  // that make what is read ahead
  int helpers = default_helpers();  // that run the mixer's half with the audio thread
  // How long the audio thread waits for a helper or a plug-in's process; 0: as long as a block lasts, and 2 ms.
  std::chrono::nanoseconds patience{};
  int ahead = 1 << 13;    // frames at most, and so how late an edit above the freeze line is heard; two blocks at least
  bool measures = false;  // loads() says what everything takes
  std::vector<Recording> recordings = {};
  std::vector<EventRecording> event_recordings = {};
  Outside outside = {};
  time::Frames count_in = {};  // so long before the start what is played in is heard, and nothing else
  KeepOf keep = {};
};

class Performance {
 public:
  // What Main puts out, along `run`. Fails as plan::compile and Engine::make do.
  static base::Result<std::unique_ptr<Performance>> make(const document::Project&, const engine::Sources&,
                                                         const plan::DeviceFacts&, const time::Run& run, const Setup&);
  ~Performance();

  // ---- The control thread ----

  // The project has been edited: what plays goes on as what it is now, without a gap, as soon as that is made, and what comes
  // out of a print, as soon as it has caught up; another tempo, from a frame on
  // that nobody has made yet: a third of a second, or the loop's next pass. Fails as make() does; nothing changes then.
  base::Result<void> follow(const document::Project&, const engine::Sources&, const plan::DeviceFacts&);
  // What it goes round is another loop, or none, from such a frame on. A loop whose end has been passed by then is gone round no more.
  void go_round(std::optional<time::BeatRange>);
  // Nothing is heard from this frame of the run on; it moves with the tempo.
  void end_at(time::Frames end) { end_.store(end.count, std::memory_order_relaxed); }
  // Goes on with that: to be called every few milliseconds. Fails once with what can't be made.
  base::Result<void> tend();
  bool follows() const;  // there is still something to go on with

  // Which way the transport goes, as far as it is made.
  const Course& course() const { return course_; }

  // Can this much be heard from here on without a gap?
  bool is_ready(time::Frames heard) const { return ahead_.is_ready(heard + latency()); }
  std::vector<base::Error> faults() const;
  // Of each track that has something above the freeze line, and of the audio thread, with those that help it.
  std::vector<Load> loads() const;

  // ---- Any thread ----

  int longest_block() const { return longest_block_; }
  time::Frames start() const { return start_; }              // of the run
  time::Frames count_in() const { return setup_.count_in; }  // before it
  time::Frames end() const { return {end_.load(std::memory_order_relaxed)}; }
  // How much later than asked Main is heard. It never shrinks.
  time::Frames latency() const { return {latency_.load(std::memory_order_relaxed)}; }
  // Frames that were not there in time, of all tracks.
  std::int64_t missed() const { return missed_.load(std::memory_order_relaxed); }

  // ---- The audio thread ----

  // The next `frames` frames, while this comes in.
  void run(int frames, const Incoming& = {}) FIRN_REALTIME;
  const engine::Signal& main() const { return half_->main(); }            // of these
  const plan::Plan& plan() const FIRN_REALTIME { return half_->plan(); }  // which they are of
  // The frame of the run that comes next; before the start at first, by the count-in and the latency.
  time::Frames heard() const { return time::Frames{clock_.load(std::memory_order_relaxed)} - latency(); }
  // What has come in since the last block is lost.
  void note_gap() FIRN_REALTIME { half_->note_gap({clock_.load(std::memory_order_relaxed)}); }
  bool has_ended() const { return half_->has_ended({clock_.load(std::memory_order_relaxed)}); }
  bool is_recorded() const { return half_->is_recorded(); }

 private:
  Performance(const document::Project&, const time::Run&, const Setup&);
  base::Result<void> begin(const document::Project&, const engine::Sources&, const plan::DeviceFacts&);
  base::Result<void> want(const document::Project&, const engine::Sources&, const plan::DeviceFacts&);
  base::Result<void> want_again();
  plan::Setup mixer_setup() const;
  Lags lags_ahead() const;
  base::Result<void> read_ahead(Wanted&);
  time::Frames notice() const;  // how long before a turn it has to be known
  bool is_time_to_turn() const;
  base::Result<void> go_on_course();
  // No less late than now, nor, what comes out of a print, than this.
  base::Result<plan::Plan> mixer_plan(const Wanted&, const document::Project&, const Lags& = {}) const;
  base::Result<std::unique_ptr<MixerHalf>> make_half(const document::Project&, plan::Transition,
                                                     const engine::Rehearsed&);
  base::Result<void> hand_over(const document::Project&, const engine::Rehearsed&);
  bool has_caught_up() const;
  base::Result<void> hand_over_without_prints();
  base::Result<void> come_out_of_prints();
  void take_back(MixerHalf&);
  void take_next() FIRN_REALTIME;

  // ---- The control thread's ----

  std::unique_ptr<Wanted> wanted_;
  Course course_;
  base::Box<time::TempoMap> tempo_;  // that is asked for, and
  std::optional<time::BeatRange> loop_;
  bool turns_ = false;        // onto these, as soon as it is time to
  std::optional<Turn> turn_;  // that has been made, and is not yet behind what is heard
  // The mixer's half that was made last.
  struct Made {
    const MixerHalf* half = nullptr;
    document::Project project;  // that it plays
    plan::Plan plan;
    std::set<int> heard_lines;    // in it
    std::set<int> unheard_lines;  // that go on beside it
  };
  Made made_;
  Made before_;                 // the one before, which goes on if made_ comes too late
  bool is_on_its_way_ = false;  // made_, to the audio thread
  bool ends_prints_ = false;    // and that plays what has come out of them
  bool is_edited_ = false;      // the project, since the last was made: what has failed is tried again
  bool is_behind_ = false;      // made_ is not what is wanted, or fades
  const Setup setup_;
  std::shared_ptr<engine::StreamRing> silence_;  // line 0

  const int longest_block_;
  const time::SampleRate rate_;
  const time::Frames start_;
  Crew crew_;                              // before what it works on: that ends first
  std::unique_ptr<MixerHalf> half_;        // the audio thread's, as soon as it runs
  std::atomic<MixerHalf*> next_{nullptr};  // on its way there
  std::atomic<MixerHalf*> done_{nullptr};  // and on its way back
  std::atomic<std::int64_t> clock_;
  std::atomic<std::int64_t> end_{time::Frames::never().count};
  std::atomic<std::int64_t> latency_{0};
  std::atomic<std::int64_t> missed_{0};
  std::atomic<std::int64_t> run_frames_{0};
  ReadAhead ahead_;  // its threads end before what they work on goes
  Lines lines_;
  Rehearsal rehearsal_;
};

}  // namespace firn::live
