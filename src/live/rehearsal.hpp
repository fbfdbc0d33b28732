// Rehearsal: the devices below the freeze line that come out of a print, run ahead with all that is upstream of them, until they can be taken over into
// what plays (docs/adr/0011, "Out of a print").
//
// The control thread's.
#pragma once

#include <chrono>

#include "base/result.hpp"
#include "engine/engine.hpp"
#include "live/read_ahead.hpp"
#include "live/wanted.hpp"

namespace firn::live {

class Rehearsal {
 public:
  explicit Rehearsal(ReadAhead& ahead) : ahead_(ahead) {}

  // Of the devices that are in the mixer's plan, but not in the one that is heard meanwhile; with no less latency than `lags`. Not while
  // it is paused. Fails as plan::compile and Engine::make do.
  base::Result<void> follow(const Wanted&, const plan::Plan& mixer, const plan::Plan& meanwhile, const Lags& lags);
  // In a minute it is given up, for the tracks that come out now, and their devices begin fresh: the lines have more to be made on without
  // it. Not while it is paused.
  void tend();

  bool is_there() const { return number_ == 0 || ahead_.is_there(number_); }  // or not needed
  int number() const { return number_; }                                      // among the lines of read-ahead; 0: none
  Lags lags() const;                                                          // of all its steps
  time::Frames reach() const;  // how far ahead of what is heard it comes, at most
  // It rests, so that its devices can be taken over, until it resumes with all of them, or ends. Empty where there is none.
  engine::Rehearsed pause() { return number_ != 0 ? ahead_.pause(number_) : engine::Rehearsed{}; }
  engine::Engine& paused() { return ahead_.paused(number_); }
  void resume() { ahead_.resume(number_); }
  void end() { number_ = 0; }

 private:
  using Clock = std::chrono::steady_clock;
  ReadAhead& ahead_;
  int number_ = 0;
  Clock::time_point until_ = {};
  bool is_given_up_ = false;
};

}  // namespace firn::live
