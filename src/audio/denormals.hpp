// FlushDenormals: while it lives, its thread takes denormal numbers for zero, in and out (SPEC A2). Every audio thread has one.
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <cstdint>
#else
#error "Say here how this processor flushes denormals."
#endif

namespace firn::audio {

class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040u); }  // FTZ and DAZ: Intel SDM vol. 1, 10.2.3
  ~FlushDenormals() { _mm_setcsr(before_); }
#else
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    asm volatile("msr fpcr, %0" ::"r"(before_ | (std::uint64_t{1} << 24)));  // FZ: Arm ARM, FPCR
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" ::"r"(before_)); }
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE2__)
  unsigned before_;
#else
  std::uint64_t before_;
#endif
};

}  // namespace firn::audio
