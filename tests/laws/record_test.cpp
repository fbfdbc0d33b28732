// SPEC E: what is recorded live is, sample for sample, what a render of the same run gives.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <thread>

#include "convert/freeze.hpp"
#include "convert/studio.hpp"
#include "live/player.hpp"
#include "live/recorder.hpp"
#include "support/playing.hpp"
#include "support/random_song.hpp"
#include "support/realtime_trap.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using document::TrackId;
using document::TrackKind;
using tests::difference;
using tests::Scene;
using time::Beats;
using time::FrameRange;
using time::Frames;
using time::Run;

// Chains with latency on tracks, in a group, on a return and on Main, so that every tap is late by another number of frames.
struct RecordedSong : Scene {
  RecordedSong() {
    hall = add_track(TrackKind::return_, "Hall");
    add_device(hall, "reverb", {{"decay", 0.3}});
    band = add_track(TrackKind::group, "Band");
    add_device(band, "limiter");
    lead = add_midi("Lead", "synth", tests::some_notes(1));
    bass = add_midi("Bass", "synth", tests::some_notes(2));
    add_device(bass, "limiter");
    noise = add_audio("Noise", tests::noise(90'000, 3), Beats::fraction(5, 7));
    add_device(main(), "limiter");
    apply({edit::MoveTrack{bass, {band, {}}}, edit::SetSendLevel{lead, hall, -6.0},
           edit::SetSendLevel{noise, hall, -9.0}, edit::SetSendPoint{noise, hall, true}, edit::SetPan{lead, 0.3}});
  }

  std::vector<plan::Point> taps() const {
    std::vector<plan::Point> points{{{main(), TapPoint::post_mixer}, {}}};
    for (const TrackId track : {hall, band, lead, bass, noise}) {
      for (const TapPoint point : {TapPoint::pre_fx, TapPoint::post_fx, TapPoint::post_mixer})
        points.push_back({{track, point}, {}});
    }
    return points;
  }

  TrackId hall, band, lead, bass, noise;
};

struct Recorded {
  audio::StereoBuffer sound;
  std::vector<FrameRange> dropouts;
};

// What tapes of that range hold of the points when a device has asked for blocks of `block` frames up to `end` of the run.
std::vector<Recorded> record(Scene& scene, const std::vector<plan::Point>& points, const Run& run, FrameRange range,
                             Frames end, int block) {
  live::Setup setup = tests::unhurried();
  std::vector<std::shared_ptr<live::Tape>> tapes;
  for (const plan::Point& point : points) {
    tapes.push_back(std::make_shared<live::Tape>(range));
    setup.recordings.push_back({point, tapes.back()});
  }
  const auto sources = convert::sources_of(scene.project, scene.store(), scene.plugins);
  auto made = live::Performance::make(scene.project, sources, scene.facts(), run, setup);
  if (!made) FAIL(made.error().message);
  const live::Performance& playing = **made;
  std::vector<Recorded> recorded(points.size());
  std::vector<live::Recorder::Track> tracks;
  for (std::size_t i = 0; i < points.size(); ++i) {
    tracks.push_back({tapes[i], [&sound = recorded[i].sound](audio::ConstStereoView part) -> base::Result<void> {
                        sound.append(part);
                        return {};
                      }});
  }
  live::Recorder recorder(tracks);
  live::Player player(scene.project.rate);
  player.play(std::move(*made), {.end = end});
  audio::StereoBuffer asked(block);
  while (!player.status().has_ended) {
    while (!playing.is_ready(playing.heard() + Frames{block}))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    player.process(asked.view());
  }
  recorder.finish();
  CHECK_FALSE(recorder.fault());
  for (std::size_t i = 0; i < points.size(); ++i) recorded[i].dropouts = tapes[i]->dropouts();
  return recorded;
}

}  // namespace

TEST_CASE(
    "SPEC E3, E4: every tap is recorded as a render of the run has it, in any block, from anywhere, round a loop") {
  RecordedSong song;
  const auto points = song.taps();
  for (const Run& run : {Run{}, Run{Frames{61'234}}, Run{Frames{30'000}, FrameRange{{40'001}, {59'003}}}}) {
    const Frames end = run.start() + Frames{60'000};
    const auto expected =
        song.listen_to_all(points, {.window = {run.start(), end}, .start = run.start(), .loop = run.loop()});
    for (const int block : {16, 256, 4096}) {
      const auto recorded = record(song, points, run, {run.start(), end}, end, block);
      for (std::size_t i = 0; i < points.size(); ++i) {
        CAPTURE(run.start().count);
        CAPTURE(block);
        CAPTURE(i);
        CHECK(recorded[i].dropouts.empty());
        CHECK(difference(recorded[i].sound, expected[i]) == "");
      }
    }
  }
}

TEST_CASE("SPEC C1: without an end a take ends with its sound, on the sample, in any block") {
  Scene scene;
  scene.apply(edit::SetTailLimit{1.0});
  const TrackId track = scene.add_audio("Noise", tests::noise(20'000, 3));
  scene.add_device(track, "reverb", {{"decay", 0.3}});
  const plan::Point main{{scene.main(), TapPoint::post_mixer}, {}};
  const auto expected = scene.listen(main);
  for (const int block : {17, 1024}) {
    const auto recorded = record(scene, {main}, Run{}, {{}, Frames::never()}, Frames::never(), block);
    CHECK(difference(recorded.front().sound, expected) == "");
  }
}

TEST_CASE("SPEC E4: at punch points sample k of a take is the one at its start + k") {
  RecordedSong song;
  const std::vector<plan::Point> points{{{song.main(), TapPoint::post_mixer}, {}},
                                        {{song.bass, TapPoint::post_fx}, {}}};
  const FrameRange punch{{12'345}, {45'678}};
  const auto expected = song.listen_to_all(points, {.window = {punch.start, punch.end}});
  for (const int block : {64, 1000}) {
    const auto recorded = record(song, points, Run{}, punch, Frames{50'000}, block);
    for (std::size_t i = 0; i < points.size(); ++i) CHECK(difference(recorded[i].sound, expected[i]) == "");
  }
}

TEST_CASE("SPEC E2, E3: a resampling track is silent while it is armed, and the others are recorded as without it") {
  RecordedSong song;
  const plan::Point main{{song.main(), TapPoint::post_mixer}, {}};
  const auto expected = song.listen(main, {.window = {{}, Frames{40'000}}});
  const TrackId print = song.add_audio("Print", tests::noise(40'000, 9));
  song.apply({edit::SetInput{print, document::Resampling{}}, edit::SetArmed{print, true}});
  const auto recorded = record(song, {main}, Run{}, {{}, Frames{40'000}}, Frames{40'000}, 256);
  CHECK(difference(recorded.front().sound, expected) == "");
}

TEST_CASE("SPEC E7: what finds no room on a tape is silence, counted, and what follows is in its place") {
  live::Tape tape({{100}, {100'000}}, 1024);
  const auto sound = tests::noise(100'000, 1);
  audio::StereoBuffer heard;
  audio::StereoBuffer part(500);
  const auto take = [&] {
    while (const int frames = tape.take(part.view())) heard.append(part.view().part(0, frames));
  };
  for (int at = 0; at < 20'000; at += 100) {
    tape.write(Frames{at}, sound.view().part(at, 100));
    if (at < 5'000 || at > 9'000) take();
  }
  take();
  REQUIRE(heard.frames() == 19'900);
  const auto dropouts = tape.dropouts();
  REQUIRE(dropouts.size() == 1);
  int lost = 0;
  for (int i = 0; i < heard.frames(); ++i) {
    const bool is_lost = Frames{i} >= dropouts[0].start && Frames{i} < dropouts[0].end;
    lost += is_lost ? 1 : 0;
    REQUIRE(heard.left[static_cast<std::size_t>(i)] ==
            (is_lost ? 0.0f : sound.left[static_cast<std::size_t>(i) + 100]));
  }
  CHECK(lost > 2'000);
  CHECK_FALSE(tape.is_full());
}

TEST_CASE("SPEC E7: a take in which tracks were not read ahead in time says where") {
  Scene scene;
  scene.add_audio("Noise", tests::noise(400'000, 4));
  auto tape = std::make_shared<live::Tape>(FrameRange{{}, {100'000}});
  live::Setup setup = tests::unhurried();
  setup.ahead = 1 << 12;
  setup.recordings = {{{{scene.main(), TapPoint::post_mixer}, {}}, tape}};
  const auto sources = convert::sources_of(scene.project, scene.store(), scene.plugins);
  auto made = live::Performance::make(scene.project, sources, scene.facts(), Run{}, setup);
  REQUIRE(made);
  for (int i = 0; i < 20; ++i) (*made)->run(4096);
  CHECK((*made)->missed() > 0);
  CHECK_FALSE(tape->dropouts().empty());
}

TEST_CASE("An external input is recorded where it was played to: what comes in a round trip late is in its place") {
  RecordedSong song;
  constexpr int round_trip = 777;
  constexpr int frames = 60'000;
  const Run run{Frames{12'000}};
  const auto expected =
      song.listen_to_main({.window = {run.start(), run.start() + Frames{frames}}, .start = run.start()});
  for (const int block : {64, 500, 4096}) {
    CAPTURE(block);
    auto tape = std::make_shared<live::Tape>(FrameRange{run.start(), run.start() + Frames{frames}});
    live::Setup setup = tests::unhurried();
    setup.outside.round_trip = Frames{round_trip};
    setup.recordings = {{{}, tape, "hw:1-2"}};
    const auto sources = convert::sources_of(song.project, song.store(), song.plugins);
    auto made = live::Performance::make(song.project, sources, song.facts(), run, setup);
    REQUIRE(made);
    const live::Performance& playing = **made;
    live::Player player(song.project.rate);
    player.play(std::move(*made), {.end = run.start() + Frames{frames}});
    // A cable from the device's outputs to its inputs.
    audio::StereoBuffer cable(round_trip);
    audio::StereoBuffer asked(block);
    audio::StereoBuffer taken(1 << 18);
    while (!player.status().has_ended) {
      while (!playing.is_ready(playing.heard() + Frames{block}))
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      while (cable.frames() < block) cable.append(audio::StereoBuffer(1).view());
      const std::array<const float*, 2> channels{cable.left.data(), cable.right.data()};
      player.process(asked.view(), {channels});
      cable.append(asked.view());
      cable = tests::part_of(cable, block, cable.frames() - block);
    }
    REQUIRE(tape->take(taken.view()) == frames);
    // A block that is longer than the cable can't have in it what it makes: the cable is as long as the block then.
    const int late = std::max(0, block - round_trip);
    CHECK(difference(tests::part_of(taken, late, frames - late), tests::part_of(expected, 0, frames - late)) == "");
  }
}

TEST_CASE("A monitored input is heard through its track's devices, as a clip would be") {
  Scene as_clip, as_input;
  auto sound = tests::noise(50'000, 5);
  sound.right = sound.left;  // a channel is on both sides
  for (Scene* scene : {&as_clip, &as_input}) {
    const TrackId other = scene->add_midi("Other", "synth", tests::some_notes(1));
    scene->add_device(other, "limiter");
    scene->add_device(scene->main(), "limiter");
    TrackId track;
    if (scene == &as_clip) {
      track = scene->add_audio("In", sound);
    } else {
      track = scene->add_track(TrackKind::audio, "In");
      scene->apply(
          {edit::SetInput{track, document::ExternalInput{"hw:2"}}, edit::SetMonitor{track, document::Monitor::in}});
    }
    scene->add_device(track, "filter");
    scene->apply(edit::SetVolume{track, -3.0});
  }
  const auto expected = as_clip.listen_to_main({.window = {{}, Frames{40'000}}});

  live::Setup setup = tests::unhurried();
  const auto sources = convert::sources_of(as_input.project, as_input.store(), as_input.plugins);
  auto made = live::Performance::make(as_input.project, sources, as_input.facts(), Run{}, setup);
  REQUIRE(made);
  live::Performance& playing = **made;
  const auto late = static_cast<int>(playing.latency().count);
  CHECK(late > 0);
  audio::StereoBuffer heard;
  for (int at = 0; at + 250 < 45'000; at += 250) {
    while (!playing.is_ready(playing.heard() + Frames{250})) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::array<const float*, 2> channels{nullptr, sound.left.data() + at};
    playing.run(250, {channels});
    heard.append(playing.main().audio);
  }
  CHECK(difference(tests::part_of(heard, late, 40'000), expected) == "");
}

TEST_CASE("law 8: an audio thread that records allocates nothing") {
  RecordedSong song;
  const auto points = song.taps();
  live::Setup setup = tests::unhurried();
  for (const plan::Point& point : points)
    setup.recordings.push_back({point, std::make_shared<live::Tape>(FrameRange{{}, {100'000}}, 1 << 12)});
  const auto sources = convert::sources_of(song.project, song.store(), song.plugins);
  auto made = live::Performance::make(song.project, sources, song.facts(), Run{}, setup);
  REQUIRE(made);
  while (!(*made)->is_ready(Frames{9'000})) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  live::Player player(song.project.rate);
  player.play(std::move(*made));
  audio::StereoBuffer block(256);
  const tests::RealtimeTrap trap;
  for (int i = 0; i < 30; ++i) player.process(block.view());
  CHECK(trap.caught() == "");
}

TEST_CASE("Random songs are recorded as they are rendered") {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    tests::RandomSong song(seed);
    const Run run{Frames{seed * 1'000}, seed % 2 == 0 ? std::optional(FrameRange{{20'011}, {47'777}}) : std::nullopt};
    const Frames end = run.start() + Frames{70'000};
    std::vector<plan::Point> points;
    for (const auto& track : song.project.tracks) points.push_back({{track->id, TapPoint::post_mixer}, {}});
    const auto expected =
        song.listen_to_all(points, {.window = {run.start(), end}, .start = run.start(), .loop = run.loop()});
    const auto recorded = record(song, points, run, {run.start(), end}, end, 128);
    for (std::size_t i = 0; i < points.size(); ++i) {
      CAPTURE(i);
      CHECK(difference(recorded[i].sound, expected[i]) == "");
    }
  }
}
