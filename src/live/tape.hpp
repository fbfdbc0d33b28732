// Tape: what a track is recorded from, on its way from the audio thread, which plays it, to the thread that writes it to disk. Neither waits.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/stream_ring.hpp"
#include "time/frames.hpp"

namespace firn::live {

class Tape {
 public:
  // Takes in the frames of `range`, of the run. At most `room` frames wait to be written: what does not fit is silence, and a drop-out.
  explicit Tape(time::FrameRange range, int room = 1 << 18);

  // ---- The audio thread ----

  // The stream's next frames, from `at` of the run on.
  void write(time::Frames at, audio::ConstStereoView) FIRN_REALTIME;
  // The stream is silent for good from there on: a range without an end ends with it. Said before what lies there is written.
  void end_at(time::Frames) FIRN_REALTIME;
  // What was put in there is not what should have been heard.
  void note_dropout(time::FrameRange) FIRN_REALTIME;

  // ---- The thread that writes it ----

  // The next frames, as many as are there and fit; how many.
  int take(audio::StereoView);

  // ---- The control thread ----

  // The range ends elsewhere: neither before nor after has anything of that been written.
  void move_end(time::Frames end) { end_.store(end.count, std::memory_order_release); }

  // ---- Any thread ----

  time::Frames end() const { return {end_.load(std::memory_order_acquire)}; }
  bool is_full() const;  // the range is in
  std::vector<time::FrameRange> dropouts()
      const;  // in frames from the range's start; neighbours are one, and the last holds what is too much
  time::Frames start() const { return start_; }

 private:
  void write_zeros(std::int64_t count);

  struct Dropout {
    std::atomic<std::int64_t> start{0};
    std::atomic<std::int64_t> end{0};
  };

  const time::Frames start_;
  std::atomic<std::int64_t> end_;
  engine::StreamRing ring_;
  std::int64_t owed_ =
      0;                // frames that found no room: zeros stand for them as soon as there is some; the audio thread's
  time::Frames taken_;  // the frame that the writer takes next
  std::array<Dropout, 256> dropouts_;
  std::atomic<std::size_t> dropout_count_{0};
};

}  // namespace firn::live
