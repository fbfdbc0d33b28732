// Moves: what a person did in a plug-in's own window, kept until Firn asks. Any thread; a lock is held for a few instructions at a time.
#pragma once

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

  Moves() { report_.moves.reserve(1024); }

  void add(const Move& move) {
    const std::lock_guard lock(mutex_);
    report_.moves.push_back(move);
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
    next.moves.reserve(1024);
    const std::lock_guard lock(mutex_);
    return std::exchange(report_, std::move(next));
  }

 private:
  std::mutex mutex_;
  Report report_;
};

}  // namespace firn::plugins::host
