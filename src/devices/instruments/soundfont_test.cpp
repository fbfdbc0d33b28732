#include "devices/instruments/soundfont.hpp"

#include <doctest/doctest.h>
#include <fluidsynth.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
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

namespace {

midi::Event program(std::int64_t at, int number) {
  return {{at}, midi::EventKind::program, 0, static_cast<std::uint16_t>(number)};
}

// Phrases of two seconds, each followed by two of silence: chords, the pedal, bends whose range is told by parameter number, pans,
// sends, programs, all by chance.
constexpr int phrase_length = 4 * second;

midi::EventList phrases(int count, unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); };
  midi::EventList events;
  for (int phrase = 0; phrase < count; ++phrase) {
    const int start = phrase * phrase_length + 100;
    if (phrase > 0 && below(3) == 0) events.push_back(program(start, below(128)));
    if (below(2) == 0) events.push_back(controller(start, 10, below(128)));
    if (below(3) == 0) events.push_back(controller(start, 91, below(128)));
    if (below(4) == 0) events.push_back(controller(start + second, 10, below(128)));  // while notes sound
    if (below(2) == 0) {
      events.push_back(controller(start, 101, 0));
      events.push_back(controller(start, 100, below(3)));
      events.push_back(controller(start, 38, below(128)));
      events.push_back(controller(start, 6, 64 + below(12)));
    }
    if (below(3) == 0) events.push_back(controller(start + 1, 99, 1));
    if (below(3) == 0) events.push_back(controller(start + 2, 6, below(24)));  // for whichever number counts
    if (below(2) == 0) events.push_back(controller(start + 10, 64, 127));
    const int notes = 3 + below(20);
    for (int i = 0; i < notes; ++i) {
      const int at = start + 50 + below(second);
      const int key = 30 + below(60);
      events.push_back(note_on(at, key, 20 + below(100)));
      events.push_back(note_off(at + 2'000 + below(second), key));
    }
    for (int i = 0; i < 4; ++i) {
      const int numbers[] = {1, 7, 11, 74, 2, 67};
      events.push_back(controller(start + below(second), numbers[below(6)], 40 + below(80)));
      events.push_back(pitch_bend(start + below(second), 6'000 + below(4'000)));
    }
    events.push_back({{start + 20}, midi::EventKind::channel_pressure, 0, static_cast<std::uint16_t>(below(128))});
    if (below(4) == 0) events.push_back(controller(start + 2 * second, 121, 0));
    events.push_back(controller(start + 2 * second, 64, below(2) == 0 ? 0 : 20));
  }
  std::stable_sort(events.begin(), events.end(), [](const midi::Event& a, const midi::Event& b) {
    return std::pair(a.at, a.kind) < std::pair(b.at, b.kind);
  });
  return events;
}

std::optional<std::vector<std::byte>> image_of(const Processor& processor) {
  std::vector<std::byte> image;
  base::ImageWriter writer(image);
  if (!processor.save(writer)) return {};
  return image;
}

}  // namespace

TEST_CASE("the soundfont device, where it is at rest, goes on from the image of its state, bit for bit") {
  if (absent()) return;
  int kept = 0;
  int asked = 0;
  for (unsigned seed = 1; seed <= 24; ++seed) {
    CAPTURE(seed);
    const auto make = [&] {
      return make_soundfont({{"program", seed * 5 % 128}, {"drums", seed % 4 == 0 ? 1.0 : 0.0}, {"gain", -3.0}});
    };
    const int count = 4;
    const auto events = phrases(count, seed);
    for (int phrase = 1; phrase < count; ++phrase) {
      CAPTURE(phrase);
      const int place = phrase * phrase_length;
      const auto original = make();
      play(*original, events, {.at = {}, .frames = place, .rate = {rate}, .cut = {.size = 0, .seed = seed}});
      const auto image = image_of(*original);
      ++asked;
      if (!image) continue;
      ++kept;
      const auto other = make();
      base::ImageReader reader(*image);
      other->restore(reader);
      CHECK(reader.ok());
      CHECK(reader.left() == 0);
      CHECK((image_of(*other) == image));
      const Run rest{.at = {place}, .frames = (count - phrase) * phrase_length, .rate = {rate}};
      if (seed % 3 == 0) {  // what was told to the effects while they were off is heard now
        for (Processor* device : {original.get(), other.get()}) {
          for (const char* effect : {"reverb", "chorus"}) {
            device->set_parameter(index_of(*find_type("soundfont"), effect), 1.0);
          }
        }
      }
      const auto gone_on = play(*original, events, rest);
      CHECK(peak_of(gone_on.view()) > 0.0f);
      CHECK((play(*other, events, rest) == gone_on));
      CHECK((image_of(*other) == image_of(*original)));
    }
  }
  CHECK(kept > asked / 3);  // the others ring on, or sang while their pan moved
}

TEST_CASE("the soundfont device has no image while it sounds, nor once what it heard can't be read back") {
  if (absent()) return;
  const auto image_after = [](const midi::EventList& events, int frames, double effects = 0.0) {
    const auto device = make_soundfont({{"reverb", effects}});
    play(*device, events, {.frames = frames, .rate = {rate}});
    return image_of(*device);
  };
  const midi::EventList note = {note_on(0, 60, 100), note_off(9'600, 60)};
  CHECK(image_after({}, 64));
  CHECK(image_after(note, 640 * 300));
  CHECK_FALSE(image_after(note, 64 * 100));
  CHECK_FALSE(image_after(note, 640 * 300 + 1));  // amid a chunk
  CHECK_FALSE(image_after(note, 640 * 300, 1.0));
  CHECK_FALSE(image_after({note_on(0, 60, 100), controller(9'600, 123, 0)}, 640 * 300));  // a glide might start from it
  CHECK_FALSE(image_after({controller(0, 126, 1)}, 640));
  CHECK_FALSE(image_after({controller(0, 65, 127)}, 640));
  CHECK_FALSE(image_after({controller(0, 99, 120)}, 640));

  // A voice was stolen.
  const auto crowded = make_soundfont({{"polyphony", 2}});
  play(*crowded,
       {note_on(0, 60, 100), note_on(64, 64, 100), note_on(128, 67, 100), note_off(200, 60), note_off(200, 64),
        note_off(200, 67)},
       {.frames = 640 * 300, .rate = {rate}});
  CHECK_FALSE(image_of(*crowded));

  // Cut short, it is noticed.
  const auto image = *image_after(note, 640 * 300);
  for (std::size_t size = 0; size < image.size(); size += 7) {
    base::ImageReader reader{std::span(image).first(size)};
    make_soundfont()->restore(reader);
    CHECK_FALSE(reader.ok());
  }
}
