#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "devices/audio_effects/effect_run.hpp"

namespace firn::devices::test {
namespace {

Settings wet_delay() { return with(settings_of("delay"), "mix", 100.0); }

std::vector<std::size_t> positions(const std::vector<float>& plane, float above) {
  std::vector<std::size_t> found;
  for (std::size_t n = 0; n < plane.size(); ++n) {
    if (std::abs(plane[n]) > above) found.push_back(n);
  }
  return found;
}

}  // namespace

TEST_CASE("the delay's first echo is its input, exactly, at the frame of its time") {
  for (const int hertz : {8000, 44100, 48000, 96000, 192000, 384000}) {
    for (const double time : {1.0, 10.0, 350.0, 5000.0}) {
      CAPTURE(hertz);
      CAPTURE(time);
      const auto frames = static_cast<int>(std::lround(time * hertz / 1000.0));
      audio::StereoBuffer input = noise(8, 0.8f, 2);
      input.append(audio::StereoBuffer(frames).view());
      const Settings settings = with(with(wet_delay(), "time", time), "feedback", 0.0);
      const audio::StereoBuffer out = output_of(settings, input, {.rate = {hertz}});
      CHECK(peak_of({out.left.begin(), out.left.begin() + frames}) == 0.0f);
      CHECK(std::equal(out.left.begin() + frames, out.left.end(), input.left.begin()));
      CHECK(std::equal(out.right.begin() + frames, out.right.end(), input.right.begin()));
    }
  }
}

TEST_CASE("the delay's echoes are all a time apart and fall by its feedback") {
  Settings settings = with(with(wet_delay(), "time", 100.0), "feedback", 50.0);
  settings = with(settings, "high-cut", 20000.0);
  const audio::StereoBuffer out = output_of(settings, impulse(19000), {.rate = {48000}});
  CHECK(positions(out.left, 0.2f) == std::vector<std::size_t>{4800, 9600});
  CHECK(out.left[4800] == 1.0f);
  CHECK(out.left[9600] == doctest::Approx(0.5 * 0.79).epsilon(0.01));  // its filters spread the rest over a few samples
  CHECK(std::abs(out.left[14399]) < 0.001f);
  CHECK(out.left[14400] == doctest::Approx(0.25 * 0.79 * 0.79).epsilon(0.01));
}

TEST_CASE("the delay in note lengths follows the tempo, to the frame") {
  const time::TempoMap tempo = time::TempoMap::make({{time::Beats{}, 100.0, false}}, {{time::Beats{}, 4, 4}}).value();
  Settings settings = with(with(wet_delay(), "sync", 1.0), "feedback", 0.0);
  const auto first_echo = [&](double note, const time::TempoMap* map) {
    const audio::StereoBuffer input = impulse(300000);
    const Run run{.rate = {48000}, .at = 5, .tempo = map};
    return positions(output_of(with(settings, "note", note), input, run).left, 0.5f).at(0);
  };
  CHECK(first_echo(8.0, &tempo) == 28800);    // 1/4
  CHECK(first_echo(7.0, &tempo) == 21600);    // 1/8D
  CHECK(first_echo(6.0, &tempo) == 19200);    // 1/4T
  CHECK(first_echo(13.0, &tempo) == 115200);  // 1/1
  const time::TempoMap slow = time::TempoMap::make({{time::Beats{}, 30.0, false}}, {{time::Beats{}, 4, 4}}).value();
  CHECK(first_echo(13.0, &slow) == 192000);  // 8 s don't fit: halved
}

TEST_CASE("the delay's new time after a tempo step fades in, and the cuts into blocks don't matter") {
  const time::TempoMap tempo =
      time::TempoMap::make({{time::Beats{}, 120.0, false}, {time::Beats::quarters(2), 240.0, false}},
                           {{time::Beats{}, 4, 4}})
          .value();
  Settings settings = with(with(with(wet_delay(), "sync", 1.0), "feedback", 0.0), "note", 8.0);
  audio::StereoBuffer input(96000);
  for (const std::size_t n : {0U, 60000U}) input.left[n] = input.right[n] = 1.0f;
  Run run{.rate = {48000}, .tempo = &tempo};
  const audio::StereoBuffer out = output_of(settings, input, run);
  CHECK(positions(out.left, 0.5f) == std::vector<std::size_t>{24000, 72000});
  run.next_cut = [] { return 7; };
  CHECK(output_of(settings, input, run) == out);
}

TEST_CASE("the ping-pong delay starts on the left and changes sides") {
  Settings settings = with(with(wet_delay(), "time", 100.0), "ping-pong", 1.0);
  settings = with(settings, "high-cut", 20000.0);
  const audio::StereoBuffer out = output_of(settings, impulse(20000), {.rate = {48000}});
  CHECK(out.left[4800] == 1.0f);
  CHECK(out.right[4800] == 0.0f);
  CHECK(out.left[9600] == 0.0f);
  CHECK(out.right[9600] == doctest::Approx(0.4).epsilon(0.15));
  CHECK(out.left[14400] > 0.08f);
}

TEST_CASE("the delay's feedback loop filters: the second echo is darker than the first") {
  const Settings settings = with(with(with(wet_delay(), "time", 200.0), "high-cut", 1000.0), "feedback", 90.0);
  audio::StereoBuffer input = noise(4800, 0.5f, 3);
  input.append(audio::StereoBuffer(48000).view());
  const audio::StereoBuffer out = output_of(settings, input, {.rate = {48000}});
  const auto sharpness = [&](int echo) {
    double difference = 0.0;
    double sum = 0.0;
    for (std::size_t n = 0; n < 4800; ++n) {
      const std::size_t at = static_cast<std::size_t>(echo) * 9600 + n;
      difference += std::abs(static_cast<double>(out.left[at + 1] - out.left[at]));
      sum += std::abs(static_cast<double>(out.left[at]));
    }
    return difference / sum;
  };
  CHECK(sharpness(2) < 0.6 * sharpness(1));
  CHECK(sharpness(3) < sharpness(2));
}

TEST_CASE("the delay at mix 0 is dry") {
  const audio::StereoBuffer input = noise(30000, 0.9f, 2);
  CHECK(output_of(with(settings_of("delay"), "mix", 0.0), input, {.rate = {48000}}) == input);
}

TEST_CASE("SPEC C1: the delay's tail covers its echoes to -120 dB, up to 60 s") {
  const time::SampleRate rate{48000};
  const auto seconds = [&](const Settings& settings, double bpm = 120.0) {
    const auto tempo = time::TempoMap::make({{{}, 500.0, true}, {time::Beats::quarters(4), bpm, false}}, {{{}, 4, 4}});
    return seconds_of(facts_of(settings, rate, *tempo).tail, rate).count;
  };
  const Settings settings = with(with(settings_of("delay"), "time", 500.0), "feedback", 50.0);
  CHECK(seconds(settings) == doctest::Approx(0.5 * 21));
  CHECK(seconds(with(settings, "feedback", 0.0)) == doctest::Approx(0.5));
  CHECK(seconds(with(settings, "feedback", 98.0)) == doctest::Approx(60.0));
  const Settings synced = with(with(settings, "sync", 1.0), "note", 8.0);
  CHECK(seconds(synced) == doctest::Approx(0.5 * 21));
  CHECK(seconds(synced, 30.0) == doctest::Approx(2.0 * 21));
  CHECK(seconds(with(synced, "feedback", 10.0), 5.0) == doctest::Approx(5.0 * 7));  // halved where it is longer

  const Settings open = with(with(settings, "mix", 100.0), "high-cut", 20000.0);
  const audio::StereoBuffer out = output_of(open, impulse(12 * rate.hertz), {.rate = rate});
  const auto tail = static_cast<std::ptrdiff_t>(facts_of(open, rate, {}).tail.count);
  CHECK(peak_of({out.left.begin() + tail + 1, out.left.end()}) < 1e-6f);
}

}  // namespace firn::devices::test
