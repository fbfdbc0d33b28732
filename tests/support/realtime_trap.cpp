#include "support/realtime_trap.hpp"

#include <array>
#include <atomic>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FIRN_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FIRN_IS_SANITIZED 1
#endif
#endif

namespace firn::tests {
namespace {

constexpr std::array names{"malloc", "free", "pthread_mutex_lock", "pthread_cond_wait", "open", "read",
                           "write",  "mmap"};
enum Call { call_malloc, call_free, call_lock, call_wait, call_open, call_read, call_write, call_map };

std::array<std::atomic<int>, names.size()> counts;
std::atomic<bool> is_set{false};
thread_local bool is_trapped = false;

}  // namespace

RealtimeTrap::RealtimeTrap() {
  for (auto& count : counts) count = 0;
  is_trapped = true;
  is_set = true;
}

RealtimeTrap::~RealtimeTrap() {
  is_set = false;
  is_trapped = false;
}

std::string RealtimeTrap::caught() const {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const int count = counts[i];
    if (count > 0) text += (text.empty() ? "" : ", ") + std::string(names[i]) + " " + std::to_string(count);
  }
  return text;
}

}  // namespace firn::tests

#ifndef FIRN_IS_SANITIZED

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/types.h>

#include <cstdlib>

namespace firn::tests {
namespace {

// A helper is known by its thread's name.
bool is_helper() {
  thread_local int known = 0;
  if (known == 0) {
    char name[16] = {};
    ::pthread_getname_np(::pthread_self(), name, sizeof name);
    known = std::strcmp(name, "firn helper") == 0 ? 1 : -1;
  }
  return known > 0;
}

void note(Call call) {
  if (is_set.load(std::memory_order_relaxed) && (is_trapped || is_helper())) ++counts[static_cast<std::size_t>(call)];
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace
}  // namespace firn::tests

// NOLINTBEGIN: the C library's own names and shapes
using namespace firn::tests;

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

void* malloc(size_t size) { return note(call_malloc), __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return note(call_malloc), __libc_calloc(count, size); }
void* realloc(void* memory, size_t size) { return note(call_malloc), __libc_realloc(memory, size); }
void* memalign(size_t alignment, size_t size) { return note(call_malloc), __libc_memalign(alignment, size); }
void* aligned_alloc(size_t alignment, size_t size) { return note(call_malloc), __libc_memalign(alignment, size); }
int posix_memalign(void** memory, size_t alignment, size_t size) {
  note(call_malloc);
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? 12 : 0;
}
void free(void* memory) {
  if (memory != nullptr) note(call_free);
  __libc_free(memory);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static const auto lock = next<int (*)(pthread_mutex_t*)>("pthread_mutex_lock");
  return note(call_lock), lock(mutex);
}
int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static const auto wait = next<int (*)(pthread_cond_t*, pthread_mutex_t*)>("pthread_cond_wait");
  return note(call_wait), wait(condition, mutex);
}

int open(const char* path, int flags, mode_t mode) {
  static const auto open_it = next<int (*)(const char*, int, mode_t)>("open");
  return note(call_open), open_it(path, flags, mode);
}
int open64(const char* path, int flags, mode_t mode) { return open(path, flags, mode); }
ssize_t read(int file, void* to, size_t size) {
  static const auto read_it = next<ssize_t (*)(int, void*, size_t)>("read");
  return note(call_read), read_it(file, to, size);
}
ssize_t pread(int file, void* to, size_t size, off_t at) {
  static const auto read_it = next<ssize_t (*)(int, void*, size_t, off_t)>("pread");
  return note(call_read), read_it(file, to, size, at);
}
ssize_t pread64(int file, void* to, size_t size, off64_t at) {
  static const auto read_it = next<ssize_t (*)(int, void*, size_t, off64_t)>("pread64");
  return note(call_read), read_it(file, to, size, at);
}
ssize_t write(int file, const void* from, size_t size) {
  static const auto write_it = next<ssize_t (*)(int, const void*, size_t)>("write");
  return note(call_write), write_it(file, from, size);
}
void* mmap(void* place, size_t size, int protection, int flags, int file, off_t at) noexcept {
  static const auto map = next<void* (*)(void*, size_t, int, int, int, off_t)>("mmap");
  return note(call_map), map(place, size, protection, flags, file, at);
}
void* mmap64(void* place, size_t size, int protection, int flags, int file, off64_t at) noexcept {
  return mmap(place, size, protection, flags, file, at);
}
}
// NOLINTEND

#endif
