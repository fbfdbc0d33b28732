// Compressor, gate and limiter.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>

#include "devices/audio_effects/effect_run.hpp"

namespace firn::devices::test {
namespace {

// All of one height, so that a peak detector sees one level; too fast for the detector's low cut to matter.
audio::StereoBuffer square(int frames, double level) {
  audio::StereoBuffer buffer(frames);
  const auto height = static_cast<float>(std::pow(10.0, level / 20.0));
  for (std::size_t n = 0; n < buffer.left.size(); ++n) {
    buffer.left[n] = buffer.right[n] = n % 2 == 0 ? height : -height;
  }
  return buffer;
}

// The static curve of Giannoulis, Massberg and Reiss, "Digital Dynamic Range Compressor Design" (2012), eq. 4: the change in dB.
double curve(double level, double threshold, double ratio, double knee) {
  const double over = level - threshold;
  if (2.0 * over < -knee) return 0.0;
  if (2.0 * over >= knee) return over / ratio - over;
  return (1.0 / ratio - 1.0) * (over + knee / 2.0) * (over + knee / 2.0) / (2.0 * knee);
}

}  // namespace

TEST_CASE("the compressor settles on its static curve") {
  CHECK(rc::check("peak detector", [] {
    const double level = *rc::gen::inRange(-60, 7);
    const double threshold = *rc::gen::inRange(-60, 1);
    const double ratio = *rc::gen::inRange(10, 1000) / 10.0;
    const double knee = *rc::gen::inRange(0, 25);
    const double makeup = *rc::gen::inRange(0, 20);
    const int rate = *rc::gen::element(44100, 48000, 96000);
    Settings settings = with(with(settings_of("compressor"), "threshold", threshold), "ratio", ratio);
    settings = with(with(with(settings, "knee", knee), "makeup", makeup), "attack", 1.0);
    const audio::StereoBuffer out = output_of(settings, square(rate / 5, level), {.rate = {rate}});
    const double change = decibels(std::abs(static_cast<double>(out.left.back()))) - level;
    RC_ASSERT(std::abs(change - (curve(level, threshold, ratio, knee) + makeup)) < 0.05);
  }));
}

TEST_CASE("the compressor changes nothing below its threshold, bit for bit") {
  const audio::StereoBuffer input = noise(10000, 0.05f, 3);
  CHECK(output_of(settings_of("compressor"), input, {.rate = {48000}}) == input);
}

TEST_CASE("the compressor's attack and release are its time constants") {
  const time::SampleRate rate{48000};
  Settings settings = with(with(settings_of("compressor"), "threshold", -20.0), "knee", 0.0);
  settings = with(with(with(settings, "ratio", 2.0), "attack", 10.0), "release", 100.0);
  audio::StereoBuffer input = square(rate.hertz, 0.0);
  input.append(square(rate.hertz, -30.0).view());
  const audio::StereoBuffer out = output_of(settings, input, {.rate = rate});
  const double reached = 1.0 - std::exp(-1.0);
  const auto change_at = [&](std::size_t n) {
    return decibels(std::abs(static_cast<double>(out.left[n] / input.left[n])));
  };
  CHECK(change_at(480) == doctest::Approx(-10.0 * reached).epsilon(0.02));
  CHECK(change_at(47999) == doctest::Approx(-10.0).epsilon(0.001));
  CHECK(change_at(48000 + 4800) == doctest::Approx(-10.0 * std::exp(-1.0)).epsilon(0.02));
}

TEST_CASE("the compressor listens to its side-chain, and only there, when one is connected") {
  Settings settings = with(settings_of("compressor"), "threshold", -30.0);
  const audio::StereoBuffer input = square(20000, -10.0);
  const audio::StereoBuffer silence(20000);
  Run run{.rate = {48000}};
  run.side_chain = silence.view();
  CHECK(output_of(settings, input, run) == input);
  const audio::StereoBuffer quiet = square(20000, -50.0);
  const audio::StereoBuffer loud = square(20000, 0.0);
  run.side_chain = loud.view();
  const audio::StereoBuffer ducked = output_of(settings, quiet, run);
  CHECK(decibels(std::abs(static_cast<double>(ducked.left.back()))) == doctest::Approx(-50.0 - 22.5).epsilon(0.001));
}

TEST_CASE("the compressor's mix at 0 is dry, and rms sees a sine 3 dB lower than peak does") {
  const audio::StereoBuffer loud = square(20000, 0.0);
  CHECK(output_of(with(settings_of("compressor"), "mix", 0.0), loud, {.rate = {48000}}) == loud);
  const time::SampleRate rate{48000};
  Settings settings = with(with(settings_of("compressor"), "threshold", -20.0), "knee", 0.0);
  settings = with(with(settings, "ratio", 100.0), "release", 1000.0);
  const audio::StereoBuffer input = sine(2 * rate.hertz, 1000.0, 1.0, rate);
  const audio::StereoBuffer out = output_of(with(settings, "detector", 1.0), input, {.rate = rate});
  CHECK(level_at(out.left, 48000, 1000.0, rate) == doctest::Approx(-(20.0 - 3.01) * 0.99).epsilon(0.01));
}

TEST_CASE("the gate opens above its threshold, holds, and closes to its range") {
  const time::SampleRate rate{48000};
  Settings settings = with(with(settings_of("gate"), "threshold", -20.0), "range", -40.0);
  settings = with(with(with(settings, "attack", 1.0), "hold", 10.0), "release", 50.0);
  audio::StereoBuffer input = square(4800, -30.0);
  input.append(square(4800, -10.0).view());
  input.append(square(24000, -30.0).view());
  const audio::StereoBuffer out = output_of(settings, input, {.rate = rate});
  const auto change_at = [&](std::size_t n) {
    return decibels(std::abs(static_cast<double>(out.left[n] / input.left[n])));
  };
  CHECK(change_at(0) == doctest::Approx(-40.0));
  CHECK(change_at(4799) == doctest::Approx(-40.0));
  CHECK(change_at(4800 + 24) == doctest::Approx(decibels(0.5)).epsilon(0.1));  // half of 1 ms, in a straight line
  CHECK(out.left[4800 + 49] == input.left[4800 + 49]);                         // open is exact
  CHECK(out.left[9600 + 470] == input.left[9600 + 470]);                       // 10 ms
  CHECK(out.left[9600 + 490] != input.left[9600 + 490]);
  CHECK(change_at(9600 + 480 + 2400) < -35.0);
  CHECK(change_at(input.left.size() - 1) == doctest::Approx(-40.0).epsilon(0.001));
}

TEST_CASE("the gate does not chatter between its two thresholds, and closes to exact silence at its lowest range") {
  Settings settings = with(with(settings_of("gate"), "threshold", -20.0), "hysteresis", 6.0);
  settings = with(with(with(settings, "hold", 1.0), "release", 1.0), "attack", 0.05);
  audio::StereoBuffer input = square(480, -24.0);
  input.append(square(480, -19.0).view());
  input.append(square(4800, -24.0).view());
  input.append(square(48000, -27.0).view());
  const audio::StereoBuffer out = output_of(settings, input, {.rate = {48000}});
  CHECK(out.left[400] == 0.0f);
  CHECK(out.left[900] == input.left[900]);
  CHECK(out.left[5700] == input.left[5700]);
  CHECK(std::abs(out.left[5760 + 200]) < 1e-4f);
}

TEST_CASE("the gate opens to its side-chain") {
  const audio::StereoBuffer input = square(9600, -60.0);
  const audio::StereoBuffer key = square(9600, 0.0);
  const Run run{.rate = {48000}, .side_chain = key.view()};
  CHECK(output_of(settings_of("gate"), input, run).left.back() == input.left.back());
  CHECK(output_of(settings_of("gate"), input, {.rate = {48000}}).left.back() == 0.0f);
}

TEST_CASE("the limiter never lets a sample above its ceiling") {
  CHECK(rc::check("ceiling", [] {
    const double ceiling = *rc::gen::inRange(-240, 1) / 10.0;
    const double ahead = *rc::gen::inRange(5, 101) / 10.0;
    const double release = *rc::gen::inRange(1, 300);
    const int rate = *rc::gen::element(8000, 44100, 48000, 96000, 192000, 384000);
    const float height = *rc::gen::element(0.5f, 1.0f, 8.0f, 1000.0f);
    Settings settings = with(with(settings_of("limiter"), "ceiling", ceiling), "look-ahead", ahead);
    settings = with(with(settings, "release", release), "gain", *rc::gen::inRange(-24, 37));
    audio::StereoBuffer input = noise(3000, height, *rc::gen::arbitrary<unsigned>());
    for (int n = 0; n < 3000; ++n) {
      if (n / 500 % 2 == 0 && n % 97 != 0) input.left[static_cast<std::size_t>(n)] *= 0.01f;
    }
    const auto highest = static_cast<float>(std::pow(10.0, static_cast<double>(static_cast<float>(ceiling)) / 20.0));
    const audio::StereoBuffer out = output_of(settings, input, {.rate = {rate}});
    RC_ASSERT(peak_of(out.left) <= highest);
    RC_ASSERT(peak_of(out.right) <= highest);
  }));
}

TEST_CASE("the limiter brings its gain down ahead of a peak, without clipping it") {
  const time::SampleRate rate{48000};
  const Settings settings = with(settings_of("limiter"), "ceiling", -6.0);
  const auto latency = static_cast<std::size_t>(facts_of(settings, rate, {}).latency.count);
  CHECK(latency == 96);
  audio::StereoBuffer input(9600);
  for (std::size_t n = 0; n < input.left.size(); ++n) input.left[n] = input.right[n] = n == 4800 ? 1.0f : 0.1f;
  const audio::StereoBuffer out = output_of(settings, input, {.rate = rate});
  CHECK(out.left[4700] == 0.1f);
  CHECK(out.left[4800 + latency] == doctest::Approx(std::pow(10.0, -0.3)).epsilon(1e-5));
  CHECK(out.left[4800 + latency - 1] == doctest::Approx(0.1 * std::pow(10.0, -0.3)).epsilon(0.02));
  CHECK(out.left[4800 + latency - 48] < 0.08f);  // halfway down: a ramp, not a step
  CHECK(out.left[4800 + latency - 48] > 0.07f);
  CHECK(out.left[9599] == doctest::Approx(0.1).epsilon(0.05));
}

TEST_CASE("the limiter's gain alone is low enough at a peak: the other side shows it, with the shortest release") {
  const time::SampleRate rate{48000};
  for (const double ahead : {0.5, 2.0, 5.5, 10.0}) {
    CAPTURE(ahead);
    const Settings settings =
        with(with(with(settings_of("limiter"), "ceiling", -12.0), "release", 1.0), "look-ahead", ahead);
    audio::StereoBuffer input(4800);
    std::fill(input.right.begin(), input.right.end(), 0.1f);
    input.left[2000] = 1.0f;
    const audio::StereoBuffer out = output_of(settings, input, {.rate = rate});
    const auto at = static_cast<std::size_t>(2000 + facts_of(settings, rate, {}).latency.count);
    CHECK(out.right[at] == doctest::Approx(0.1 * std::pow(10.0, -0.6)).epsilon(1e-6));
    CHECK(out.right[at - 2] > out.right[at]);
    CHECK(out.right[at + 1] > out.right[at]);
  }
}

TEST_CASE("the limiter is a pure delay below its ceiling, of the latency in its facts, at every rate and look-ahead") {
  for (const int hertz : {8000, 44100, 48000, 88200, 96000, 176400, 192000, 384000}) {
    for (int tenths = 5; tenths <= 100; tenths += 9) {
      CAPTURE(hertz);
      CAPTURE(tenths);
      const Settings settings = with(settings_of("limiter"), "look-ahead", tenths / 10.0);
      const auto latency = static_cast<int>(facts_of(settings, {hertz}, {}).latency.count);
      const audio::StereoBuffer input = noise(4200, 0.9f, 4);
      const audio::StereoBuffer out = output_of(settings, input, {.rate = {hertz}});
      CHECK(peak_of({out.left.begin(), out.left.begin() + latency}) == 0.0f);
      CHECK(std::equal(out.left.begin() + latency, out.left.end(), input.left.begin()));
    }
  }
}

}  // namespace firn::devices::test
