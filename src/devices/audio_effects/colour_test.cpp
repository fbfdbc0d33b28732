// Filter, saturator, chorus and phaser.
#include <doctest/doctest.h>

#include <cmath>

#include "devices/audio_effects/effect_run.hpp"

namespace firn::devices::test {
namespace {

constexpr time::SampleRate rate{48000};

double gain_at(const Settings& settings, double hertz) {
  const audio::StereoBuffer out = output_of(settings, sine(rate.hertz, hertz, 0.25, rate), {.rate = rate});
  return level_at(out.left, out.left.size() / 2, hertz, rate) - decibels(0.25);
}

Settings filter_at(double cutoff, double mode) {
  return with(with(settings_of("filter"), "cutoff", cutoff), "mode", mode);
}

}  // namespace

TEST_CASE("the filter falls by its slope, in each mode") {
  const Settings low = filter_at(500.0, 0.0);
  CHECK(gain_at(low, 50.0) == doctest::Approx(0.0).epsilon(0.02));
  CHECK(gain_at(low, 500.0) == doctest::Approx(decibels(0.71)).epsilon(0.01));
  CHECK(gain_at(low, 2000.0) - gain_at(low, 4000.0) == doctest::Approx(12.0).epsilon(0.05));
  const Settings steep = with(low, "slope", 1.0);
  CHECK(gain_at(steep, 2000.0) - gain_at(steep, 4000.0) == doctest::Approx(24.0).epsilon(0.05));
  const Settings high = filter_at(2000.0, 1.0);
  CHECK(gain_at(high, 400.0) - gain_at(high, 200.0) == doctest::Approx(12.0).epsilon(0.05));
  CHECK(gain_at(high, 15000.0) == doctest::Approx(0.0).epsilon(0.05));
  const Settings band = filter_at(1000.0, 2.0);
  CHECK(gain_at(band, 1000.0) == doctest::Approx(0.0).epsilon(0.01));
  CHECK(gain_at(band, 100.0) < -15.0);
  const Settings notch = filter_at(1000.0, 3.0);
  CHECK(gain_at(notch, 1000.0) < -60.0);
  CHECK(gain_at(notch, 50.0) == doctest::Approx(0.0).epsilon(0.05));
}

TEST_CASE("the filter's resonance lifts its cutoff") {
  CHECK(gain_at(with(filter_at(1000.0, 0.0), "resonance", 10.0), 1000.0) == doctest::Approx(20.0).epsilon(0.01));
}

TEST_CASE("the filter's LFO and envelope move the cutoff") {
  const Settings still = filter_at(300.0, 0.0);
  const Settings follows = with(still, "envelope-amount", 60.0);
  CHECK(gain_at(follows, 2000.0) > gain_at(still, 2000.0) + 6.0);
  const Settings swings = with(with(still, "lfo-amount", 24.0), "lfo-rate", 4.0);
  const audio::StereoBuffer out = output_of(swings, sine(rate.hertz, 1500.0, 0.5, rate), {.rate = rate});
  const auto level = [&](std::size_t from) {
    return peak_of({out.left.begin() + static_cast<std::ptrdiff_t>(from),
                    out.left.begin() + static_cast<std::ptrdiff_t>(from) + 500});
  };
  CHECK(level(12000 + 3000 - 250) > 3.0f * level(12000 + 9000 - 250));  // a quarter and three quarters of a cycle
  CHECK(out.left == out.right);
  const audio::StereoBuffer apart =
      output_of(with(swings, "lfo-spread", 180.0), sine(24000, 1500.0, 0.5, rate), {.rate = rate});
  CHECK(apart.left != apart.right);
}

TEST_CASE("the filter's drive at 0 dB is linear, above it distorts") {
  const Settings open = filter_at(20.0, 1.0);
  const auto third = [&](const Settings& settings) {
    const audio::StereoBuffer out = output_of(settings, sine(rate.hertz, 1000.0, 0.5, rate), {.rate = rate});
    return level_at(out.left, 24000, 3000.0, rate);
  };
  CHECK(third(open) < -120.0);
  CHECK(third(with(open, "drive", 12.0)) > -40.0);
}

TEST_CASE("each curve of the saturator bounds, distorts and keeps what is quiet") {
  for (int curve = 0; curve < 5; ++curve) {
    CAPTURE(curve);
    Settings settings = with(with(settings_of("saturator"), "curve", curve), "drive", 0.0);
    if (curve != 4) CHECK(gain_at(with(settings, "drive", -12.0), 1000.0) == doctest::Approx(-12.0).epsilon(0.01));
    settings = with(settings, "drive", 24.0);
    const audio::StereoBuffer out = output_of(settings, sine(rate.hertz, 1000.0, 0.8, rate), {.rate = rate});
    CHECK(peak_of(out.left) < 1.9f);
    CHECK(level_at(out.left, 24000, 3000.0, rate) > -40.0);
    const double second = level_at(out.left, 24000, 2000.0, rate);
    CHECK((curve == 4 ? second > -50.0 : second < -80.0));  // only the tube is lopsided
  }
}

TEST_CASE("the saturator's oversampling holds aliases down") {
  // The third harmonic of 10 kHz is 30 kHz: it would fold to 18 kHz.
  const Settings settings = with(settings_of("saturator"), "drive", 6.0);
  const audio::StereoBuffer out = output_of(settings, sine(rate.hertz, 10000.0, 0.5, rate), {.rate = rate});
  const double fundamental = level_at(out.left, 24000, 10000.0, rate);
  CHECK(level_at(out.left, 24000, 18000.0, rate) < fundamental - 60.0);
}

TEST_CASE("the saturator's mix at 0 is its input, late by its latency") {
  const audio::StereoBuffer input = noise(2000, 0.9f, 2);
  const Settings settings = with(settings_of("saturator"), "mix", 0.0);
  const auto latency = facts_of(settings, rate, {}).latency.count;
  const audio::StereoBuffer out = output_of(settings, input, {.rate = rate});
  CHECK(std::equal(out.left.begin() + latency, out.left.end(), input.left.begin()));
}

TEST_CASE("chorus and phaser: dry at mix 0, moving and wide at their defaults") {
  const audio::StereoBuffer input = sine(rate.hertz, 440.0, 0.5, rate);
  for (const char* name : {"chorus", "phaser"}) {
    CAPTURE(name);
    CHECK(output_of(with(settings_of(name), "mix", 0.0), input, {.rate = rate}) == input);
    const Settings settings = with(settings_of(name), "spread", 180.0);
    const audio::StereoBuffer out = output_of(settings, input, {.rate = rate});
    CHECK(out.left != out.right);
    CHECK(peak_of(out.left) < 1.0f);
    double difference = 0.0;  // from one period to one half a second later
    for (std::size_t n = 10000; n < 10109; ++n) {
      difference = std::max(difference, std::abs(static_cast<double>(out.left[n] - out.left[n + 24000])));
    }
    CHECK(difference > 0.01);
  }
}

TEST_CASE("the phaser cuts notches as deep as its stages are many") {
  const Settings still = with(with(with(settings_of("phaser"), "depth", 0.0), "feedback", 0.0), "frequency", 1000.0);
  for (int choice = 0; choice < 4; ++choice) {
    const int stages = choice == 0 ? 4 : choice == 1 ? 6 : choice == 2 ? 8 : 12;
    CAPTURE(stages);
    const audio::StereoBuffer out = output_of(with(still, "stages", choice), impulse(2000), {.rate = rate});
    int notches = 0;
    double before = 1.0;
    double last = 1.0;
    for (double f = 20.0; f < 23990.0; f *= 1.002) {
      const double now = std::abs(spectrum_at(out.left, f, rate));
      if (last < before && last < now && last < 0.1) ++notches;
      before = last;
      last = now;
    }
    CHECK(notches == stages / 2);
  }
}

}  // namespace firn::devices::test
