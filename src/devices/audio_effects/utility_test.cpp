#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>

#include "devices/audio_effects/effect_run.hpp"

namespace firn::devices::test {

TEST_CASE("utility at its defaults changes nothing, bit for bit, negative zero included") {
  for (const int hertz : {8000, 44100, 48000, 96000, 192000, 384000}) {
    audio::StereoBuffer input = noise(10000, 3.0f, 9);
    input.left[5] = -0.0f;
    input.right[5] = -0.0f;
    const audio::StereoBuffer out = output_of(settings_of("utility"), input, {.rate = {hertz}});
    for (std::size_t n = 0; n < out.left.size(); ++n) {
      REQUIRE(std::bit_cast<std::uint32_t>(out.left[n]) == std::bit_cast<std::uint32_t>(input.left[n]));
      REQUIRE(std::bit_cast<std::uint32_t>(out.right[n]) == std::bit_cast<std::uint32_t>(input.right[n]));
    }
  }
}

TEST_CASE("utility: gain sounds from the first sample on, and -100 dB is silence") {
  const audio::StereoBuffer input = noise(1000, 0.5f, 9);
  const audio::StereoBuffer out = output_of(with(settings_of("utility"), "gain", -6.0), input, {.rate = {48000}});
  for (std::size_t n = 0; n < out.left.size(); ++n) {
    CHECK(out.left[n] == doctest::Approx(static_cast<double>(input.left[n]) * std::pow(10.0, -0.3)).epsilon(1e-6));
  }
  const audio::StereoBuffer none = output_of(with(settings_of("utility"), "gain", -100.0), input, {.rate = {48000}});
  CHECK(peak_of(none.left) == 0.0f);
}

TEST_CASE("utility: after gain has been elsewhere, 0 dB is exact again") {
  const audio::StereoBuffer input = noise(48000, 0.5f, 9);
  Run run{.rate = {48000}};
  run.changes = {{160, 0, -12.0}, {1600, 0, 0.0}};
  const audio::StereoBuffer out = output_of(settings_of("utility"), input, run);
  CHECK(std::equal(out.left.begin(), out.left.begin() + 160, input.left.begin()));
  CHECK(out.left[1000] != input.left[1000]);
  CHECK(std::equal(out.left.begin() + 10000, out.left.end(), input.left.begin() + 10000));
}

TEST_CASE("utility: a step of gain takes effect at its sample and is nearly there after 10 ms") {
  audio::StereoBuffer input(4800);
  std::fill(input.left.begin(), input.left.end(), 1.0f);
  Run run{.rate = {48000}};
  run.changes = {{1600, 0, -20.0}};
  const audio::StereoBuffer out = output_of(settings_of("utility"), input, run);
  CHECK(out.left[1599] == 1.0f);
  CHECK(out.left[1600] < 1.0f);
  CHECK(out.left[1600] > 0.98f);
  CHECK(out.left[2080] == doctest::Approx(0.1).epsilon(0.1));
}

TEST_CASE("utility: polarity, swap, mono, width, balance") {
  const audio::StereoBuffer input = noise(100, 0.5f, 9);
  const auto out_of = [&](const char* parameter, double value) {
    return output_of(with(settings_of("utility"), parameter, value), input, {.rate = {48000}});
  };
  const audio::StereoBuffer inverted = out_of("invert-left", 1.0);
  const audio::StereoBuffer swapped = out_of("swap", 1.0);
  const audio::StereoBuffer mono = out_of("mono", 1.0);
  const audio::StereoBuffer narrow = out_of("width", 0.0);
  const audio::StereoBuffer wide = out_of("width", 200.0);
  const audio::StereoBuffer right_only = out_of("balance", 100.0);
  CHECK(swapped.left == input.right);
  CHECK(swapped.right == input.left);
  CHECK(mono == narrow);
  CHECK(right_only.right == input.right);
  CHECK(peak_of(right_only.left) == 0.0f);
  for (std::size_t n = 0; n < input.left.size(); ++n) {
    CHECK(inverted.left[n] == -input.left[n]);
    CHECK(inverted.right[n] == input.right[n]);
    CHECK(mono.left[n] == (input.left[n] + input.right[n]) / 2.0f);
    CHECK(mono.right[n] == mono.left[n]);
    CHECK(wide.left[n] - wide.right[n] == doctest::Approx(2.0f * (input.left[n] - input.right[n])).epsilon(1e-5));
  }
}

TEST_CASE("utility: the DC filter takes DC away and leaves the rest") {
  const time::SampleRate rate{48000};
  audio::StereoBuffer input = sine(2 * rate.hertz, 440.0, 0.5, rate);
  for (float& sample : input.left) sample += 0.3f;
  const audio::StereoBuffer out = output_of(with(settings_of("utility"), "dc-filter", 1.0), input, {.rate = rate});
  double mean = 0.0;
  for (std::size_t n = out.left.size() / 2; n < out.left.size(); ++n) mean += static_cast<double>(out.left[n]);
  CHECK(std::abs(mean / rate.hertz) < 1e-5);
  CHECK(level_at(out.left, out.left.size() / 2, 440.0, rate) == doctest::Approx(-6.02).epsilon(0.001));
}

}  // namespace firn::devices::test
