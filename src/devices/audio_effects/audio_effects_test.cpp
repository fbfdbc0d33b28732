// What holds for every audio effect.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>

#include "devices/audio_effects/effect_run.hpp"

namespace firn::devices::test {
namespace {

std::vector<DeviceType> effects() {
  std::vector<DeviceType> list;
  for (const DeviceType& type : catalogue()) {
    if (type.device_class == DeviceClass::audio_effect) list.push_back(type);
  }
  return list;
}

time::TempoMap changing_tempo() {
  return time::TempoMap::make({{time::Beats{}, 120.0, true}, {time::Beats::quarters(1), 260.0, false}},
                              {{time::Beats{}, 4, 4}})
      .value();
}

// A value for each parameter, anywhere on its knob.
Settings any_settings(const DeviceType& type, std::mt19937& random) {
  Settings settings = default_settings(type);
  for (std::size_t i = 0; i < settings.values.size(); ++i) {
    settings.values[i] = value_of(type.parameters[i], static_cast<double>(random() % 1001) / 1000.0);
  }
  settings.seed = random();
  return settings;
}

// As automation has them: on the grid, some parameters often, some once.
std::vector<Change> any_changes(const DeviceType& type, std::int64_t start, int frames, std::mt19937& random) {
  std::vector<Change> changes;
  for (std::int64_t at = (start + 15) / 16 * 16; at < start + frames; at += 16) {
    if (random() % 8 != 0) continue;
    const auto index = random() % type.parameters.size();
    if (!type.parameters[index].automatable) continue;
    const double knob = static_cast<double>(random() % 1001) / 1000.0;
    changes.push_back({at, static_cast<int>(index), value_of(type.parameters[index], knob)});
  }
  return changes;
}

}  // namespace

TEST_CASE("SPEC A2: an effect gives the same samples however its input is cut into blocks") {
  const time::TempoMap tempo = changing_tempo();
  for (const DeviceType& type : effects()) {
    for (const int hertz : {44100, 48000, 96000}) {
      CAPTURE(type.name);
      CAPTURE(hertz);
      std::mt19937 random(static_cast<unsigned>(hertz));
      const int frames = 20000;
      const audio::StereoBuffer input = noise(frames, 0.7f, 1);
      const audio::StereoBuffer key = noise(frames, 0.3f, 2);
      const Settings settings = any_settings(type, random);
      Run run{.rate = {hertz}, .at = 37, .tempo = &tempo};
      if (type.side_chain) run.side_chain = key.view();
      run.changes = any_changes(type, run.at, frames, random);
      run.next_cut = [] { return frames; };
      const audio::StereoBuffer whole = output_of(settings, input, run);
      CHECK((peak_of(whole.left) > 0.0f || type.name == "utility"));
      for (const int cut : {1, 17, 64, 512, 8192}) {
        CAPTURE(cut);
        run.next_cut = [cut] { return cut; };
        CHECK(output_of(settings, input, run) == whole);
      }
      run.next_cut = [&random] { return static_cast<int>(1 + random() % 1000); };
      CHECK(output_of(settings, input, run) == whole);
    }
  }
}

TEST_CASE("SPEC A4: an impulse comes out where the facts say") {
  for (const DeviceType& type : effects()) {
    for (const int hertz : {44100, 48000, 96000}) {
      CAPTURE(type.name);
      CAPTURE(hertz);
      Settings settings = default_settings(type);
      if (type.name == "gate") settings = with(settings, "attack", 0.05);
      if (type.name == "filter") settings = with(with(settings, "mode", 1.0), "cutoff", 20.0);
      const std::int64_t latency = facts_of(settings, {hertz}, {}).latency.count;
      const audio::StereoBuffer out = output_of(settings, impulse(4000, 0.5f), {.rate = {hertz}});
      const auto loudest = std::max_element(out.left.begin(), out.left.end(),
                                            [](float a, float b) { return std::abs(a) < std::abs(b); });
      CHECK(loudest - out.left.begin() == latency);
      if (type.name != "saturator") {  // whose filters are symmetrical: they ring before as after
        CHECK(std::all_of(out.left.begin(), out.left.begin() + latency, [](float x) { return x == 0.0f; }));
      }
    }
  }
}

TEST_CASE("silence stays silence, at every rate and after sound has died away") {
  for (const DeviceType& type : effects()) {
    for (const int hertz : {8000, 48000, 384000}) {
      CAPTURE(type.name);
      CAPTURE(hertz);
      const audio::StereoBuffer out =
          output_of(default_settings(type), audio::StereoBuffer(hertz / 4), {.rate = {hertz}});
      CHECK(peak_of(out.left) == 0.0f);
      CHECK(peak_of(out.right) == 0.0f);
    }
  }
}

TEST_CASE("SPEC C1: past the declared tail and a second, an effect at its defaults is below -120 dB") {
  for (const DeviceType& type : effects()) {
    CAPTURE(type.name);
    const time::SampleRate rate{48000};
    const Settings settings = default_settings(type);
    audio::StereoBuffer input = noise(rate.hertz, 0.9f, 6);
    const auto tail = static_cast<int>(facts_of(settings, rate, {}).tail.count);
    input.append(audio::StereoBuffer(tail + 2 * rate.hertz).view());
    const audio::StereoBuffer out = output_of(settings, input, {.rate = rate});
    CHECK(peak_of({out.left.end() - rate.hertz, out.left.end()}) < 1e-6f);
  }
}

TEST_CASE("SPEC A5: two runs of a random device with one seed are equal, with two seeds they differ") {
  for (const DeviceType& type : effects()) {
    if (!type.has_seed) continue;
    CAPTURE(type.name);
    Settings settings = with(with(default_settings(type), "lfo-shape", 4.0), "lfo-amount", 40.0);
    settings = with(with(settings, "lfo-rate", 20.0), "cutoff", 1000.0);
    const audio::StereoBuffer input = noise(20000, 0.5f, 8);
    const audio::StereoBuffer out = output_of(settings, input, {.rate = {48000}});
    CHECK(output_of(settings, input, {.rate = {48000}}) == out);
    settings.seed = 1;
    CHECK(output_of(settings, input, {.rate = {48000}}) != out);
  }
}

TEST_CASE("no settings and no input make an effect leave the numbers") {
  CHECK(rc::check("finite in, finite out", [] {
    const DeviceType type = *rc::gen::elementOf(effects());
    std::mt19937 random(*rc::gen::arbitrary<unsigned>());
    const int hertz = *rc::gen::element(8000, 11025, 44100, 48000, 96000, 192000);
    const float height = *rc::gen::element(0.0f, 1e-30f, 1e-6f, 1.0f, 100.0f);
    Settings settings = any_settings(type, random);
    for (std::size_t i = 0; i < settings.values.size(); ++i) {  // often at the very ends
      if (random() % 3 == 0) settings.values[i] = type.parameters[i].minimum;
      if (random() % 3 == 0) settings.values[i] = type.parameters[i].maximum;
    }
    Run run{.rate = {hertz}};
    run.changes = any_changes(type, 0, 3000, random);
    audio::StereoBuffer input = noise(3000, height, random());
    input.append(audio::StereoBuffer(3000).view());
    const audio::StereoBuffer out = output_of(settings, input, run);
    for (const auto* plane : {&out.left, &out.right}) {
      for (const float sample : *plane) {
        RC_ASSERT(std::isfinite(sample));
        RC_ASSERT(std::abs(sample) < 1e9f);
      }
    }
  }));
}

}  // namespace firn::devices::test
