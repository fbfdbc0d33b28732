#include <doctest/doctest.h>

#include <cmath>

#include "devices/audio_effects/effect_run.hpp"

namespace firn::devices::test {
namespace {

Settings wet_reverb() { return with(settings_of("reverb"), "mix", 100.0); }

double energy(const std::vector<float>& plane, double from, double to, time::SampleRate rate) {
  double sum = 0.0;
  for (auto n = static_cast<std::size_t>(from * rate.hertz); n < static_cast<std::size_t>(to * rate.hertz); ++n) {
    sum += static_cast<double>(plane[n]) * static_cast<double>(plane[n]);
  }
  return sum;
}

// The time to -60 dB, from the fall between half and one and a half times the time it should be.
double measured_decay(const audio::StereoBuffer& out, double expected, time::SampleRate rate) {
  const double early = energy(out.left, 0.4 * expected, 0.6 * expected, rate);
  const double late = energy(out.left, 0.9 * expected, 1.1 * expected, rate);
  return 0.5 * expected * 60.0 / (10.0 * std::log10(early / late));
}

}  // namespace

TEST_CASE("the reverb decays by 60 dB in its decay time, at every rate and size") {
  for (const int hertz : {44100, 48000, 96000, 192000, 384000}) {
    for (const double decay : {0.8, 3.0}) {
      for (const double size : {30.0, 100.0}) {
        CAPTURE(hertz);
        CAPTURE(decay);
        CAPTURE(size);
        const time::SampleRate rate{hertz};
        Settings settings = with(with(with(wet_reverb(), "decay", decay), "size", size), "damping", 20000.0);
        settings = with(settings, "bass", 25.0);  // so that what rings on is the middle
        audio::StereoBuffer input = noise(hertz / 20, 0.5f, 1);
        input.append(audio::StereoBuffer(static_cast<int>(1.2 * decay * hertz)).view());
        const audio::StereoBuffer out = output_of(settings, input, {.rate = rate});
        CHECK(measured_decay(out, decay, rate) == doctest::Approx(decay).epsilon(0.1));
      }
    }
  }
}

TEST_CASE("the reverb's pre-delay moves its sound by whole frames") {
  const time::SampleRate rate{48000};
  const audio::StereoBuffer at_once = output_of(with(wet_reverb(), "pre-delay", 0.0), impulse(40000), {.rate = rate});
  const audio::StereoBuffer later = output_of(with(wet_reverb(), "pre-delay", 100.0), impulse(40000), {.rate = rate});
  CHECK(peak_of({later.left.begin(), later.left.begin() + 4800}) == 0.0f);
  CHECK(std::equal(later.left.begin() + 4800, later.left.end(), at_once.left.begin()));
}

TEST_CASE("the reverb: damping, width and mix") {
  const time::SampleRate rate{48000};
  const auto sharpness = [&](double damping) {
    audio::StereoBuffer input = noise(4800, 0.5f, 1);
    input.append(audio::StereoBuffer(48000).view());
    const audio::StereoBuffer out = output_of(with(wet_reverb(), "damping", damping), input, {.rate = rate});
    double difference = 0.0;
    double sum = 0.0;
    for (std::size_t n = 24001; n < out.left.size(); ++n) {
      difference += std::abs(static_cast<double>(out.left[n] - out.left[n - 1]));
      sum += std::abs(static_cast<double>(out.left[n]));
    }
    return difference / sum;
  };
  CHECK(sharpness(2000.0) < 0.6 * sharpness(16000.0));
  const audio::StereoBuffer narrow = output_of(with(wet_reverb(), "width", 0.0), noise(20000, 0.5f, 1), {.rate = rate});
  CHECK(narrow.left == narrow.right);
  CHECK(peak_of(narrow.left) > 0.01f);
  const audio::StereoBuffer wide = output_of(wet_reverb(), noise(20000, 0.5f, 1), {.rate = rate});
  CHECK(wide.left != wide.right);
  const audio::StereoBuffer input = noise(20000, 0.5f, 1);
  CHECK(output_of(with(settings_of("reverb"), "mix", 0.0), input, {.rate = rate}) == input);
}

TEST_CASE("the reverb falls silent altogether") {
  const time::SampleRate rate{48000};
  const Settings settings = with(wet_reverb(), "decay", 0.2);
  audio::StereoBuffer input = noise(4800, 0.5f, 1);
  input.append(audio::StereoBuffer(4 * rate.hertz).view());
  const audio::StereoBuffer out = output_of(settings, input, {.rate = rate});
  CHECK(peak_of({out.left.end() - rate.hertz, out.left.end()}) == 0.0f);
}

TEST_CASE("SPEC C1: the reverb's tail is its decay to -120 dB") {
  const time::SampleRate rate{48000};
  const auto seconds = [&](const Settings& settings) {
    return seconds_of(facts_of(settings, rate, {}).tail, rate).count;
  };
  CHECK(seconds(settings_of("reverb")) == doctest::Approx(4.02));
  CHECK(seconds(with(settings_of("reverb"), "bass", 200.0)) == doctest::Approx(8.02));
  CHECK(seconds(with(settings_of("reverb"), "decay", 30.0)) == doctest::Approx(60.0));
}

}  // namespace firn::devices::test
