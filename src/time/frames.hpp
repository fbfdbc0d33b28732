// Frames: a count of sample frames, or a position in them; and the rate that gives them a length. Any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace firn::time {

struct Frames {
  std::int64_t count = 0;

  friend auto operator<=>(const Frames&, const Frames&) = default;
  friend Frames operator+(Frames a, Frames b) { return {a.count + b.count}; }
  friend Frames operator-(Frames a, Frames b) { return {a.count - b.count}; }
  Frames& operator+=(Frames b) {
    count += b.count;
    return *this;
  }
  Frames& operator-=(Frames b) {
    count -= b.count;
    return *this;
  }

  static constexpr Frames never() { return {std::numeric_limits<std::int64_t>::max() / 4}; }
};

// Half open: [start, end).
struct FrameRange {
  Frames start;
  Frames end;

  Frames length() const { return end - start; }
  friend bool operator==(const FrameRange&, const FrameRange&) = default;
};

struct SampleRate {
  int hertz = 48000;  // 8,000 to 384,000

  friend auto operator<=>(const SampleRate&, const SampleRate&) = default;
};

struct Seconds {
  double count = 0.0;

  friend auto operator<=>(const Seconds&, const Seconds&) = default;
};

// The frame nearest to a duration or position in seconds; halves go up; at most never().
Frames frames_of(Seconds, SampleRate);
Seconds seconds_of(Frames, SampleRate);

}  // namespace firn::time
