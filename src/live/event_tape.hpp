// EventTape: what is played in, on its way from the audio thread to the thread that writes it to disk, as a Tape has what is heard. Neither waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "devices/processor.hpp"
#include "midi/event.hpp"
#include "time/frames.hpp"

namespace firn::live {

class EventTape {
 public:
  // Takes in what lies in `range`, of the run. What was played up to `early` frames before it is taken for its first: a hand on the beat is
  // a little before it as often as behind.
  explicit EventTape(time::FrameRange range, time::Frames early = {});

  // ---- The audio thread ----

  // The events of `frames` frames from `at` of the run on, at frames of these.
  void write(time::Frames at, int frames, const midi::EventList&) FIRN_REALTIME;

  // ---- The thread that writes it ----

  // The next events, at frames of the run; empty if there are none.
  midi::EventList take();

  // ---- The control thread ----

  // The range ends elsewhere: neither before nor after has anything of that come.
  void move_end(time::Frames end) { end_.store(end.count, std::memory_order_release); }

  // ---- Any thread ----

  time::Frames end() const { return {end_.load(std::memory_order_acquire)}; }
  bool is_full() const { return come_.load(std::memory_order_acquire) >= end().count; }
  // Up to where it has come, in frames from the range's start.
  time::Frames length() const;
  std::int64_t lost() const { return lost_.load(std::memory_order_relaxed); }  // events that found no room

 private:
  const time::Frames start_;
  std::atomic<std::int64_t> end_;
  const time::Frames early_;
  std::vector<midi::Event> ring_;
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::int64_t> come_;  // the frame that comes next
  std::atomic<std::int64_t> lost_{0};
};

}  // namespace firn::live
