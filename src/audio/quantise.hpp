// Quantising: from float to the steps of an n-bit integer, with or without dither. One thread at a time.
//
// The integer of x is round(x * 2^(n-1)), halves to even, clipped to [-2^(n-1), 2^(n-1) - 1]. Dither is white noise added
// before rounding, in steps: rectangular in [-1/2, 1/2), triangular the sum of two such, in (-1, 1): the triangular kind makes
// the error's mean and power independent of the signal (Lipshitz, Wannamaker, Vanderkooy, JAES 40(5), 1992).
#pragma once

#include <array>
#include <cstdint>

#include "audio/buffer.hpp"
#include "audio/sound_file.hpp"

namespace firn::audio {

enum class Dither { none, rectangular, triangular };

// Of the depth's integers; 0 for float.
int bits_of(Depth);

// The integer of `x`; 0 if it is not a number. `bits` is 2 to 32.
std::int32_t step_of(double x, int bits);

// The same depth, dither and seed give the same samples; the two sides get noise of their own.
class Quantiser {
 public:
  Quantiser(Depth, Dither, std::uint64_t seed);

  // Each sample becomes a step: integer / 2^(n-1), which SoundWriter then writes as that integer. At 32 bits a float holds
  // only steps of up to 24 digits, so larger samples get the nearest of those. Does nothing at float depth.
  void process(StereoView);

 private:
  double noise(std::uint64_t& state) const;

  int bits_;
  Dither dither_;
  std::array<std::uint64_t, 2> states_;  // left, right
};

}  // namespace firn::audio
