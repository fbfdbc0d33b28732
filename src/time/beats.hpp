// Beats: musical time, exact: a whole number of ticks, of which a quarter note has 16,128,000. Any thread.
#pragma once

#include <compare>
#include <cstdint>

namespace firn::time {

struct Beats {
  // 2^11 * 3^2 * 5^3 * 7: a whole number of ticks for each tick of every MIDI resolution in common use (24 to 30,720
  // to the quarter, 1,000 among them), and for triplets, quintuplets and septuplets of them.
  static constexpr std::int64_t ticks_per_quarter = 16'128'000;

  std::int64_t ticks = 0;

  friend auto operator<=>(const Beats&, const Beats&) = default;
  friend Beats operator+(Beats a, Beats b) { return {a.ticks + b.ticks}; }
  friend Beats operator-(Beats a, Beats b) { return {a.ticks - b.ticks}; }
  friend Beats operator*(Beats a, std::int64_t factor) { return {a.ticks * factor}; }
  Beats& operator+=(Beats b) {
    ticks += b.ticks;
    return *this;
  }
  Beats& operator-=(Beats b) {
    ticks -= b.ticks;
    return *this;
  }

  static constexpr Beats quarters(std::int64_t n) { return {n * ticks_per_quarter}; }
  // n/d of a quarter note, rounded down where d does not divide it.
  static constexpr Beats fraction(std::int64_t n, std::int64_t d) {
    return {n / d * ticks_per_quarter + n % d * ticks_per_quarter / d};
  }
  double in_quarters() const { return static_cast<double>(ticks) / static_cast<double>(ticks_per_quarter); }
};

// Half open: [start, end).
struct BeatRange {
  Beats start;
  Beats end;

  Beats length() const { return end - start; }
  friend bool operator==(const BeatRange&, const BeatRange&) = default;
};

}  // namespace firn::time
