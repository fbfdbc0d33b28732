#include "audio/resample.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <numbers>
#include <random>

namespace firn::audio {
namespace {

using std::numbers::pi;

StereoBuffer converted(const StereoBuffer& from, int from_rate, int to_rate, int block = 4096) {
  Resampler resampler({from_rate}, {to_rate});
  StereoBuffer to;
  for (int at = 0; at < from.frames(); at += block) {
    resampler.process(from.view().part(at, std::min(block, from.frames() - at)), to);
  }
  resampler.finish(to);
  return to;
}

// A sine with a Gaussian swell that is silent at both ends, so that the ideal at any rate is the same formula.
float swell(double seconds, double length, double hertz, double phase) {
  const double from_middle = (seconds - length / 2) / (length / 16);
  return static_cast<float>(0.5 * std::exp(-from_middle * from_middle / 2) *
                            std::sin(2 * pi * hertz * seconds + phase));
}

StereoBuffer swells(int frames, int rate, double length) {
  StereoBuffer buffer(frames);
  for (int i = 0; i < frames; ++i) {
    const double seconds = static_cast<double>(i) / rate;
    buffer.left[static_cast<std::size_t>(i)] = swell(seconds, length, 997.0, 0.0);
    buffer.right[static_cast<std::size_t>(i)] = swell(seconds, length, 3001.0, 1.0);
  }
  return buffer;
}

double decibels(double error, double reference) { return 20.0 * std::log10(error / reference); }

}  // namespace

TEST_CASE("Equal rates pass through, bit for bit") {
  auto noise = swells(10'000, 48000, 0.2);
  noise.left[7] = 3.5f;
  CHECK(converted(noise, 48000, 48000, 100) == noise);
}

TEST_CASE("SPEC F1: a resampled sine nulls against the ideal one below -120 dB, in place") {
  const double length = 2.0;
  const std::pair<int, int> rates[] = {{44100, 48000},  {48000, 44100}, {96000, 48000},
                                       {48000, 192000}, {22050, 48000}, {48000, 88200}};
  for (const auto& pair : rates) {
    const int from = pair.first;
    const int to = pair.second;
    CAPTURE(from);
    CAPTURE(to);
    const auto result = converted(swells(static_cast<int>(from * length), from, length), from, to);
    const auto ideal = swells(static_cast<int>(to * length), to, length);
    REQUIRE(result.frames() == ideal.frames());
    double worst = 0.0;
    for (std::size_t i = 0; i < ideal.left.size(); ++i) {
      worst = std::max({worst, std::abs(static_cast<double>(result.left[i]) - ideal.left[i]),
                        std::abs(static_cast<double>(result.right[i]) - ideal.right[i])});
    }
    MESSAGE(from << " -> " << to << " Hz: residual " << decibels(worst, 0.5) << " dB");
    CHECK(decibels(worst, 0.5) < -120.0);
  }
}

TEST_CASE("What the lower rate can't hold is gone, and does not fold back") {
  StereoBuffer high(96000);
  for (std::size_t i = 0; i < 96000; ++i) {
    high.left[i] = high.right[i] =
        static_cast<float>(0.5 * std::sin(2 * pi * 30'000.0 * static_cast<double>(i) / 96000));
  }
  const auto low = converted(high, 96000, 44100);
  double worst = 0.0;
  for (std::size_t i = 2000; i + 2000 < low.left.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(low.left[i])));
  }
  CHECK(decibels(worst, 0.5) < -120.0);
}

TEST_CASE("The length is round(frames * to / from), whatever the parts") {
  CHECK(rc::check("length, and the same samples for any parts", [] {
    const int rates[] = {8000, 11025, 22050, 32000, 44100, 48000, 88200, 96000, 192000, 384000};
    const int from = rates[*rc::gen::inRange(0, 10)];
    const int to = rates[*rc::gen::inRange(0, 10)];
    const int frames = *rc::gen::inRange(0, 6000);
    std::mt19937 random(static_cast<unsigned>(frames));
    std::uniform_real_distribution<float> value(-1.0f, 1.0f);
    StereoBuffer noise(frames);
    for (auto& sample : noise.left) sample = value(random);
    for (auto& sample : noise.right) sample = value(random);
    const auto whole = converted(noise, from, to, 10'000);
    RC_ASSERT(whole.frames() == static_cast<int>(std::floor(static_cast<double>(frames) * to / from + 0.5)));
    RC_ASSERT(converted(noise, from, to, *rc::gen::inRange(1, 700)) == whole);
  }));
}

TEST_CASE("Peaks above 1 are kept, and the sides do not mix") {
  auto loud = swells(48000, 48000, 1.0);
  for (auto& sample : loud.left) sample *= 8.0f;
  std::fill(loud.right.begin(), loud.right.end(), 0.0f);
  const auto result = converted(loud, 48000, 44100);
  CHECK(*std::max_element(result.left.begin(), result.left.end()) > 3.9f);
  CHECK(std::all_of(result.right.begin(), result.right.end(), [](float x) { return x == 0.0f; }));
}

TEST_CASE("What is pulled at another rate is the same sine, whatever is pulled at a time") {
  constexpr double hertz = 997.0;
  for (const auto& [from, to] : {std::pair(48'000, 44'100), {44'100, 48'000}, {96'000, 44'100}}) {
    std::int64_t given = 0;
    PullResampler resampler({from}, {to}, 1024, [&, rate = from](StereoView out) {
      for (int i = 0; i < out.frames; ++i, ++given)
        out.left[i] = out.right[i] = static_cast<float>(std::sin(2 * pi * hertz * static_cast<double>(given) / rate));
    });
    StereoBuffer sound(40'000);
    std::mt19937 random(7);
    for (int at = 0; at < sound.frames();) {
      const int frames = std::min(sound.frames() - at, 1 + static_cast<int>(random() % 1024));
      resampler.pull(sound.view().part(at, frames));
      at += frames;
    }
    // The sine that fits best, over whole seconds of it as nearly as can be, and what it leaves.
    double along = 0.0, across = 0.0;
    const auto phase = [&, rate = to](int i) { return 2 * pi * hertz * i / rate; };
    const int frames = static_cast<int>(std::lround(800.0 * to / hertz));
    for (int i = 0; i < frames; ++i) {
      along += 2.0 / frames * static_cast<double>(sound.left[static_cast<std::size_t>(i)]) * std::sin(phase(i));
      across += 2.0 / frames * static_cast<double>(sound.left[static_cast<std::size_t>(i)]) * std::cos(phase(i));
    }
    CHECK(std::hypot(along, across) == doctest::Approx(1.0).epsilon(1e-4));
    double worst = 0.0;
    for (int i = 0; i < frames; ++i) {
      const double fitted = along * std::sin(phase(i)) + across * std::cos(phase(i));
      worst = std::max(worst, std::abs(fitted - static_cast<double>(sound.left[static_cast<std::size_t>(i)])));
    }
    CHECK(decibels(worst, 1.0) < -75.0);
  }
}

}  // namespace firn::audio
