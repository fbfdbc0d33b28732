#include "devices/instruments/sampler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>

#include "audio/sound_file.hpp"
#include "devices/instruments/instrument_checks.hpp"

using namespace firn;
using namespace firn::devices;
using namespace firn::devices::testing;

namespace {

using Values = std::initializer_list<std::pair<std::string_view, double>>;

// A second of two sines that fade, another on each side, at a rate.
audio::StereoBuffer tones(int hertz) {
  audio::StereoBuffer buffer(hertz);
  for (int i = 0; i < hertz; ++i) {
    const double t = static_cast<double>(i) / hertz;
    const double fade = std::exp(-2.0 * t);
    buffer.left[static_cast<std::size_t>(i)] =
        static_cast<float>(0.5 * fade * std::sin(2.0 * std::numbers::pi * 441.0 * t));
    buffer.right[static_cast<std::size_t>(i)] =
        static_cast<float>(0.4 * fade * std::cos(2.0 * std::numbers::pi * 630.0 * t));
  }
  return buffer;
}

// A file that lives as long as this.
class TemporarySound {
 public:
  TemporarySound(const audio::StereoBuffer& sound, int hertz)
      : path_((std::filesystem::temp_directory_path() / ("firn_sampler_test_" + std::to_string(hertz) + ".wav"))
                  .string()) {
    auto writer = audio::SoundWriter::create(path_, {.rate = {hertz}});
    REQUIRE(writer.has_value());
    REQUIRE(writer->write(sound.view()).has_value());
    REQUIRE(writer->close().has_value());
  }
  ~TemporarySound() { std::filesystem::remove(path_); }
  TemporarySound(const TemporarySound&) = delete;
  TemporarySound& operator=(const TemporarySound&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<Processor> make(const TemporarySound& sound, Values values, time::SampleRate rate) {
  Settings settings = settings_of("sampler", values);
  settings.files["sample"] = base::Digest{{1}};
  auto made =
      make_processor(settings, rate, [&](const base::Digest&) -> base::Result<std::string> { return sound.path(); });
  REQUIRE(made.has_value());
  return std::move(*made);
}

// The greatest difference from `expected` over its length.
template <class Expected>
double difference(const audio::StereoBuffer& out, int from, int to, Expected&& expected) {
  double most = 0.0;
  for (int i = from; i < to; ++i) most = std::max(most, std::abs(out.left[static_cast<std::size_t>(i)] - expected(i)));
  return most;
}

}  // namespace

TEST_CASE("SPEC A2, A3: the sampler is equal for any cut and place, and ends") {
  const TemporarySound sound(tones(44'100), 44'100);
  check_instrument([&](time::SampleRate at) { return make(sound, {{"release", 0.3}}, at); }, 1.1);
  check_instrument(
      [&](time::SampleRate at) {
        return make(sound,
                    {{"loop", 1},
                     {"loop-start", 40},
                     {"loop-end", 60},
                     {"attack", 0.01},
                     {"filter-type", 1},
                     {"filter-resonance", 60},
                     {"filter-velocity", 24},
                     {"polyphony", 4},
                     {"release", 0.2}},
                    at);
      },
      0.21);
}

TEST_CASE("SPEC A3: the sampler's notes start on their frame, and the root key plays the file bit for bit") {
  const auto original = tones(48'000);
  const TemporarySound sound(original, 48'000);
  for (const int at : {0, 1, 15, 16, 1000}) {
    const auto out = play(*make(sound, {}, {48'000}), {note_on(at, 60, 127)},
                          {.frames = 48'000 + at + 10, .rate = {48'000}, .cut = {.size = 100}});
    CHECK(peak_of(out.view().part(0, at)) == 0.0f);
    CHECK(std::equal(original.left.begin(), original.left.end(), out.left.begin() + at));
    CHECK(std::equal(original.right.begin(), original.right.end(), out.right.begin() + at));
    CHECK(peak_of(out.view().part(48'000 + at, 10)) == 0.0f);
  }
}

TEST_CASE("the sampler transposes and converts rates as the sound's formula says") {
  const TemporarySound sound(tones(44'100), 44'100);
  const auto tone = [](double t) { return 0.5 * std::exp(-2.0 * t) * std::sin(2.0 * std::numbers::pi * 441.0 * t); };
  for (const int hertz : {44'100, 48'000, 96'000}) {
    for (const int key : {48, 60, 67}) {
      CAPTURE(hertz);
      CAPTURE(key);
      const auto out = play(*make(sound, {}, {hertz}), {note_on(0, key, 127)}, {.frames = 20'000, .rate = {hertz}});
      const double ratio = std::exp2((key - 60) / 12.0) / hertz;
      CHECK(difference(out, 40, 20'000, [&](int i) { return tone(i * ratio); }) < 2e-4);
    }
  }
  const auto tuned = play(*make(sound, {{"transpose", 12}, {"root", 72}, {"tune", 0}, {"key-track", 0}}, {44'100}),
                          {note_on(0, 30, 127)}, {.frames = 10'000, .rate = {44'100}});
  CHECK(difference(tuned, 40, 10'000, [&](int i) { return tone(i * 2.0 / 44'100); }) < 2e-4);
}

TEST_CASE("the sampler's loop is without a seam and lasts as long as the note") {
  // A second of a steady sine whose loop does not hold whole periods.
  audio::StereoBuffer steady(48'000);
  for (std::size_t i = 0; i < 48'000; ++i) {
    steady.left[i] = steady.right[i] =
        0.5f * static_cast<float>(std::sin(2.0 * std::numbers::pi * 300.0 * static_cast<double>(i) / 48'000.0));
  }
  const TemporarySound sound(steady, 48'000);
  const midi::EventList held = {note_on(0, 60, 127), note_off(200'000, 60)};
  const Run run{.frames = 240'000, .rate = {48'000}};
  const auto with = [&](double crossfade) {
    return play(
        *make(sound, {{"loop", 1}, {"loop-start", 50}, {"loop-end", 60.1}, {"loop-crossfade", crossfade}}, {48'000}),
        held, run);
  };
  const auto smooth = with(20);
  CHECK(peak_of(smooth.view().part(190'000, 10'000)) > 0.4f);
  CHECK(peak_of(smooth.view().part(200'000 + 2'402, 30'000)) == 0.0f);  // 50 ms of release
  CHECK(roughness_of(smooth.view()) < 0.5f * 2.0f * 3.15f * 300.0f / 48'000.0f * 1.1f);
  CHECK(roughness_of(with(0).view()) > 0.05f);
}

TEST_CASE("the sampler plays the part between start and end, and its files' faults are explained") {
  const auto original = tones(48'000);
  const TemporarySound sound(original, 48'000);
  const auto out = play(*make(sound, {{"start", 25}, {"end", 50}}, {48'000}), {note_on(0, 60, 127)},
                        {.frames = 20'000, .rate = {48'000}});
  CHECK(std::equal(out.left.begin(), out.left.begin() + 12'000, original.left.begin() + 12'000));
  CHECK(peak_of(out.view().part(12'000, 8'000)) == 0.0f);

  Settings settings = settings_of("sampler", {});
  const auto nowhere = [](const base::Digest&) -> base::Result<std::string> { return "/nowhere/firn.wav"; };
  CHECK(make_processor(settings, {48'000}, nowhere).error().kind == base::ErrorKind::not_found);
  settings.files["sample"] = base::Digest{{1}};
  CHECK(make_processor(settings, {48'000}, nowhere).error().kind == base::ErrorKind::not_found);
  std::ofstream(sound.path(), std::ios::binary) << "this is no sound";
  const auto broken = [&](const base::Digest&) -> base::Result<std::string> { return sound.path(); };
  CHECK_FALSE(make_processor(settings, {48'000}, broken).has_value());
}

TEST_CASE("SPEC A3: the drum rack plays its pads on their frames, bit for bit, and chokes within 5 ms") {
  const auto original = tones(48'000);
  const TemporarySound sound(original, 48'000);
  const auto rack = [&](Values values, time::SampleRate rate, int pad = 0) {
    Settings settings = settings_of("drum_rack", values);
    settings.pad = pad;
    for (const char* slot : {"pad1", "pad3", "pad5"}) settings.files[slot] = base::Digest{{1}};
    auto made =
        make_processor(settings, rate, [&](const base::Digest&) -> base::Result<std::string> { return sound.path(); });
    REQUIRE(made.has_value());
    return std::move(*made);
  };
  const Run run{.frames = 60'000, .rate = {48'000}};

  SUBCASE("bit for bit, whatever the note-off; empty pads and other notes are silent") {
    for (const int at : {0, 1, 17, 1000}) {
      const auto out = play(*rack({}, {48'000}), {note_on(at, 36, 127), note_off(at + 5, 36)}, run);
      CHECK(peak_of(out.view().part(0, at)) == 0.0f);
      CHECK(std::equal(original.left.begin(), original.left.end(), out.left.begin() + at));
      CHECK(std::equal(original.right.begin(), original.right.end(), out.right.begin() + at));
    }
    CHECK(peak_of(play(*rack({}, {48'000}), {note_on(0, 37, 127), note_on(0, 90, 127)}, run).view()) == 0.0f);
    const auto moved = play(*rack({{"pad1-note", 90}}, {48'000}), {note_on(0, 90, 127)}, run);
    CHECK(peak_of(moved.view()) > 0.3f);
  }
  SUBCASE("choke groups") {
    const midi::EventList hats = {note_on(0, 36, 127), note_on(4'800, 38, 127)};
    const auto second = play(*rack({}, {48'000}), {note_on(4'800, 38, 127)}, run);
    const auto choked = play(*rack({{"pad1-choke", 2}, {"pad3-choke", 2}}, {48'000}), hats, run);
    const auto apart = play(*rack({{"pad1-choke", 2}, {"pad3-choke", 3}}, {48'000}), hats, run);
    const int cut = 4'800 + 240;                                // 5 ms
    CHECK(choked.left[4'800 + 20] != second.left[4'800 + 20]);  // still fading
    CHECK(std::equal(choked.left.begin() + cut, choked.left.end(), second.left.begin() + cut));
    CHECK_FALSE(std::equal(apart.left.begin() + cut, apart.left.end(), second.left.begin() + cut));
  }
  SUBCASE("level, pan, tune and decay") {
    const auto left = play(*rack({{"pad1-pan", -100}, {"pad1-volume", -6}}, {48'000}), {note_on(0, 36, 127)}, run);
    const double gain = std::numbers::sqrt2 * std::pow(10.0, -0.3);
    CHECK(left.left[1'000] == doctest::Approx(original.left[1'000] * gain));
    CHECK(std::abs(left.right[1'000]) < 1e-6f);
    const auto high = play(*rack({{"pad1-tune", 12}}, {48'000}), {note_on(0, 36, 127)}, run);
    CHECK(high.left[1'000] == original.left[2'000]);
    const auto shortened = play(*rack({{"pad1-decay", 0.1}}, {48'000}), {note_on(0, 36, 127)}, run);
    CHECK(shortened.left[4'800] == doctest::Approx(original.left[4'800] / 1000.0).epsilon(0.01));
    CHECK(peak_of(shortened.view().part(9'700, 1'000)) == 0.0f);
  }
  SUBCASE("equal for any cut and place, and ends, whether all are heard or one") {
    for (const int pad : {0, 3}) {
      check_instrument(
          [&](time::SampleRate at) {
            return rack({{"pad1-note", 36}, {"pad3-note", 43}, {"pad5-note", 57}, {"pad1-choke", 1}, {"pad3-choke", 1}},
                        at, pad);
          },
          1.01);
    }
  }
  SUBCASE("the pads, each alone, sum to the rack bit for bit: with chokes, on one note, and more notes than voices") {
    const Values values = {{"pad1-choke", 2}, {"pad3-choke", 2}, {"pad5-note", 38},   {"pad1-tune", 3.3},
                           {"pad3-pan", -30}, {"pad5-tune", -5}, {"pad3-decay", 0.3}, {"volume", -3.3}};
    midi::EventList hits;
    std::minstd_rand random(1);
    for (int at = 0; at < 60'000; at += 1 + static_cast<int>(random() % 600)) {
      hits.push_back(note_on(at, 36 + static_cast<int>(random() % 3), 1 + static_cast<int>(random() % 127)));
    }
    const auto whole = play(*rack(values, {48'000}), hits, run);
    audio::StereoBuffer sum(run.frames);
    std::vector<double> left(sum.left.size());
    std::vector<double> right(sum.left.size());
    for (int pad = 1; pad <= 16; ++pad) {
      const auto alone =
          play(*rack(values, {48'000}, pad), hits, {.frames = 60'000, .rate = {48'000}, .cut = {.size = 0}});
      CHECK((peak_of(alone.view()) > 0.1f) == (pad == 1 || pad == 3 || pad == 5));
      for (std::size_t i = 0; i < left.size(); ++i) left[i] += alone.left[i];
      for (std::size_t i = 0; i < right.size(); ++i) right[i] += alone.right[i];
    }
    std::transform(left.begin(), left.end(), sum.left.begin(), [](double x) { return static_cast<float>(x); });
    std::transform(right.begin(), right.end(), sum.right.begin(), [](double x) { return static_cast<float>(x); });
    CHECK(sum == whole);
  }
}
