#include "audio/quantise.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace firn::audio {
namespace {

constexpr int count = 400'000;

// Of the error in steps, quantising a constant.
struct Statistics {
  double mean = 0.0;
  double variance = 0.0;
};

Statistics error_of(Dither dither, double value_in_steps, Depth depth = Depth::int16) {
  const double full = std::ldexp(1.0, bits_of(depth) - 1);
  StereoBuffer buffer(count);
  std::fill(buffer.left.begin(), buffer.left.end(), static_cast<float>(value_in_steps / full));
  Quantiser(depth, dither, 1).process(buffer.view());
  Statistics result;
  for (const float sample : buffer.left) result.mean += sample * full - value_in_steps;
  result.mean /= count;
  for (const float sample : buffer.left) {
    result.variance += std::pow(sample * full - value_in_steps - result.mean, 2.0);
  }
  result.variance /= count;
  return result;
}

}  // namespace

TEST_CASE("SPEC F2: without dither a step is round(x * 2^(n-1)), ties to even, clipped") {
  CHECK(step_of(0.5 / 32768, 16) == 0);
  CHECK(step_of(1.5 / 32768, 16) == 2);
  CHECK(step_of(2.5 / 32768, 16) == 2);
  CHECK(step_of(-1.5 / 32768, 16) == -2);
  CHECK(step_of(1.0, 16) == 32767);
  CHECK(step_of(-1.0, 16) == -32768);
  CHECK(step_of(7.0, 24) == 8388607);
  CHECK(step_of(-7.0, 32) == std::numeric_limits<std::int32_t>::min());
  CHECK(step_of(7.0, 32) == std::numeric_limits<std::int32_t>::max());
  CHECK(step_of(std::numeric_limits<double>::infinity(), 16) == 32767);
  CHECK(step_of(std::numeric_limits<double>::quiet_NaN(), 16) == 0);
  CHECK(error_of(Dither::none, 0.25).mean == doctest::Approx(-0.25));
  CHECK(error_of(Dither::none, 0.25).variance == 0.0);
}

TEST_CASE("SPEC F1: dither makes the mean error zero at any level") {
  for (const double value : {0.0, 0.1, 0.25, 0.5, 0.9, 100.3, -0.4}) {
    CAPTURE(value);
    for (const auto depth : {Depth::int16, Depth::int24}) {
      CHECK(std::abs(error_of(Dither::rectangular, value, depth).mean) < 0.005);
      CHECK(std::abs(error_of(Dither::triangular, value, depth).mean) < 0.005);
    }
  }
}

TEST_CASE(
    "SPEC F1: triangular dither makes the error's power a quarter step squared at any level; rectangular does not") {
  for (const double value : {0.0, 0.1, 0.25, 0.5, 0.9}) {
    CAPTURE(value);
    CHECK(std::abs(error_of(Dither::triangular, value).variance - 0.25) < 0.005);
    const double part = value - std::floor(value);
    CHECK(std::abs(error_of(Dither::rectangular, value).variance - part * (1.0 - part)) < 0.005);
  }
}

TEST_CASE("SPEC F1: dither repeats itself, and another seed or the other side gives other noise") {
  const auto quantised = [](std::uint64_t seed, int block) {
    StereoBuffer buffer(10'000);
    Quantiser quantiser(Depth::int16, Dither::triangular, seed);
    for (int at = 0; at < 10'000; at += block) {
      quantiser.process(buffer.view().part(at, std::min(block, 10'000 - at)));
    }
    return buffer;
  };
  CHECK(quantised(5, 10'000) == quantised(5, 17));
  CHECK(quantised(5, 10'000) != quantised(6, 10'000));
  const auto silence = quantised(5, 10'000);
  double product = 0.0, power = 0.0;
  for (std::size_t i = 0; i < silence.left.size(); ++i) {
    product += silence.left[i] * silence.right[i];
    power += silence.left[i] * silence.left[i];
  }
  CHECK(std::abs(product / power) < 0.05);
}

TEST_CASE("Quantising twice changes nothing, and float depth changes nothing at all") {
  StereoBuffer buffer(1000);
  for (std::size_t i = 0; i < 1000; ++i) buffer.left[i] = std::sin(static_cast<float>(i)) * 1.1f;
  const auto original = buffer;
  Quantiser(Depth::float32, Dither::triangular, 1).process(buffer.view());
  CHECK(buffer == original);
  for (const auto depth : {Depth::int16, Depth::int24, Depth::int32}) {
    auto once = original;
    Quantiser(depth, Dither::none, 1).process(once.view());
    auto twice = once;
    Quantiser(depth, Dither::none, 1).process(twice.view());
    CHECK(once == twice);
    if (depth == Depth::int32) continue;  // the highest step, 2^31 - 1, is 2^31 as a float
    for (const float sample : once.left) {
      REQUIRE(step_of(sample, bits_of(depth)) == std::nearbyint(sample * std::ldexp(1.0, bits_of(depth) - 1)));
    }
  }
}

}  // namespace firn::audio
