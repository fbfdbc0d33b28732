#include "plan/plan.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "plan/events.hpp"
#include "plan/solo.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using document::Track;
using document::TrackId;
using document::TrackKind;
using midi::Event;
using midi::EventKind;
using time::Beats;
using time::Frames;

constexpr time::SampleRate rate{48000};  // at 120 bpm a quarter note has 24,000 frames

document::Clip midi_clip(std::vector<midi::Note> notes, std::vector<midi::Control> controls, Beats start,
                         Beats length) {
  document::MidiClip body;
  body.length = length;
  body.content = midi::Content{std::move(notes), std::move(controls)};
  document::Clip clip;
  clip.start = start;
  clip.body = body;
  return clip;
}

midi::EventList events(const document::Clip& clip) {
  return plan::events_of({base::Box<document::Clip>(clip)}, time::TempoMap{}, rate);
}

Track track(std::uint64_t id, TrackKind kind, const char* name) {
  Track track;
  track.id = {id};
  track.kind = kind;
  track.name = name;
  return track;
}

// Two MIDI tracks with a synth each; Main is track 1.
document::Project two_tracks() {
  document::Project project = document::make_project(rate);
  for (std::uint64_t id : {10, 20}) {
    Track one = track(id, TrackKind::midi, id == 10 ? "One" : "Two");
    one.clips.push_back(midi_clip({{Beats{}, Beats::quarters(1), static_cast<std::uint8_t>(id + 40), 100, 64}}, {}, {},
                                  Beats::quarters(4)));
    document::Device synth;
    synth.id = {id + 1};
    synth.type = "synth";
    synth.name = "Synth";
    one.devices.push_back(synth);
    project.tracks.insert(project.tracks.end() - 1, base::Box<Track>(one));
  }
  project.next_id = 100;
  return project;
}

base::RecipeKey recipe(const document::Project& project, TrackId id) {
  auto compiled = plan::compile(project, {{{id, TapPoint::post_fx}, {}}}, {}, plan::facts_of(project, {}));
  REQUIRE(compiled);
  return plan::recipe_of(*compiled, compiled->outputs.front());
}

}  // namespace

TEST_CASE("events: notes are placed to the frame, and end at their clip's end") {
  const auto list = events(
      midi_clip({{Beats::fraction(1, 3), Beats::quarters(9), 60, 90, 33}}, {}, Beats::quarters(1), Beats::quarters(2)));
  REQUIRE(list.size() == 2);
  CHECK(list[0] == Event{{32'000}, EventKind::note_on, 60, 90});
  CHECK(list[1] == Event{{72'000}, EventKind::note_off, 60, 33});
}

TEST_CASE("events: at one frame note-offs come first, then controls in their order, then note-ons") {
  const auto list = events(
      midi_clip({{Beats{}, Beats::quarters(1), 60, 90, 64}, {Beats::quarters(1), Beats::quarters(1), 60, 90, 64}},
                {{Beats::quarters(1), midi::ControlKind::controller, 0, 5},
                 {Beats::quarters(1), midi::ControlKind::program, 0, 7}},
                {}, Beats::quarters(2)));
  REQUIRE(list.size() == 6);
  CHECK(list[1].kind == EventKind::note_off);
  CHECK(list[2].kind == EventKind::controller);
  CHECK(list[3].kind == EventKind::program);
  CHECK(list[4].kind == EventKind::note_on);
}

TEST_CASE("events: a loop is unrolled, its notes cut at the wrap, and an offset chases the controls before it") {
  document::Clip clip = midi_clip({{Beats{}, Beats::quarters(3), 60, 90, 64}},
                                  {{Beats{}, midi::ControlKind::controller, 7, 55}}, {}, Beats::quarters(5));
  auto& body = std::get<document::MidiClip>(clip.body);
  body.loop = time::BeatRange{Beats{}, Beats::quarters(2)};
  body.offset = Beats::quarters(1);
  const auto list = events(clip);
  std::vector<std::int64_t> ons, offs, volumes;
  for (const Event& event : list) {
    if (event.kind == EventKind::note_on) ons.push_back(event.at.count);
    if (event.kind == EventKind::note_off) offs.push_back(event.at.count);
    if (event.kind == EventKind::controller) volumes.push_back(event.at.count);
  }
  CHECK(ons == std::vector<std::int64_t>{24'000, 72'000});
  CHECK(offs == std::vector<std::int64_t>{72'000, 120'000});
  CHECK(volumes == std::vector<std::int64_t>{0, 24'000, 72'000});
}

TEST_CASE("SPEC A3: starting anywhere chases notes, controllers and programs") {
  const auto list =
      events(midi_clip({{Beats{}, Beats::quarters(4), 60, 90, 64}, {Beats{}, Beats::quarters(1), 72, 90, 64}},
                       {{Beats{}, midi::ControlKind::program, 0, 3},
                        {Beats::fraction(1, 2), midi::ControlKind::program, 0, 9},
                        {Beats{}, midi::ControlKind::controller, 101, 0},
                        {Beats{}, midi::ControlKind::controller, 100, 0},
                        {Beats{}, midi::ControlKind::controller, 6, 12},
                        {Beats{}, midi::ControlKind::controller, 101, 127}},
                       {}, Beats::quarters(4)));
  const Frames start{48'000};
  const auto chased = plan::chase(list, start);
  CHECK(std::all_of(chased.begin(), chased.end(), [&](const Event& event) { return event.at >= start; }));
  CHECK(std::count_if(chased.begin(), chased.end(),
                      [](const Event& event) { return event.kind == EventKind::note_on; }) == 1);
  const auto program =
      std::find_if(chased.begin(), chased.end(), [](const Event& event) { return event.kind == EventKind::program; });
  REQUIRE(program != chased.end());
  CHECK(program->value == 9);
  // A parameter number keeps its whole story: selected, set, deselected.
  CHECK(std::count_if(chased.begin(), chased.end(),
                      [](const Event& event) { return event.kind == EventKind::controller; }) == 4);
}

TEST_CASE("events: what is set at the start is set by the count-in, and nothing sounds before it") {
  const auto list = plan::lead_in(events(midi_clip({{Beats{}, Beats::quarters(1), 60, 90, 64}},
                                                   {{Beats{}, midi::ControlKind::program, 0, 3},
                                                    {Beats::quarters(1), midi::ControlKind::program, 0, 9}},
                                                   {}, Beats::quarters(4))),
                                  {}, {1'000});
  REQUIRE(list.size() == 4);
  CHECK(list[0] == Event{{-1'000}, EventKind::program, 0, 3});
  CHECK(list[1] == Event{{}, EventKind::note_on, 60, 90});
  CHECK(list[2].at == list[3].at);
}

TEST_CASE("events: what is cut at the transport's stop ends its notes there") {
  const auto list = plan::cut(events(midi_clip({{Beats{}, Beats::quarters(4), 60, 90, 64},
                                                {Beats::quarters(3), Beats::quarters(1), 62, 90, 64}},
                                               {}, {}, Beats::quarters(4))),
                              {48'000});
  REQUIRE(list.size() == 2);
  CHECK(list[1] == Event{{48'000}, EventKind::note_off, 60, 64});
}

TEST_CASE("curve: lines, holds, steps and shapes; a tempo change in the middle of a line does not bend it in beats") {
  const auto tempo =
      time::TempoMap::make({{Beats{}, 120.0, false}, {Beats::quarters(2), 60.0, false}}, {time::TimeSignature{}});
  REQUIRE(tempo);
  const auto curve =
      plan::curve_of({{Beats{}, 0.0}, {Beats::quarters(4), 4.0, true}, {Beats::quarters(5), 9.0, true}}, *tempo, rate);
  const auto value_at = [&](std::int64_t frame) {
    const auto index = plan::segment_at(curve, {frame});
    const auto& segment = curve.segments[index];
    return segment.from + (segment.to - segment.from) * plan::share_at(curve, index, {frame});
  };
  CHECK(value_at(24'000) == doctest::Approx(1.0));  // beat 1
  CHECK(value_at(48'000) == doctest::Approx(2.0));  // beat 2: the tempo halves
  CHECK(value_at(96'000) == doctest::Approx(3.0));  // beat 3
  CHECK(value_at(143'999) == doctest::Approx(4.0).epsilon(1e-4));
  CHECK(value_at(144'000) == 4.0);
  CHECK(value_at(191'999) == 4.0);
  CHECK(value_at(192'000) == 9.0);
  CHECK(plan::shape(0.5, 0.0) == 0.5);
  CHECK(plan::shape(0.5, 0.5) == doctest::Approx(0.25));
  CHECK(plan::shape(0.5, -0.5) == doctest::Approx(0.75));
}

TEST_CASE("SPEC C1: a tail is as long as automation can make it") {
  document::Project project = two_tracks();
  Track one = *project.tracks[0];
  document::Device delay;
  delay.id = {12};
  delay.type = delay.name = "delay";
  delay.parameters = {{"time", 2000.0}, {"feedback", 0.0}};
  one.devices.push_back(delay);
  const auto tail = [&] {
    return plan::facts_of(document::with_track(project, one), {}).at(document::DeviceId{12}).tail;
  };
  CHECK(tail() == Frames{2 * 48'000});
  one.automation.push_back(
      {document::DeviceTarget{{12}, "feedback"}, {{Beats{}, 0.0}, {Beats{1}, 10.0}, {Beats{2}, 0.0}}});
  CHECK(tail() == Frames{7 * 2 * 48'000});
  one.automation.push_back({document::DeviceTarget{{12}, "time"}, {{Beats{}, 3000.0}, {Beats{2}, 10.0}}});
  CHECK(tail() == Frames{7 * 3 * 48'000});
}

TEST_CASE("law 6: compile is a function, and what a track does not depend on leaves its recipe alone") {
  const document::Project project = two_tracks();
  const auto facts = plan::facts_of(project, {});
  const std::vector<plan::Point> points{{{{10}, TapPoint::post_fx}, {}}};
  CHECK(*plan::compile(project, points, {}, facts) == *plan::compile(project, points, {}, facts));

  const auto key = recipe(project, {10});
  document::Project other = project;
  SUBCASE("reordered") { std::swap(other.tracks[0], other.tracks[1]); }
  SUBCASE("another track changed") {
    other = document::with_track(other, [&] {
      Track two = *other.tracks[1];
      two.devices.clear();
      two.name = "Other";
      return two;
    }());
  }
  SUBCASE("its own mixer, name and colour changed: SPEC B5") {
    other = document::with_track(other, [&] {
      Track one = *other.tracks[0];
      one.mixer.volume_db = -12;
      one.mixer.pan = 1;
      one.name = "X";
      one.color = {1};
      return one;
    }());
  }
  SUBCASE("a tempo change after its last note") {
    other.tempo =
        *time::TempoMap::make({{Beats{}, 120.0, false}, {Beats::quarters(8), 90.0, false}}, {time::TimeSignature{}});
  }
  CHECK(recipe(other, {10}) == key);
}

TEST_CASE("law 6: whatever a track's sound depends on is in its recipe") {
  const document::Project project = two_tracks();
  const auto key = recipe(project, {10});
  const auto with_one = [&](auto&& change) {
    Track one = *project.tracks[0];
    change(one);
    return recipe(document::with_track(project, one), {10});
  };
  CHECK(with_one([](Track& one) {
          one.clips[0] = midi_clip({{Beats{}, Beats::quarters(1), 51, 100, 64}}, {}, {}, Beats::quarters(4));
        }) != key);
  CHECK(with_one([](Track& one) { one.devices[0].on = false; }) != key);
  CHECK(with_one([](Track& one) { one.devices[0].seed = 7; }) != key);
  const auto* type = devices::find_type("synth");
  REQUIRE(type != nullptr);
  for (const auto& parameter : type->parameters) {
    const double other = parameter.initial == parameter.maximum ? parameter.minimum : parameter.maximum;
    CAPTURE(parameter.name);
    CHECK(with_one([&](Track& one) { one.devices[0].parameters[parameter.name] = other; }) != key);
  }
  document::Project slower = project;
  slower.tempo = *time::TempoMap::make({{Beats{}, 119.0, false}}, {time::TimeSignature{}});
  CHECK(recipe(slower, {10}) != key);
  document::Project other_rate = project;
  other_rate.rate = {44100};
  CHECK(recipe(other_rate, {10}) != key);
}

TEST_CASE("SPEC E1: a routing cycle is refused with its path") {
  document::Project project = document::make_project(rate);
  Track a = track(10, TrackKind::audio, "A");
  Track b = track(20, TrackKind::audio, "B");
  a.input = document::Tap{b.id, TapPoint::post_mixer};
  b.input = document::Tap{a.id, TapPoint::post_fx};
  a.monitor = b.monitor = document::Monitor::in;
  project.tracks.insert(project.tracks.begin(), {base::Box<Track>(a), base::Box<Track>(b)});
  const auto compiled = plan::compile(project, {{{{10}, TapPoint::post_fx}, {}}}, {}, {});
  REQUIRE(!compiled);
  CHECK(compiled.error().kind == base::ErrorKind::refused);
  CHECK(compiled.error().message.find("A -> B -> A") != std::string::npos);
}

TEST_CASE("SPEC B11: missing devices are refused, all of them named") {
  document::Project project = two_tracks();
  for (auto& box : {0, 1}) {
    Track changed = *project.tracks[static_cast<std::size_t>(box)];
    changed.devices[0].type = "gone";
    changed.devices[0].name = "Gone " + changed.name;
    project = document::with_track(project, changed);
  }
  const auto compiled = plan::compile(project, {{{document::main_of(project).id, TapPoint::post_mixer}, {}}}, {},
                                      plan::facts_of(project, {}));
  REQUIRE(!compiled);
  CHECK(compiled.error().message.find("Gone One") != std::string::npos);
  CHECK(compiled.error().message.find("Gone Two") != std::string::npos);
}

TEST_CASE(
    "A plug-in is asked about as it is set, with its side-chain; where a file of its was lost, that is the error") {
  document::Project project = two_tracks();
  Track changed = *project.tracks[0];
  devices::DeviceType type;
  type.name = changed.devices[0].type = "clap:one";
  type.device_class = devices::DeviceClass::audio_effect;
  type.plugin.emplace();
  type.side_chain = true;
  changed.devices[0].plugin = base::Box<devices::DeviceType>(type);
  changed.devices[0].side_chain = document::Tap{{20}, TapPoint::post_fx};
  project = document::with_track(project, changed);
  const auto facts = plan::facts_of(project, [](const devices::Settings& settings) {
    CHECK(settings.has_side_chain);
    devices::Facts lost;
    lost.lost = base::Error{base::ErrorKind::not_found, "one.wav is missing. Put it back."};
    lost.known = devices::Facts::Known::failing;
    return lost;
  });
  const auto compiled = plan::compile(project, {{{changed.id, TapPoint::post_fx}, {}}}, {}, facts);
  REQUIRE(!compiled);
  CHECK(compiled.error() == base::Error{base::ErrorKind::not_found, "one.wav is missing. Put it back."});
}

TEST_CASE("SPEC D5, E1: where a track carries MIDI alone, a tap of it is silence") {
  document::Project project = document::make_project(rate);
  Track bare = track(10, TrackKind::midi, "Bare");
  document::Device effect;
  effect.id = {11};
  effect.type = effect.name = "chord";
  bare.devices.push_back(effect);
  project.tracks.insert(project.tracks.begin(), base::Box<Track>(bare));
  for (const plan::Point& point :
       {plan::Point{{bare.id, TapPoint::pre_fx}, {}}, plan::Point{{bare.id, TapPoint::post_fx}, {}},
        plan::Point{{bare.id, TapPoint::post_fx}, effect.id}}) {
    const auto compiled = plan::compile(project, {point}, {}, plan::facts_of(project, {}));
    REQUIRE(compiled);
    const auto& step = compiled->steps[static_cast<std::size_t>(compiled->outputs.front().step)];
    CHECK(step.work == decltype(plan::Step::work){plan::Sum{}});
    CHECK(step.inputs.empty());
  }
}

TEST_CASE("SPEC E5: solo leaves the track, its groups and its returns") {
  document::Project project = document::make_project(rate);
  Track group = track(10, TrackKind::group, "Group");
  Track member = track(20, TrackKind::midi, "Member");
  Track other = track(30, TrackKind::midi, "Other");
  Track send = track(40, TrackKind::return_, "Return");
  member.group = group.id;
  const auto put = [&] {
    document::Project with = project;
    with.tracks.insert(with.tracks.begin(), {base::Box<Track>(group), base::Box<Track>(member), base::Box<Track>(other),
                                             base::Box<Track>(send)});
    return with;
  };
  SUBCASE("a member") {
    member.mixer.solo = true;
    const plan::Audibility audibility(put());
    CHECK(audibility.is_heard(member));
    CHECK(audibility.is_heard(group));
    CHECK(audibility.is_heard(send));
    CHECK_FALSE(audibility.is_heard(other));
    CHECK_FALSE(audibility.is_sent(other, send));
  }
  SUBCASE("a group takes its members along") {
    group.mixer.solo = true;
    const plan::Audibility audibility(put());
    CHECK(audibility.is_heard(member));
    CHECK_FALSE(audibility.is_heard(other));
  }
  SUBCASE("a return alone keeps what is sent to it") {
    send.mixer.solo = true;
    const plan::Audibility audibility(put());
    CHECK_FALSE(audibility.is_heard(other));
    CHECK(audibility.is_sent(other, send));
    CHECK(audibility.is_heard(send));
  }
  SUBCASE("what reaches it through a group or through another return is sent to it too") {
    Track before = track(50, TrackKind::return_, "Before");
    send.mixer.solo = true;
    group.mixer.sends.push_back({send.id, 0.0, false, true, {}});
    before.mixer.sends.push_back({send.id, 0.0, false, true, {}});
    project.tracks.insert(project.tracks.begin(), base::Box<Track>(before));
    const plan::Audibility audibility(put());
    CHECK(audibility.is_heard(member));
    CHECK(audibility.is_sent(group, send));
    CHECK(audibility.is_sent(other, before));
    CHECK_FALSE(audibility.is_heard(group));
    CHECK_FALSE(audibility.is_heard(before));
  }
  SUBCASE("SPEC E2: a resampling track is silent while it is armed") {
    other.kind = TrackKind::audio;
    other.input = document::Resampling{};
    CHECK(plan::Audibility(put()).is_heard(other));
    other.armed = true;
    CHECK_FALSE(plan::Audibility(put()).is_heard(other));
  }
}
