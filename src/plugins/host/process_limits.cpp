#include "plugins/host/process_limits.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace firn::plugins::host {
namespace {

void lower_limit(__rlimit_resource resource, rlim_t limit) {
  rlimit present{};
  if (getrlimit(resource, &present) != 0) return;
  present.rlim_cur = std::min(present.rlim_cur, limit);
  present.rlim_max = std::min(present.rlim_max, limit);
  setrlimit(resource, &present);
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

// Allocates nothing: memory of a second thread would lie where chance has it, and all that a plug-in takes after it (repeat_addresses).
void* wait_for_end_of(void* descriptor) {
  pollfd other_side{static_cast<int>(reinterpret_cast<std::intptr_t>(descriptor)), 0, 0};
  while (::poll(&other_side, 1, -1) <= 0) {
  }
  // What plug-ins have started, too.
  ::signal(SIGTERM, SIG_IGN);
  if (::getpgrp() == ::getpid()) ::kill(0, SIGTERM);
  ::_exit(0);
}

}  // namespace

int set_standard_output_aside() {
  const int before = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);  // above the descriptors that Firn hands over
  dup2(STDERR_FILENO, STDOUT_FILENO);
  return before;
}

void contain_this_process() {
  lower_limit(RLIMIT_CORE, 0);
  const auto pages = static_cast<rlim_t>(sysconf(_SC_PHYS_PAGES));
  lower_limit(RLIMIT_DATA, pages / 2 * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)));
  constexpr std::string_view eager_to_die = "500";
  if (const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); file >= 0) {
    if (write(file, eager_to_die.data(), eager_to_die.size()) < 0) {
      // A system that forbids it: the limit above still holds.
    }
    close(file);
  }
}

void end_with(int descriptor) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the plug-ins' threads
  pthread_t thread{};
  if (pthread_create(&thread, nullptr, wait_for_end_of, reinterpret_cast<void*>(std::intptr_t{descriptor})) == 0)
    pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void repeat_addresses(char** words) {
  constexpr unsigned long ask = 0xffffffff;
  const int present = personality(ask);
  if (present < 0 || (present & ADDR_NO_RANDOMIZE) != 0) return;
  if (personality(static_cast<unsigned long>(present) | ADDR_NO_RANDOMIZE) < 0) return;  // as in some containers
  execv("/proc/self/exe", words);
}

void provide_for_no_display() {
  if (!has_display() && !is_set("WAYLAND_DISPLAY")) setenv("QT_QPA_PLATFORM", "offscreen", 0);
}

bool has_display() { return is_set("DISPLAY"); }

}  // namespace firn::plugins::host
