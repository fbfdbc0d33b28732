#include "cli/interrupts.hpp"

#include <unistd.h>

#include <chrono>

#include "cli/exit_status.hpp"

namespace firn::cli {
namespace {

constexpr int wake = SIGUSR1;  // ends the wait; sent to the waiting thread alone

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interrupts::Interrupts() {
  sigemptyset(&signals_);
  sigaddset(&signals_, wake);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) sigaddset(&signals_, signal);
  }
  // Threads made from here on inherit the mask, so that no other one is interrupted.
  ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  thread_ = std::thread([this] { wait(); });
}

Interrupts::~Interrupts() {
  ::pthread_kill(thread_.native_handle(), wake);
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupts::wait() {
  // What sends a signal to a process may send it to its group too: at once, a second one is the first one.
  constexpr std::chrono::milliseconds same_moment{500};
  std::chrono::steady_clock::time_point first;
  int signal = 0;
  while (::sigwait(&signals_, &signal) == 0 && signal != wake) {
    const auto now = std::chrono::steady_clock::now();
    if (!source_.stop_requested()) {
      first = now;
      source_.request_stop();
    } else if (now - first > same_moment) {
      ::_exit(exit_status(base::ErrorKind::cancelled));
    }
  }
}

}  // namespace firn::cli
