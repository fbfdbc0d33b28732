// Gestures: the moves in a plug-in's window put together into what a person did, each to be one step back. No I/O; one thread.
#pragma once

#include <chrono>
#include <map>
#include <vector>

namespace firn::plugins {

// A parameter, by its number in the plug-in's type, and the value that it was left at.
struct Gesture {
  int parameter = 0;
  double value = 0.0;
  friend bool operator==(const Gesture&, const Gesture&) = default;
};

class Gestures {
 public:
  using Clock = std::chrono::steady_clock;

  // A plug-in that says when a gesture begins and ends is believed. One that only says what changed has ended one when it rests.
  static constexpr Clock::duration rest = std::chrono::milliseconds(500);

  void begin(int parameter);
  void change(int parameter, double value, Clock::time_point now);
  void end(int parameter);

  // Those that have ended since the last call; with `all`, those under way too.
  std::vector<Gesture> take(Clock::time_point now, bool all = false);

 private:
  struct Open {
    bool is_held = false;  // it has said that it began
    bool has_moved = false;
    double value = 0.0;
    Clock::time_point moved;
  };

  std::map<int, Open> open_;  // by parameter
  std::vector<Gesture> ended_;
};

}  // namespace firn::plugins
