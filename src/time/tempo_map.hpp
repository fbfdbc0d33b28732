// TempoMap: the one door between musical time and clock time: tempo steps and ramps, and time signatures. Any thread.
//
// Uses only + - * / and a logarithm and exponential of its own, so that every machine maps a beat to the same frame.
// Between a point with `ramp` and the next, the tempo is linear in beats, so that the time from beat a (tempo p) to
// beat b (tempo q) is 60 (b - a) ln(q / p) / (q - p) seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "time/beats.hpp"
#include "time/frames.hpp"

namespace firn::time {

struct TempoPoint {
  Beats at;
  double bpm = 120.0;  // quarter notes a minute, 1 to 10,000
  bool ramp = false;   // to the next point, linear in beats; otherwise the tempo holds

  friend bool operator==(const TempoPoint&, const TempoPoint&) = default;
};

struct TimeSignature {
  Beats at;             // begins a bar, and so cuts the one before short where that is not over
  int numerator = 4;    // 1 to 255
  int denominator = 4;  // a power of two, 1 to 64

  friend bool operator==(const TimeSignature&, const TimeSignature&) = default;
};

// What a bar ruler shows; all from 1 but `rest`, which is what is left below a sixteenth.
struct MusicalPosition {
  std::int64_t bar = 1;
  std::int64_t beat = 1;
  std::int64_t sixteenth = 1;
  Beats rest;
};

class TempoMap {
 public:
  TempoMap();  // 120 bpm, 4/4
  // Points and signatures sorted by position, unique in it, the first of each at beat 0; bpm and signatures in range.
  // Fails (usage) with the offending point otherwise.
  static base::Result<TempoMap> make(std::vector<TempoPoint>, std::vector<TimeSignature>);

  // This map up to `at`, not before beat 0, and from there on the tempos of `next`: what lies before keeps its time. Time signatures, which move nothing, are
  // those of `next`.
  TempoMap until(Beats at, const TempoMap& next) const;
  // The same tempos, with all beats later by so much.
  TempoMap later_by(Seconds) const;

  const std::vector<TempoPoint>& tempos() const { return tempos_; }
  const std::vector<TimeSignature>& signatures() const { return signatures_; }

  // Exact inverse of each other to well under a frame and a tick; monotonic; negative positions count at the first
  // tempo. frame_at(beats_at(f)) == f wherever a tick is shorter than a frame: at all tempos up to 268 kHz, from 1.43
  // bpm at 384 kHz.
  Seconds seconds_at(Beats) const;
  Frames frame_at(Beats, SampleRate) const;  // nearest
  Beats beats_at(Seconds) const;             // nearest
  Beats beats_at(Frames, SampleRate) const;  // nearest
  double bpm_at(Beats) const;

  TimeSignature signature_at(Beats) const;
  MusicalPosition position_of(Beats) const;
  Beats start_of_bar(std::int64_t bar) const;  // bars from 1
  Beats bar_at_or_before(Beats) const;         // the nearest start of a bar
  Beats bar_at_or_after(Beats) const;

  friend bool operator==(const TempoMap& a, const TempoMap& b) {
    return a.tempos_ == b.tempos_ && a.signatures_ == b.signatures_ && a.seconds_ == b.seconds_;
  }

 private:
  void measure();  // seconds_ and bars_, from the first of each on

  std::vector<TempoPoint> tempos_;
  std::vector<TimeSignature> signatures_;
  std::vector<double> seconds_;     // of each tempo point
  std::vector<std::int64_t> bars_;  // the bar that each signature begins
};

// Reads `bars.beats.sixteenths` ("17", "17.3", "17.3.2", and "17.3.2+1/3" for a third of a sixteenth more), `m:ss.mmm`
// ("1:02.500") or seconds ("62.5s"). Fails (usage) with the three forms named. Bars go up to 1,000,000, seconds to 1e6.
base::Result<Beats> parse_position(std::string_view, const TempoMap&);
std::string format_position(Beats, const TempoMap&);  // "17.3.2", with "+n/d" (of a sixteenth) for what is finer
std::string format_clock(Seconds);                    // "1:02.500"

}  // namespace firn::time
