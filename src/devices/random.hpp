// Random numbers that belong to a place: the same seed and place give the same number, wherever a run began. Any
// thread.
//
// The mixer is SplitMix64's (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#pragma once

#include <cstdint>

namespace firn::devices {

constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

constexpr std::uint64_t random_at(std::uint64_t seed, std::int64_t place, std::int64_t which) {
  return mixed(mixed(mixed(seed) + static_cast<std::uint64_t>(place)) + static_cast<std::uint64_t>(which));
}

// 0 to just under 1.
constexpr double unit_of(std::uint64_t random) { return static_cast<double>(random >> 11) * 0x1p-53; }

}  // namespace firn::devices
