// MixerHalf: what of a performance the audio thread runs: the mixers, what lies behind them, what comes in from outside, and what is recorded.
//
// Made by the control thread, then the audio thread's; it ends on the control thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/engine.hpp"
#include "engine/sequence.hpp"
#include "live/crew.hpp"
#include "live/event_tape.hpp"
#include "live/inputs.hpp"
#include "live/tape.hpp"
#include "plan/transition.hpp"

namespace firn::live {

// What is recorded while it plays: a point of the plan, or what comes in from outside.
struct Recording {
  plan::Point point;
  std::shared_ptr<Tape> tape;
  std::string input = {};  // not empty: the external input of that name, and no point
};

// And what is played in meanwhile.
struct EventRecording {
  std::string input;
  std::shared_ptr<EventTape> tape;
};

// What comes in from outside, and how far outside is.
struct Outside {
  std::shared_ptr<const midi::Ports> midi_ports = std::make_shared<midi::Ports>();
  time::Frames way_out = {};     // after which what leaves is heard
  time::Frames round_trip = {};  // and comes in again through a cable
};

class MixerHalf {
 public:
  struct Setup {
    Crew& crew;
    std::chrono::nanoseconds patience;
    int longest_block = 4096;
    engine::Sequence::Measured measured = engine::Sequence::Measured::no;
    std::span<const Recording> recordings;
    std::span<const EventRecording> event_recordings;
    const Outside& outside;
    std::function<std::shared_ptr<engine::StreamRing>(int line)> ring;  // of a line that is read ahead
    std::vector<std::shared_ptr<engine::StreamRing>> unheard;           // that are made all the same
    engine::Rehearsed rehearsed;
  };
  // Of a plan whose first output is Main, and whose others are the recordings' points. Fails as Engine::make does.
  static base::Result<std::unique_ptr<MixerHalf>> make(plan::Transition, const engine::Sources&, const Setup&);

  const plan::Plan& plan() const { return engine_->plan(); }
  const engine::Engine& engine() const { return *engine_; }
  const engine::Sequence& sequence() const { return sequence_; }
  time::Frames latency() const { return latency_; }  // how much later than asked Main is heard

  // What was rehearsed goes back: it never takes over.
  void give_back(engine::Engine& rehearsed) { engine_->give_back(rehearsed); }

  // ---- The audio thread ----

  // Is it too late to take over?
  bool is_overdue(time::Frames clock) const { return clock > engine_->due(); }
  // Goes on where another has come to, whose clock is this: returns where its own is. What is heard goes on without a gap.
  time::Frames take_over(MixerHalf& before, time::Frames clock) FIRN_REALTIME;
  // The next `frames` frames from the clock on, while this comes in. Where the crew is not done with them in time, the half is late: they
  // are silent, and what they are is recorded as soon as finish() is true, which has to come before anything else.
  void run(time::Frames clock, int frames, const Incoming&) FIRN_REALTIME;
  bool is_late() const { return is_late_; }
  bool finish() FIRN_REALTIME;
  void miss(int frames, const Incoming&) FIRN_REALTIME;  // these are silent, too
  const engine::Signal& main() const { return is_late_ ? silence_ : sequence_.signal(plan().outputs.front().step); }
  // What has come in since the last block is lost.
  void note_gap(time::Frames clock) FIRN_REALTIME;
  bool has_ended(time::Frames clock) const;  // Main, and all that is recorded, is silent for good
  bool is_recorded() const;                  // every tape is full
  std::int64_t missed() const { return missed_; }

 private:
  MixerHalf(std::unique_ptr<engine::Engine>, std::unique_ptr<Inputs>,
            std::vector<std::shared_ptr<engine::StreamRing>> heard, const Setup&);
  void conclude() FIRN_REALTIME;
  void fall_silent(int frames) FIRN_REALTIME;
  std::chrono::nanoseconds patience() const FIRN_REALTIME;
  std::int64_t missed_now() const FIRN_REALTIME;
  bool all_events_are_in() const FIRN_REALTIME;
  void record(time::Frames clock, int frames, std::int64_t missed) FIRN_REALTIME;
  void record_events(time::Frames heard, int frames) FIRN_REALTIME;

  // A recorded output, with the step that makes it; or an input.
  struct Recorded {
    int step;
    time::Frames lag;
    std::shared_ptr<Tape> tape;
    std::shared_ptr<const engine::LiveInput> input;
  };
  struct RecordedEvents {
    std::shared_ptr<EventTape> tape;
    std::shared_ptr<const engine::LiveEvents> events;
  };

  std::unique_ptr<engine::Engine> engine_;
  engine::Sequence sequence_;
  std::unique_ptr<Inputs> inputs_;
  std::vector<std::shared_ptr<engine::StreamRing>> heard_;
  std::vector<std::shared_ptr<engine::StreamRing>> unheard_;
  std::vector<Recorded> recorded_;
  std::vector<RecordedEvents> recorded_events_;
  time::Frames way_out_;
  std::chrono::nanoseconds patience_;
  int longest_block_;
  time::Frames latency_;
  std::int64_t missed_ = 0;  // frames that were not there in time

  // The block that is made.
  time::Frames clock_;
  int frames_ = 0;
  std::int64_t missed_before_ = 0;  // of the rings, when it began
  bool is_late_ = false;
  audio::StereoBuffer silent_;
  engine::Signal silence_;  // Main, where it is late

  std::vector<Part> parts_;
  std::optional<CrewJob> job_;  // none where there is too little to share. Last: it ends before what it works on goes
};

}  // namespace firn::live
