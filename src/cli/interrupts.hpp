// Interrupts: while it lives, Ctrl-C and the like become a request to stop, and nothing else. Owns the thread that waits for them.
//
// A second signal, half a second later or more, ends the program at once; what is on disk is whole at every moment. Signals that were being ignored (nohup)
// stay ignored.
#pragma once

#include <signal.h>

#include <stop_token>
#include <thread>

namespace firn::cli {

class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  void wait();

  std::stop_source source_;
  sigset_t signals_{};
  sigset_t before_{};
  std::thread thread_;
};

}  // namespace firn::cli
