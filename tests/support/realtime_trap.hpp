// RealtimeTrap: counts what no audio thread may do, while it lives: allocate, free, lock, wait for another thread without a limit, touch a file.
// Of its own thread, and of those that help it (live::Crew). Linking it puts the C library's functions for these behind ones that count;
// with a sanitizer, which does so too, it counts nothing.
#pragma once

#include <string>

namespace firn::tests {

class RealtimeTrap {
 public:
  RealtimeTrap();  // one at a time
  ~RealtimeTrap();
  RealtimeTrap(const RealtimeTrap&) = delete;
  RealtimeTrap& operator=(const RealtimeTrap&) = delete;

  std::string caught() const;  // "malloc 2, pthread_mutex_lock 1"; empty: nothing
};

}  // namespace firn::tests
