#include "devices/instruments/soundfont.hpp"

#include <doctest/doctest.h>
#include <fluidsynth.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "devices/playing.hpp"

using namespace firn;
using namespace firn::devices;
using namespace firn::devices::testing;

namespace {

const std::string gm_file = "/usr/share/sounds/sf2/TimGM6mb.sf2";
const base::Digest gm{{1}};
constexpr int rate = 48000;
constexpr int second = rate;

base::Result<std::string> find_gm(const base::Digest&) { return gm_file; }

bool absent() {
  if (std::filesystem::exists(gm_file)) return false;
  MESSAGE("skipped: no " << gm_file);
  return true;
}

std::unique_ptr<Processor> make_soundfont(std::initializer_list<std::pair<std::string_view, double>> values = {}) {
  Settings settings = settings_of("soundfont", values);
  settings.files["soundfont"] = gm;
  auto made = make_processor(settings, {rate}, find_gm);
  REQUIRE(made.has_value());
  return std::move(*made);
}

// Notes on and beside boundaries, pedal, bend range by RPN, bend, both pressures, a bank and a program change.
midi::EventList song() {
  midi::EventList events;
  for (int i = 0; i < 60; ++i) {
    const int key = 40 + (i * 7) % 40;
    events.push_back(note_on(i * 997, key, 30 + i));
    events.push_back(note_off(i * 997 + 4000 + (i % 3) * 64, key));
  }
  events.push_back(controller(64 * 10, 64, 127));
  events.push_back(controller(64 * 200 + 1, 64, 0));
  events.push_back(controller(5000, 101, 0));
  events.push_back(controller(5000, 100, 0));
  events.push_back(controller(5000, 6, 12));
  events.push_back(pitch_bend(12'345, 12'000));
  events.push_back({{15'000}, midi::EventKind::channel_pressure, 0, 90});
  events.push_back({{15'001}, midi::EventKind::key_pressure, 60, 70});
  events.push_back(controller(30'000, 0, 0));
  events.push_back({{30'000}, midi::EventKind::program, 0, 48});
  std::stable_sort(events.begin(), events.end(), [](const midi::Event& a, const midi::Event& b) {
    return std::pair(a.at, a.kind) < std::pair(b.at, b.kind);
  });
  return events;
}

struct DirectSetup {
  int channel = 0;
  int program = 0;
  int effects = 0;
};

// FluidSynth by itself, its own SoundFont loader included: each event on its 64-frame boundary, or the next.
audio::StereoBuffer direct(const midi::EventList& events, int frames, DirectSetup setup) {
  fluid_settings_t* settings = new_fluid_settings();
  fluid_settings_setnum(settings, "synth.sample-rate", rate);
  fluid_settings_setint(settings, "synth.polyphony", 128);
  fluid_settings_setint(settings, "synth.reverb.active", setup.effects);
  fluid_settings_setint(settings, "synth.chorus.active", setup.effects);
  fluid_synth_t* synth = new_fluid_synth(settings);
  REQUIRE(fluid_synth_sfload(synth, gm_file.c_str(), 1) != FLUID_FAILED);
  fluid_synth_program_change(synth, setup.channel, setup.program);
  audio::StereoBuffer out(frames);
  auto event = events.begin();
  for (int at = 0; at < frames; at += 64) {
    for (; event != events.end() && event->at.count <= at; ++event) {
      const int channel = setup.channel;
      switch (event->kind) {
        case midi::EventKind::note_off: fluid_synth_noteoff(synth, channel, event->number); break;
        case midi::EventKind::program: fluid_synth_program_change(synth, channel, event->value); break;
        case midi::EventKind::controller: fluid_synth_cc(synth, channel, event->number, event->value); break;
        case midi::EventKind::pitch_bend: fluid_synth_pitch_bend(synth, channel, event->value); break;
        case midi::EventKind::channel_pressure: fluid_synth_channel_pressure(synth, channel, event->value); break;
        case midi::EventKind::key_pressure:
          fluid_synth_key_pressure(synth, channel, event->number, event->value);
          break;
        case midi::EventKind::note_on: fluid_synth_noteon(synth, channel, event->number, event->value); break;
      }
    }
    float* planes[4] = {&out.left[static_cast<std::size_t>(at)], &out.right[static_cast<std::size_t>(at)],
                        &out.left[static_cast<std::size_t>(at)], &out.right[static_cast<std::size_t>(at)]};
    fluid_synth_process(synth, 64, setup.effects != 0 ? 4 : 0, planes, 2, planes);
  }
  delete_fluid_synth(synth);
  delete_fluid_settings(settings);
  return out;
}

}  // namespace

TEST_CASE("SPEC A3: the soundfont device nulls against FluidSynth on the same 64-frame boundaries") {
  if (absent()) return;
  const int frames = 2 * second;  // a multiple of 64
  const auto events = song();
  SUBCASE("dry") {
    const auto out = play(*make_soundfont({{"program", 4}}), events, {.frames = frames, .rate = {rate}});
    CHECK(peak_of(out.view()) > 0.01f);
    CHECK(out == direct(events, frames, {.program = 4}));
  }
  SUBCASE("with its reverb and chorus") {
    const auto out = play(*make_soundfont({{"program", 4}, {"reverb", 1}, {"chorus", 1}}), events,
                          {.frames = frames, .rate = {rate}});
    CHECK(out == direct(events, frames, {.program = 4, .effects = 1}));
    CHECK(out != direct(events, frames, {.program = 4}));
  }
  SUBCASE("drums") {
    const auto out = play(*make_soundfont({{"drums", 1}}), events, {.frames = frames, .rate = {rate}});
    CHECK(out == direct(events, frames, {.channel = 9}));
  }
}

TEST_CASE("SPEC A2: the soundfont device does not hear how blocks are cut") {
  if (absent()) return;
  const auto events = song();
  const auto with_cut = [&](std::int64_t at, Cut cut) {
    return play(*make_soundfont({{"reverb", 1}}), events, {.at = {at}, .frames = second, .rate = {rate}, .cut = cut});
  };
  for (const std::int64_t at : {0, 64 * 5, 1000, -100}) {
    CAPTURE(at);
    const auto reference = with_cut(at, {.size = 8192});
    CHECK(peak_of(reference.view()) > 0.01f);
    for (const int size : {1, 17, 64, 512, 0}) CHECK(with_cut(at, {.size = size}) == reference);
  }
}

TEST_CASE("soundfont devices of one process do not influence each other") {
  if (absent()) return;
  const auto events = song();
  const Run run{.at = {}, .frames = second, .rate = {rate}, .cut = {.size = 64}};
  const auto alone = play(*make_soundfont({{"program", 19}}), events, run);
  // Several at once, on threads of their own, made there too.
  std::vector<audio::StereoBuffer> outs(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < outs.size(); ++i) {
    threads.emplace_back([&, i] {
      Settings settings = settings_of("soundfont", {{"program", i % 2 == 0 ? 19.0 : 56.0}});
      settings.files["soundfont"] = gm;
      outs[i] = play(**make_processor(settings, {rate}, find_gm), events, run);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(outs[0] == alone);
  CHECK(outs[2] == alone);
  CHECK(outs[1] == outs[3]);
  CHECK(outs[1] != alone);
}

TEST_CASE("the soundfont device's gain is exact, and its missing, broken and impossible settings are explained") {
  if (absent()) return;
  const auto events = song();
  const Run run{.at = {}, .frames = second, .rate = {rate}};
  const auto full = play(*make_soundfont(), events, run);
  const auto half = play(*make_soundfont({{"gain", 20.0 * std::log10(0.5)}}), events, run);
  bool exact = true;
  for (std::size_t i = 0; i < full.left.size(); ++i) exact = exact && half.left[i] == full.left[i] * 0.5f;
  CHECK(exact);
  CHECK(make_soundfont()->copy() == nullptr);

  Settings settings = default_settings(*find_type("soundfont"));
  CHECK(make_processor(settings, {rate}, find_gm).error().kind == base::ErrorKind::not_found);
  settings.files["soundfont"] = base::Digest{{2}};
  CHECK(make_processor(settings, {192000}, find_gm).error().kind == base::ErrorKind::unsupported);

  const auto broken = std::filesystem::temp_directory_path() / "firn_soundfont_test.sf2";
  std::ifstream whole(gm_file, std::ios::binary);
  std::string start(100'000, '\0');
  whole.read(start.data(), static_cast<std::streamsize>(start.size()));
  std::ofstream(broken, std::ios::binary) << start;
  const auto error = make_processor(settings, {rate},
                                    [&](const base::Digest&) -> base::Result<std::string> { return broken.string(); });
  CHECK(error.error().kind == base::ErrorKind::malformed);
  CHECK(error.error().message.find("firn_soundfont_test.sf2") != std::string::npos);
  std::filesystem::remove(broken);
}
