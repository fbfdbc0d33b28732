#include "audio/quantise.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace firn::audio {
namespace {

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the next of 2^64 numbers, all different.
std::uint64_t next(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// In [-1/2, 1/2).
double rectangular(std::uint64_t& state) { return static_cast<double>(next(state) >> 11) * 0x1p-53 - 0.5; }

}  // namespace

int bits_of(Depth depth) {
  switch (depth) {
    case Depth::int16: return 16;
    case Depth::int24: return 24;
    case Depth::int32: return 32;
    case Depth::float32: return 0;
  }
  return 0;
}

std::int32_t step_of(double x, int bits) {
  assert(bits >= 2 && bits <= 32);
  if (std::isnan(x)) return 0;
  const auto full = static_cast<double>(std::int64_t{1} << (bits - 1));
  // Near 2^52 a double has no digits left for a fraction, so that adding rounds to the nearest integer, halves to even.
  constexpr double no_fraction = 0x1.8p52;
  return static_cast<std::int32_t>((std::clamp(x * full, -full, full - 1.0) + no_fraction) - no_fraction);
}

Quantiser::Quantiser(Depth depth, Dither dither, std::uint64_t seed)
    : bits_(bits_of(depth)), dither_(dither), states_{} {
  for (auto& state : states_) state = next(seed);
}

double Quantiser::noise(std::uint64_t& state) const {
  switch (dither_) {
    case Dither::none: return 0.0;
    case Dither::rectangular: return rectangular(state);
    case Dither::triangular: {
      const double first = rectangular(state);
      return first + rectangular(state);
    }
  }
  return 0.0;
}

void Quantiser::process(StereoView view) {
  if (bits_ == 0) return;
  const double step = std::ldexp(1.0, 1 - bits_);
  const auto quantise = [&](float* samples, std::uint64_t& state) {
    for (int i = 0; i < view.frames; ++i) {
      const double dithered = static_cast<double>(samples[i]) + noise(state) * step;
      samples[i] = static_cast<float>(step_of(dithered, bits_) * step);
    }
  };
  quantise(view.left, states_[0]);
  quantise(view.right, states_[1]);
}

}  // namespace firn::audio
