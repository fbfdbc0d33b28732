#include "audio/loudness.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <utility>

#include "audio/resample.hpp"

namespace firn::audio {
namespace {

using std::numbers::pi;

// Adds a stereo sine of `level` dBFS (peak), in blocks of an odd size.
void add_sine(LoudnessMeter& meter, int rate, double hertz, double level, double seconds, double phase = 0.0) {
  const auto frames = static_cast<int>(rate * seconds);
  StereoBuffer sine(frames);
  for (int i = 0; i < frames; ++i) {
    const auto at = static_cast<std::size_t>(i);
    sine.left[at] = static_cast<float>(std::pow(10.0, level / 20) * std::sin(2 * pi * hertz * i / rate + phase));
    sine.right[at] = sine.left[at];
  }
  for (int at = 0; at < frames; at += 997) meter.add(sine.view().part(at, std::min(997, frames - at)));
}

}  // namespace

TEST_CASE("SPEC F4: integrated loudness meets EBU Tech 3341") {
  for (const int rate : {44100, 48000, 96000}) {
    CAPTURE(rate);
    {  // case 1
      LoudnessMeter meter({rate});
      add_sine(meter, rate, 1000, -23.0, 20);
      CHECK(std::abs(meter.loudness().integrated + 23.0) < 0.1);
      CHECK(std::abs(20 * std::log10(meter.loudness().sample_peak) + 23.0) < 0.01);
    }
    {  // case 2
      LoudnessMeter meter({rate});
      add_sine(meter, rate, 1000, -33.0, 20);
      CHECK(std::abs(meter.loudness().integrated + 33.0) < 0.1);
    }
    {  // case 3: the quiet parts are gated out
      LoudnessMeter meter({rate});
      add_sine(meter, rate, 1000, -36.0, 10);
      add_sine(meter, rate, 1000, -23.0, 60);
      add_sine(meter, rate, 1000, -36.0, 10);
      CHECK(std::abs(meter.loudness().integrated + 23.0) < 0.1);
    }
  }
}

TEST_CASE("SPEC F4: true peak meets EBU Tech 3341: what lies between the samples counts") {
  LoudnessMeter meter({48000});
  add_sine(meter, 48000, 12000, 20 * std::log10(0.5), 1.0, pi / 4);  // case 16: samples reach -9.03 dBFS only
  CHECK(meter.loudness().true_peak < -6.0 + 0.2);
  CHECK(meter.loudness().true_peak > -6.0 - 0.4);
  CHECK(20 * std::log10(meter.loudness().sample_peak) < -9.0);
}

TEST_CASE(
    "SPEC F4: the true peak of noise, which lies high in the spectrum, is that of its sound at sixteen times the "
    "rate") {
  for (const int rate : {44100, 48000, 96000, 192000}) {
    CAPTURE(rate);
    StereoBuffer noise(rate * 2);
    std::mt19937 random(5);
    std::uniform_real_distribution<float> value(-0.25f, 0.25f);
    for (float& sample : noise.left) sample = value(random);
    noise.right = noise.left;
    LoudnessMeter meter({rate});
    LoudnessMeter mono({rate}, 1);
    for (int at = 0; at < noise.frames(); at += 997) {
      const auto part = std::as_const(noise).view().part(at, std::min(997, noise.frames() - at));
      meter.add(part);
      mono.add({part.left, nullptr, part.frames});
    }
    StereoBuffer fine;
    Resampler oversampler({rate}, {rate * (rate < 192'000 ? 16 : 1)});
    oversampler.process(std::as_const(noise).view(), fine);
    oversampler.finish(fine);
    float peak = 0.0f;
    for (const float sample : fine.left) peak = std::max(peak, std::abs(sample));
    CHECK(std::abs(meter.loudness().true_peak - 20 * std::log10(peak)) < 0.1);
    CHECK(mono.loudness().true_peak == meter.loudness().true_peak);
  }
}

TEST_CASE("SPEC F4: loudness range meets EBU Tech 3342") {
  LoudnessMeter meter({48000});
  add_sine(meter, 48000, 1000, -20.0, 20);
  add_sine(meter, 48000, 1000, -30.0, 20);
  CHECK(std::abs(meter.loudness().range - 10.0) < 1.0);
}

TEST_CASE("Silence, and nothing at all, have no loudness") {
  constexpr double minus_infinity = -std::numeric_limits<double>::infinity();
  const Loudness none{minus_infinity, 0.0, minus_infinity, 0.0};
  CHECK(LoudnessMeter({48000}).loudness() == none);
  LoudnessMeter meter({48000});
  meter.add(StereoBuffer(100'000).view());
  CHECK(meter.loudness() == none);
}

TEST_CASE("One channel is 3 LU quieter than two of it") {
  LoudnessMeter mono({48000}, 1);
  add_sine(mono, 48000, 1000, -20.0, 5);
  LoudnessMeter stereo({48000}, 2);
  add_sine(stereo, 48000, 1000, -20.0, 5);
  CHECK(std::abs(stereo.loudness().integrated - mono.loudness().integrated - 3.01) < 0.01);
}

}  // namespace firn::audio
