#include "devices/midi_effects/midi_effects.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>

#include "devices/playing.hpp"

using namespace firn;
using namespace firn::devices;
using namespace firn::devices::testing;

namespace {

constexpr time::SampleRate rate{48000};
constexpr int beat = 24'000;      // at 120 bpm
constexpr int length = 8 * beat;  // random notes fill three, and none lasts longer than four (1 s at 200 %)
const time::TempoMap steady;

time::TempoMap ramping() {
  return *time::TempoMap::make({{.at = {}, .bpm = 90.0, .ramp = true}, {.at = time::Beats::quarters(6), .bpm = 170.0}},
                               {{.at = {}}});
}

std::unique_ptr<Processor> make(const Settings& settings) { return std::move(*make_processor(settings, rate, {})); }

midi::EventList run(const Settings& settings, const midi::EventList& events, Cut cut = {},
                    const time::TempoMap& tempo = steady) {
  return transform(*make(settings), events, {.frames = length, .rate = rate, .cut = cut, .tempo = &tempo});
}

int rank_of(midi::EventKind kind) {
  return kind == midi::EventKind::note_off ? 0 : kind == midi::EventKind::note_on ? 2 : 1;
}

bool in_order(const midi::EventList& events) {
  return std::is_sorted(events.begin(), events.end(), [](const midi::Event& a, const midi::Event& b) {
    return std::pair(a.at.count, rank_of(a.kind)) < std::pair(b.at.count, rank_of(b.kind));
  });
}

bool is_note(const midi::Event& event) {
  return event.kind == midi::EventKind::note_on || event.kind == midi::EventKind::note_off;
}

midi::EventList without_notes(midi::EventList events) {
  std::erase_if(events, is_note);
  return events;
}

// Notes and controls in the first three beats of the run, all ended by then, several on one frame and on one key.
midi::EventList random_events() {
  midi::EventList events;
  const int count = *rc::gen::inRange(1, 25);
  for (int i = 0; i < count; ++i) {
    const int at = *rc::gen::element(0, 1, 63, 64, beat / 2, beat, *rc::gen::inRange(0, 2 * beat));
    const int key = *rc::gen::element(0, 40, 60, 60, 64, 67, 127);
    events.push_back(note_on(at, key, *rc::gen::inRange(1, 128)));
    events.push_back(note_off(at + *rc::gen::element(1, 2, 100, beat / 2, beat), key));
    if (*rc::gen::inRange(0, 4) == 0) events.push_back(controller(at, 1, *rc::gen::inRange(0, 128)));
  }
  std::stable_sort(events.begin(), events.end(), [](const midi::Event& a, const midi::Event& b) {
    return std::pair(a.at.count, rank_of(a.kind)) < std::pair(b.at.count, rank_of(b.kind));
  });
  return events;
}

Settings random_settings(const DeviceType& type) {
  Settings settings = default_settings(type);
  settings.seed = *rc::gen::inRange<std::uint64_t>(0, 100);
  for (std::size_t i = 0; i < settings.values.size(); ++i) {
    const Parameter& parameter = type.parameters[i];
    if (parameter.name == "hold") continue;  // plays on for ever
    settings.values[i] = value_of(parameter, *rc::gen::inRange(0, 101) / 100.0);
    if (parameter.name == "time") settings.values[i] = *rc::gen::inRange(1, 1000);
    if (parameter.choices.size() > 8) settings.values[i] = *rc::gen::inRange(4, 16);  // a dotted eighth or shorter
  }
  return settings;
}

std::vector<const DeviceType*> all_effects() {
  std::vector<const DeviceType*> types;
  for (const DeviceType& type : catalogue()) {
    if (type.device_class == DeviceClass::midi_effect) types.push_back(&type);
  }
  return types;
}

}  // namespace

TEST_CASE("SPEC A2: a MIDI effect gives the same events for any cut, in order, and ends each note it starts") {
  CHECK(all_effects().size() == 5);
  const time::TempoMap ramp = ramping();
  for (const DeviceType* type : all_effects()) {
    CAPTURE(type->name);
    CHECK(rc::check(type->name, [&] {
      const auto events = random_events();
      const auto settings = random_settings(*type);
      const time::TempoMap& tempo = *rc::gen::arbitrary<bool>() ? steady : ramp;
      const auto out = run(settings, events, {.size = 8192}, tempo);
      RC_ASSERT(in_order(out));
      RC_ASSERT(run(settings, events, {.size = 17}, tempo) == out);
      RC_ASSERT(run(settings, events, {.size = 0, .seed = *rc::gen::inRange(1u, 1000u)}, tempo) == out);
      RC_ASSERT(without_notes(out) == without_notes(events));
      std::map<int, int> sounding;
      for (const midi::Event& event : out) {
        if (event.kind == midi::EventKind::note_on) {
          RC_ASSERT(event.value >= 1 && event.value <= 127);
          ++sounding[event.number];
        }
        if (event.kind == midi::EventKind::note_off) RC_ASSERT(--sounding[event.number] >= 0);
      }
      for (const auto& [key, count] : sounding) RC_ASSERT(count == 0);
    }));
  }
}

TEST_CASE("a MIDI effect ends each note it starts, though parameters move while notes are held") {
  for (const DeviceType* type : all_effects()) {
    CAPTURE(type->name);
    CHECK(rc::check(type->name, [&] {
      const auto events = random_events();
      const auto effect = make(random_settings(*type));
      const int middle = *rc::gen::inRange(1, 2 * beat);
      const Run first{.frames = middle, .rate = rate, .tempo = &steady};
      const Run rest{.at = {middle}, .frames = length - middle, .rate = rate, .tempo = &steady};
      auto out = transform(*effect, events, first);
      const auto moved = random_settings(*type);
      for (std::size_t i = 0; i < moved.values.size(); ++i) effect->set_parameter(static_cast<int>(i), moved.values[i]);
      const auto more = transform(*effect, events, rest);
      out.insert(out.end(), more.begin(), more.end());
      std::map<int, int> sounding;
      for (const midi::Event& event : out) {
        if (event.kind == midi::EventKind::note_on) ++sounding[event.number];
        if (event.kind == midi::EventKind::note_off) RC_ASSERT(--sounding[event.number] >= 0);
      }
      for (const auto& [key, count] : sounding) RC_ASSERT(count == 0);
    }));
  }
}

TEST_CASE("transpose moves notes and key pressure, and drops what leaves the keys") {
  const midi::Event pressure{{10}, midi::EventKind::key_pressure, 60, 5};
  const midi::EventList events = {note_on(0, 60, 90), note_on(0, 120, 80), pressure, note_off(100, 60),
                                  note_off(100, 120)};
  const midi::Event moved{{10}, midi::EventKind::key_pressure, 72, 5};
  CHECK(run(settings_of("transpose", {{"semitones", 12}}), events) ==
        midi::EventList{note_on(0, 72, 90), moved, note_off(100, 72)});
  CHECK(run(settings_of("transpose", {}), events) == events);
}

TEST_CASE("velocity: each part of the formula, and its seed") {
  const auto velocity_with = [](std::initializer_list<std::pair<std::string_view, double>> values, int in) {
    return run(settings_of("velocity", values), {note_on(0, 60, in)}).front().value;
  };
  CHECK(velocity_with({}, 77) == 77);
  CHECK(velocity_with({{"scale", 50}}, 77) == 39);
  CHECK(velocity_with({{"add", 10}}, 77) == 87);
  CHECK(velocity_with({{"add", 100}}, 77) == 127);
  CHECK(velocity_with({{"scale", 0}}, 77) == 1);
  CHECK(velocity_with({{"lowest", 90}}, 77) == 90);
  CHECK(velocity_with({{"highest", 60}}, 77) == 60);
  CHECK(velocity_with({{"curve", 100}}, 64) == 90);
  CHECK(velocity_with({{"curve", -100}}, 64) == 32);

  midi::EventList events;
  for (int i = 0; i < 50; ++i) events.push_back(note_on(i * 100, 60, 64));
  Settings settings = settings_of("velocity", {{"random", 20}});
  const auto out = run(settings, events);
  const auto [least, most] =
      std::minmax_element(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  CHECK(least->value >= 44);
  CHECK(least->value < 50);
  CHECK(most->value <= 84);
  CHECK(most->value > 78);
  CHECK(run(settings, events) == out);
  settings.seed = 1;
  CHECK(run(settings, events) != out);
}

TEST_CASE("chord adds its notes, and a note shared by two chords ends with the second") {
  const auto settings = settings_of("chord", {{"shift1", 4}, {"shift2", 7}, {"velocity2", 50}});
  CHECK(run(settings, {note_on(0, 60, 100), note_on(50, 64, 80), note_off(100, 60), note_off(200, 64)}) ==
        midi::EventList{note_on(0, 60, 100), note_on(0, 64, 100), note_on(0, 67, 50),                     //
                        note_off(50, 64), note_on(50, 64, 80), note_on(50, 68, 80), note_on(50, 71, 40),  //
                        note_off(100, 60), note_off(100, 67),                                             //
                        note_off(200, 64), note_off(200, 68), note_off(200, 71)});
}

TEST_CASE("note_length: in time and in beats, from the start and from the end") {
  const midi::EventList events = {note_on(1000, 60, 100), note_off(1500, 60)};
  CHECK(run(settings_of("note_length", {{"time", 100}}), events) ==
        midi::EventList{note_on(1000, 60, 100), note_off(1000 + 4800, 60)});
  const double eighth = 8;
  CHECK(run(settings_of("note_length", {{"unit", 1}, {"beats", eighth}, {"gate", 50}}), events) ==
        midi::EventList{note_on(1000, 60, 100), note_off(1000 + beat / 4, 60)});
  CHECK(run(settings_of("note_length", {{"time", 100}, {"trigger", 1}}), events) ==
        midi::EventList{note_on(1500, 60, 100), note_off(1500 + 4800, 60)});
}

TEST_CASE("SPEC C1: a MIDI effect's tail lasts until its last note ends, at any tempo") {
  const auto slow = time::TempoMap::make({{{}, 120.0, false}, {time::Beats::quarters(8), 20.0, false}}, {{{}, 4, 4}});
  const auto tail = [&](const Settings& settings) { return facts_of(settings, rate, *slow).tail.count; };
  CHECK(tail(settings_of("note_length", {{"time", 100}, {"gate", 200}})) == 9600);
  const double quarter = 5;
  CHECK(tail(settings_of("note_length", {{"unit", 1}, {"beats", quarter}})) == 3 * rate.hertz);
  CHECK(tail(settings_of("arpeggiator", {{"rate", quarter}, {"gate", 200}})) == 6 * rate.hertz);
  CHECK(tail(settings_of("arpeggiator", {{"hold", 1}})) == 60 * rate.hertz);
}

TEST_CASE("arpeggiator: its patterns, on the beats of the timeline") {
  constexpr int eighth = beat / 2;
  const auto keys_of = [&](std::string_view style, std::initializer_list<std::pair<std::string_view, double>> more) {
    Settings settings = settings_of("arpeggiator", more);
    const DeviceType& type = *find_type("arpeggiator");
    const auto& styles = type.parameters[0].choices;
    settings.values[0] = static_cast<double>(std::find(styles.begin(), styles.end(), style) - styles.begin());
    const midi::EventList held = {note_on(100, 67, 90),         note_on(200, 60, 80),
                                  note_on(300, 64, 70),         note_off(6 * eighth + 1, 60),
                                  note_off(6 * eighth + 1, 64), note_off(6 * eighth + 1, 67)};
    std::string keys;
    for (const midi::Event& event : run(settings, held)) {
      if (event.kind != midi::EventKind::note_on) continue;
      CHECK(event.at.count % eighth == 0);
      keys += std::to_string(event.number) + ' ';
    }
    return keys;
  };
  CHECK(keys_of("up", {}) == "60 64 67 60 64 67 ");
  CHECK(keys_of("up", {{"octaves", 2}}) == "60 64 67 72 76 79 ");
  CHECK(keys_of("down", {}) == "67 64 60 67 64 60 ");
  CHECK(keys_of("up-down", {}) == "60 64 67 64 60 64 ");
  CHECK(keys_of("down-up", {}) == "67 64 60 64 67 64 ");
  CHECK(keys_of("as-played", {}) == "67 60 64 67 60 64 ");
  CHECK(keys_of("chord", {{"octaves", 2}}) == "60 64 67 72 76 79 60 64 67 72 76 79 60 64 67 72 76 79 ");

  const midi::EventList key = {note_on(100, 60, 80), note_off(100 + eighth, 60)};
  const double triplet = 10;
  CHECK(run(settings_of("arpeggiator", {{"rate", triplet}, {"gate", 25}, {"sync", 0}}), key) ==
        midi::EventList{note_on(100, 60, 80), note_off(100 + beat / 12, 60),  //
                        note_on(100 + beat / 3, 60, 80), note_off(100 + beat / 3 + beat / 12, 60)});

  const auto held_on = run(settings_of("arpeggiator", {{"hold", 1}}), key);
  CHECK(held_on.back().at.count > length - eighth);
}

TEST_CASE("arpeggiator: random order follows the seed") {
  const midi::EventList held = {note_on(0, 60, 80), note_on(0, 64, 80), note_on(0, 67, 80), note_on(0, 71, 80)};
  Settings settings = settings_of("arpeggiator", {{"style", 5}, {"octaves", 3}});
  const auto out = run(settings, held);
  CHECK(run(settings, held) == out);
  settings.seed = 7;
  CHECK(run(settings, held) != out);
}

TEST_CASE("SPEC A3: a loop wrap leaves no note hanging") {
  for (const char* name : {"arpeggiator", "note_length"}) {
    const auto effect = make(settings_of(name, {}));
    const midi::EventList events = {note_on(10 * beat - 100, 60, 80)};
    auto out = transform(*effect, events, {.at = {9 * beat}, .frames = beat, .rate = rate, .tempo = &steady});
    const midi::EventList release = {note_off(beat, 60)};
    const auto more = transform(*effect, release, {.at = {}, .frames = 4 * beat, .rate = rate, .tempo = &steady});
    out.insert(out.end(), more.begin(), more.end());
    int sounding = 0;
    for (const midi::Event& event : out) sounding += event.kind == midi::EventKind::note_on ? 1 : -1;
    CHECK(!out.empty());
    CHECK(sounding == 0);
  }
}
