// The faults that plug-ins of every format share, and the clock that says when they come. None is the optimiser's to remove.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>

namespace firn::tests::faulty {

// A block in which the fault is due, or was before.
struct Moment {
  float* const* outputs = nullptr;  // left and right
  std::uint32_t frames = 0;
  std::uint32_t from = 0;  // the first frame of the block that is at fault
  bool first = true;       // no block before was
};

using Fault = void (*)(const Moment&);

class FaultClock {
 public:
  void restart(double rate) {
    rate_ = rate;
    processed_ = 0;
    failed_ = false;
  }

  // Counts a block. Its moment, where the fault comes so many seconds after the restart and that is no later than this block.
  std::optional<Moment> pass(float* const* outputs, std::uint32_t frames, double seconds) {
    const auto due = static_cast<std::int64_t>(std::llround(seconds * rate_));
    const std::int64_t start = processed_;
    processed_ += frames;
    if (processed_ <= due) return std::nullopt;
    const auto from = static_cast<std::uint32_t>(std::max<std::int64_t>(due - start, 0));
    const Moment moment{outputs, frames, from, !failed_};
    failed_ = true;
    return moment;
  }

 private:
  double rate_ = 0.0;
  std::int64_t processed_ = 0;
  bool failed_ = false;
};

inline void nothing(const Moment&) {}

inline volatile int* volatile nowhere = nullptr;

inline void crash(const Moment& = {}) { *nowhere = 1; }

inline void abort(const Moment&) { std::abort(); }

inline void hesitate(const Moment& moment) {
  if (moment.first) ::usleep(200'000);
}

inline void exit(const Moment&) { _exit(0); }

inline void loop(const Moment&) {
  const volatile bool for_ever = true;
  while (for_ever) {
  }
}

inline void sleep(const Moment&) {
  const volatile bool for_ever = true;
  while (for_ever) pause();
}

// Where the system gives no more, it writes to null.
inline void allocate(const Moment&) {
  constexpr std::size_t piece = 1 << 20;
  const volatile bool for_ever = true;
  while (for_ever) {
    auto* const memory = static_cast<volatile char*>(std::malloc(piece));
    for (std::size_t byte = 0; byte < piece; byte += 1024) memory[byte] = 1;
  }
}

inline void overrun(const Moment& moment) {
  constexpr std::size_t past = 65'536 / sizeof(float);
  for (int side = 0; side < 2; ++side) {
    volatile float* const end = moment.outputs[side] + moment.frames;
    for (std::size_t sample = 0; sample < past; ++sample) end[sample] = 1.0F;
  }
}

inline void write_nan(const Moment& moment) {
  if (moment.first) moment.outputs[0][moment.from] = std::numeric_limits<float>::quiet_NaN();
}

inline void write_infinity(const Moment& moment) {
  if (moment.first) moment.outputs[0][moment.from] = std::numeric_limits<float>::infinity();
}

inline void write_denormals(const Moment& moment) {
  for (int side = 0; side < 2; ++side) {
    std::fill(moment.outputs[side] + moment.from, moment.outputs[side] + moment.frames, 1e-40F);
  }
}

}  // namespace firn::tests::faulty
