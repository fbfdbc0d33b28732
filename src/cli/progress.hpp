// Progress: shows how far a render is: a bar on a terminal, a plain line every few seconds elsewhere. report(): any thread.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "cli/console.hpp"
#include "render/render.hpp"
#include "time/frames.hpp"

namespace firn::cli {

// How far a piece of work is, at a moment.
struct Standing {
  double fraction = 0.0;      // 0 to 1; negative where nobody knows
  double speed = 0.0;         // times real time; 0 where that means nothing
  double seconds_left = 0.0;  // negative where nobody knows
};

// `elapsed` is in seconds since the work began.
Standing standing_of(const render::Progress&, time::SampleRate, double elapsed);
// "Freezing  [#####.....]  52 %  31.4x real time  0:04 left", at most `columns` wide.
std::string bar_text(const std::string& label, const Standing&, int columns);
// "Freezing: 52 %, 31.4x real time, 0:04 left"
std::string line_text(const std::string& label, const Standing&);

class Progress {
 public:
  Progress(Console&, std::string label, time::SampleRate);
  ~Progress();  // erases the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void rename(std::string label);
  void report(const render::Progress&);
  void report(double fraction);

 private:
  using Clock = std::chrono::steady_clock;
  void show(const Standing&, Clock::time_point now);
  double seconds_until(Clock::time_point now) const;

  Console& console_;
  time::SampleRate rate_;
  std::mutex mutex_;  // of all below
  std::string label_;
  Clock::time_point begin_;
  Clock::time_point shown_;
  time::Frames last_;
};

}  // namespace firn::cli
