// Moves: what a person did in a plug-in's own window, kept until Firn asks: of a parameter that moves on, the last value. Any thread; a lock is held
// for a few instructions at a time, and nothing is allocated under it. What comes where there is no room is lost.
#pragma once

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace firn::plugins::host {

enum class Gesture { begin, change, end };

struct Move {
  int parameter = 0;
  double value = 0.0;  // of a change
  Gesture gesture = Gesture::change;
};

class Moves {
 public:
  struct Report {
    std::vector<Move> moves;
    bool closed = false;         // the window, by its own button
    bool state_changed = false;  // something that is no parameter
  };

  Moves() { report_.moves.reserve(room); }

  void add(const Move& move) {
    const std::lock_guard lock(mutex_);
    auto& moves = report_.moves;
    const auto last =
        std::find_if(moves.rbegin(), moves.rend(), [&](const Move& m) { return m.parameter == move.parameter; });
    if (last != moves.rend() && last->gesture == Gesture::change && move.gesture == Gesture::change) {
      last->value = move.value;
    } else if (moves.size() < room) {
      moves.push_back(move);
    }
  }
  void note_closed() {
    const std::lock_guard lock(mutex_);
    report_.closed = true;
  }
  void note_state_changed() {
    const std::lock_guard lock(mutex_);
    report_.state_changed = true;
  }

  // All since the last call.
  Report take() {
    Report next;
    next.moves.reserve(room);
    const std::lock_guard lock(mutex_);
    return std::exchange(report_, std::move(next));
  }

 private:
  static constexpr std::size_t room = 1024;

  std::mutex mutex_;
  Report report_;
};

}  // namespace firn::plugins::host
