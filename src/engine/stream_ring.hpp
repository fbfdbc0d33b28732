// StreamRing: a stream that one thread makes and another takes: samples by their frame in the run. Neither ever waits.
#pragma once

#include <atomic>
#include <cstdint>

#include "devices/processor.hpp"
#include "engine/signal.hpp"

namespace firn::engine {

class StreamRing {
 public:
  // The stream begins at `start`; at most `capacity` frames, rounded up to a power of two, are made and not taken at a time.
  StreamRing(time::Frames start, int capacity);

  // ---- Who makes it ----

  int room() const;                    // frames that may be written now
  void write(audio::ConstStereoView);  // no more than that
  // Where so many of what comes next will lie, if there is room for them in one piece; else empty. Written there, they are let in.
  audio::StereoView place(int frames);
  void let_in(int frames);
  // What the stream's Signal says of its end.
  void note_end(time::Frames ended_at, time::Frames tail);
  // Its sound has ended, so: from written() on there is nothing but zeros.
  void end();
  bool has_ended() const { return ended_.load(std::memory_order_relaxed); }
  // A stream that has ended, or of which nothing has been taken, goes on at `from`, not before written(): until there it is silent.
  void go_on(time::Frames from);

  // ---- Who takes it, in order ----

  // The frames from `at` on. What is not there yet is silent, and missed. The signal may point into the ring, until let_go().
  void read(time::Frames at, Signal& out) FIRN_REALTIME;
  // What was read is wanted no more.
  void let_go() FIRN_REALTIME { pass_over(was_read_); }

  // Nobody hears what comes before.
  void pass_over(time::Frames until) FIRN_REALTIME { read_.store(until.count, std::memory_order_release); }

  // ---- Any thread ----

  time::Frames written() const { return {written_.load(std::memory_order_acquire)}; }  // what comes next
  time::Frames from() const { return {from_.load(std::memory_order_acquire)}; }        // before it nothing is there
  time::Frames taken() const { return {read_.load(std::memory_order_acquire)}; }
  bool is_ready(time::Frames until) const;  // are the frames before `until` there?
  std::int64_t missed() const { return missed_.load(std::memory_order_relaxed); }

 private:
  template <class Visit>
  void for_each_piece(std::int64_t at, int frames, Visit&& visit);

  void fetch(int place, int frames) const;

  audio::StereoBuffer ring_;
  std::int64_t mask_;
  std::atomic<std::int64_t> from_;
  std::atomic<std::int64_t> written_;  // frames of the run before it are, or were, in the ring
  std::atomic<std::int64_t> read_;     // those before it are wanted no more
  std::atomic<bool> ended_{false};     // and then written_ stands still
  std::atomic<std::int64_t> ended_at_{time::Frames::never().count};  // of the signal, as is the next one
  std::atomic<std::int64_t> tail_{0};
  std::atomic<std::int64_t> missed_{0};
  time::Frames was_read_;  // who takes it: up to here
};

}  // namespace firn::engine
