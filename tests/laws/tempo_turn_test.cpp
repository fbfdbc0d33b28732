// SPEC, real time: another tempo while it plays: the position in beats stays, and the song goes on from there on the new map, without a gap.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "convert/freeze.hpp"
#include "live/player.hpp"
#include "live/turn.hpp"
#include "support/playing.hpp"

namespace {

using namespace firn;
using document::TrackId;
using document::TrackKind;
using tests::difference;
using tests::Playing;
using tests::Scene;
using time::Beats;
using time::FrameRange;
using time::Frames;
using time::Run;
using time::TempoMap;

struct TurningSong : Scene {
  TurningSong() {
    const TrackId hall = add_track(TrackKind::return_, "Hall");
    add_device(hall, "reverb", {{"decay", 0.3}});
    band = add_track(TrackKind::group, "Band");
    add_device(band, "limiter");
    lead = add_midi("Lead", "synth", tests::some_notes(1, 80));
    add_device(lead, "limiter");
    add_device(lead, "delay");
    noise = add_audio("Noise", tests::noise(900'000, 3));
    apply({edit::MoveTrack{lead, {band, {}}}, edit::SetSendLevel{lead, hall, -6.0}, edit::SetVolume{noise, -20.0}});
    const document::MixerTarget volume{document::MixerParameter::volume};
    for (int i = 0; i < 16; ++i) apply(edit::AddPoint{band, volume, {Beats::quarters(i), -3.0 * (i % 3)}});
  }

  void set_tempo(double bpm) { apply(edit::SetTempo{{{{}, bpm, false}}}); }

  TrackId band, lead, noise;
};

// What a render of the project with that tempo map has.
audio::StereoBuffer rendered_on(Scene& scene, const TempoMap& tempo, int frames) {
  const document::Project project = scene.project;
  scene.project.tempo = tempo;
  auto sound = scene.listen_to_main({.window = {{}, Frames{frames}}});
  scene.project = project;
  return sound;
}

// The first frame from `from` on that is louder.
int onset_from(const audio::StereoBuffer& sound, int from, float level) {
  for (int i = from; i < sound.frames(); ++i) {
    if (std::abs(sound.left[static_cast<std::size_t>(i)]) > level) return i;
  }
  return -1;
}

midi::Note short_note(int quarter) {
  midi::Note note;
  note.start = Beats::quarters(quarter);
  note.length = Beats::fraction(1, 8);
  note.key = 69;
  return note;
}

std::string difference_between(const audio::StereoBuffer& one, const audio::StereoBuffer& other, int from, int until) {
  return difference(tests::part_of(one, from, until - from), tests::part_of(other, from, until - from));
}

}  // namespace

TEST_CASE(
    "A tempo edit while it plays: what is heard is a render on the old map up to there and on the new one from there "
    "on") {
  for (const int block : {64, 256, 1024}) {
    TurningSong song;
    const TempoMap before = song.project.tempo;
    Playing playing(song, {}, block);
    playing.hear(40'960);
    song.set_tempo(91.7);
    playing.follow();
    CHECK(playing.performance().course().tempo->bpm_at({}) == 120.0);
    const Frames at = [&] {
      const auto& points = playing.performance().course().tempo->tempos();
      REQUIRE(points.size() == 2);
      return before.frame_at(points.back().at, song.project.rate);
    }();
    CHECK(at > Frames{playing.frames()});
    CHECK(at < Frames{playing.frames() + 24'000});
    playing.settle();
    playing.hear(300'000);
    const TempoMap joined = before.until(before.beats_at(at, song.project.rate), song.project.tempo);
    CAPTURE(block);
    CHECK(difference(playing.heard(), rendered_on(song, joined, playing.frames())) == "");
    CHECK(difference_between(playing.heard(), rendered_on(song, before, playing.frames()), 0,
                             static_cast<int>(at.count)) == "");
    CHECK(playing.performance().missed() == 0);
  }
}

TEST_CASE("Another tempo while a group comes out of its print, or has just done so, is heard as on any other group") {
  for (const bool is_out : {false, true}) {
    CAPTURE(is_out);
    TurningSong song;
    const TempoMap before = song.project.tempo;
    auto studio = song.studio();
    const auto outcome = convert::freeze(song.project, {{song.band}}, studio);
    REQUIRE(outcome);
    song.apply(outcome->commands);
    Playing playing(song);
    playing.hear(40'960);
    song.apply(edit::Unfreeze{song.band});
    playing.follow();
    const auto plays_devices = [&] {
      const auto& steps = playing.performance().plan().steps;
      return std::ranges::any_of(
          steps, [&](const plan::Step& step) { return step.key.track == song.band && plan::is_device(step); });
    };
    if (is_out) playing.hear_until(plays_devices);
    REQUIRE(plays_devices() == is_out);
    song.set_tempo(91.7);
    playing.follow();
    playing.settle();
    const int settled = playing.frames();
    playing.hear(200'000);
    const auto& points = playing.performance().course().tempo->tempos();
    REQUIRE(points.size() == 2);
    const TempoMap joined = before.until(points.back().at, song.project.tempo);
    // A print that is stale by then plays on as it is.
    CHECK(difference_between(playing.heard(), rendered_on(song, joined, playing.frames()), is_out ? 0 : settled,
                             playing.frames()) == "");
    CHECK(playing.performance().missed() == 0);
  }
}

TEST_CASE("After a tempo edit the next note is where the new map has it, counted from where the position stayed") {
  Scene scene;
  std::vector<midi::Note> notes;
  for (int i = 0; i < 16; ++i) notes.push_back(short_note(i));
  scene.add_midi("Keys", "synth", notes);
  Playing playing(scene);
  const int late = onset_from(rendered_on(scene, scene.project.tempo, 24'000), 0, 1e-4f);  // behind a note's start
  playing.hear(60'000);
  scene.apply(edit::SetTempo{{{{}, 80.0, false}}});  // 36,000 frames a quarter
  playing.follow();
  const Beats turned = playing.performance().course().tempo->tempos().back().at;
  CHECK(turned > Beats::fraction(5, 2));
  CHECK(turned < Beats::quarters(4));
  playing.settle();
  playing.hear(200'000);
  for (int quarter = 4; quarter < 6; ++quarter) {
    const double expected =
        24'000.0 * turned.in_quarters() + 36'000.0 * (Beats::quarters(quarter) - turned).in_quarters();
    CHECK(onset_from(playing.heard(), static_cast<int>(expected) - 5'000, 1e-4f) == std::lround(expected) + late);
  }
}

TEST_CASE("Round a loop, each pass behind a tempo edit is of the new tempo, and ends where that has its end") {
  // Clips are there to the frame. The synth's oscillators run on, so its notes are heard a few frames sooner or later.
  for (const int tolerance : {0, 16}) {
    for (const int block : {64, 1024}) {
      CAPTURE(tolerance);
      CAPTURE(block);
      Scene scene;
      std::vector<midi::Note> notes;
      for (int i = 0; i < 8; ++i) {
        notes.push_back(short_note(i));
        if (tolerance == 0) scene.add_audio("Click", tests::impulse(100, 0), Beats::quarters(i));
      }
      if (tolerance > 0) scene.add_device(scene.add_midi("Keys", "", notes), "synth", {{"amp-release", 0.02}});
      const int late = onset_from(rendered_on(scene, scene.project.tempo, 24'000), 0, 1e-4f);
      Playing playing(scene, Run{Frames{}, FrameRange{{}, Frames{192'000}}}, block);  // eight quarters
      playing.hear(230'000);
      scene.apply(edit::SetTempo{{{{}, 150.0, false}}});  // 19,200 frames a quarter
      playing.follow();
      const Beats turned = playing.performance().course().tempo->tempos().back().at;
      playing.settle();
      playing.hear(600'000);
      const double wrap = 192'000.0 + 24'000.0 * turned.in_quarters() + 19'200.0 * (8.0 - turned.in_quarters());
      for (int quarter = -4; quarter < 20; ++quarter) {
        const auto expected = static_cast<int>(std::lround(wrap + 19'200.0 * quarter));
        CHECK(std::abs(onset_from(playing.heard(), expected - 2'000, 1e-4f) - late - expected) <= tolerance);
      }
      CHECK(playing.performance().missed() == 0);
    }
  }
}

TEST_CASE("A loop is moved while it plays: the position stays, and what comes is the other loop") {
  Scene scene;
  scene.add_audio("Noise", tests::noise(900'000, 3));
  const Run run{Frames{}, FrameRange{{}, Frames{192'000}}};
  const auto straight = rendered_on(scene, scene.project.tempo, 480'000);
  Playing playing(scene, run);
  playing.hear(200'000);
  playing.performance().go_round(time::BeatRange{Beats::quarters(4), Beats::quarters(6)});
  playing.settle();
  playing.hear(400'000 - playing.frames());
  for (int i = 0; i < 400'000; ++i) {
    int position = i < 192'000 ? i : i - 192'000;
    if (position >= 144'000 && i >= 192'000) position = 96'000 + (position - 144'000) % 48'000;
    REQUIRE(playing.heard().left[static_cast<std::size_t>(i)] == straight.left[static_cast<std::size_t>(position)]);
  }
  playing.performance().go_round(std::nullopt);
  playing.settle();
  const int position =
      static_cast<int>(playing.performance().course().run.from(playing.performance().heard()).position.count);
  const int from = playing.frames();
  playing.hear(50'000);
  CHECK(difference(tests::part_of(playing.heard(), from, 50'000), tests::part_of(straight, position, 50'000)) == "");
  CHECK(playing.performance().missed() == 0);
}

TEST_CASE("A stale print plays on at a new tempo, and the metronome and the end go with the tempo") {
  Scene scene;
  const TrackId track = scene.add_midi("Keys", "synth", tests::some_notes(1, 40));
  auto studio = scene.studio();
  const auto outcome = convert::freeze(scene.project, {{track}}, studio);
  REQUIRE(outcome);
  scene.apply(outcome->commands);
  const auto print = rendered_on(scene, scene.project.tempo, 300'000);
  const auto sources = convert::sources_of(scene.project, scene.store(), scene.plugins);
  auto made = live::Performance::make(scene.project, sources, scene.facts(), Run{}, {});
  REQUIRE(made);
  live::Performance& playing = **made;
  live::Player player(scene.project.rate);
  player.play(std::move(*made), {.end = Frames{240'000}, .clicks = true});  // ten quarters
  audio::StereoBuffer block(256);
  audio::StereoBuffer heard(0);
  const auto hear = [&](int frames) {
    for (int done = 0; done < frames && !player.status().has_ended; done += block.frames()) {
      REQUIRE(playing.tend());
      while (!playing.is_ready(playing.heard() + Frames{block.frames()})) {
      }
      player.process(block.view());
      heard.append(block.view());
    }
  };
  hear(24'064);
  scene.apply(edit::SetTempo{{{{}, 60.0, false}}});
  REQUIRE(playing.follow(scene.project, sources, scene.facts()));
  const Beats turned = playing.course().tempo->tempos().back().at;
  hear(1'000'000);
  const auto frame_of = [&](Beats at) {
    return std::lround(24'000.0 * turned.in_quarters() + 48'000.0 * (at - turned).in_quarters());
  };
  CHECK(player.status().heard.count == frame_of(Beats::quarters(10)));
  // What is heard beside the print is the clicks.
  std::vector<std::int64_t> clicks;
  for (int i = 0; i < 300'000; ++i) {
    const auto place = static_cast<std::size_t>(i);
    const float click = heard.left[place] - print.left[place];
    if (std::abs(click) > 0.2f && (clicks.empty() || i - clicks.back() > 2'000)) clicks.push_back(i);
  }
  REQUIRE(clicks.size() >= 5);
  for (int quarter = 0; quarter < 5; ++quarter)
    CHECK(clicks[static_cast<std::size_t>(quarter)] ==
          (Beats::quarters(quarter) < turned ? 24'000 * quarter : frame_of(Beats::quarters(quarter))));
}
