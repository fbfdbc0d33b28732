// Law 3 and SPEC A: what is heard live is, sample for sample, what a render of the same run gives.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <thread>

#include "audio/resample.hpp"
#include "convert/freeze.hpp"
#include "convert/studio.hpp"
#include "live/player.hpp"
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

std::unique_ptr<live::Performance> perform(Scene& scene, const Run& run,
                                           const live::Setup& setup = tests::unhurried()) {
  const auto sources = convert::sources_of(scene.project, scene.store(), scene.plugins);
  auto performance = live::Performance::make(scene.project, sources, scene.facts(), run, setup);
  if (!performance) FAIL(performance.error().message);
  return std::move(*performance);
}

void wait_until_ready(const live::Performance& performance, Frames until) {
  while (!performance.is_ready(until)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// What an audio device would be given that asks for `block` frames at a time and waits for nothing but the read-ahead.
audio::StereoBuffer hear(Scene& scene, const Run& run, int frames, int block,
                         const live::Setup& setup = tests::unhurried()) {
  live::Player player(scene.project.rate);
  auto performance = perform(scene, run, setup);
  const live::Performance& playing = *performance;
  const int late = static_cast<int>(playing.latency().count);
  player.play(std::move(performance));
  audio::StereoBuffer heard;
  audio::StereoBuffer asked(block);
  while (heard.frames() < late + frames) {
    wait_until_ready(playing, run.start() + Frames{heard.frames() - late + block});
    player.process(asked.view());
    heard.append(asked.view());
  }
  CHECK(playing.missed() == 0);
  return tests::part_of(heard, late, frames);
}

audio::StereoBuffer rendered(Scene& scene, const Run& run, int frames) {
  return scene.listen_to_main(
      {.window = {run.start(), run.start() + Frames{frames}}, .start = run.start(), .loop = run.loop()});
}

// Instruments, a group in a group, returns, a side-chain across the line, latencies above and below it, automation.
struct PlayedSong : Scene {
  PlayedSong() {
    hall = add_track(TrackKind::return_, "Hall");
    add_device(hall, "reverb");
    band = add_track(TrackKind::group, "Band");
    add_device(band, "limiter");
    lead = add_midi("Lead", "synth", tests::some_notes(1));
    add_device(lead, "filter");
    bass = add_midi("Bass", "synth", tests::some_notes(2));
    const auto ducked = add_device(bass, "compressor", {{"threshold", -40.0}});
    add_device(bass, "limiter");
    noise = add_audio("Noise", tests::noise(150'000, 3), Beats::fraction(5, 7));
    add_device(noise, "chorus");
    add_device(main(), "limiter");
    apply({edit::MoveTrack{bass, {band, {}}}, edit::MoveTrack{lead, {band, {}}}, edit::SetSendLevel{lead, hall, -6.0},
           edit::SetSendLevel{noise, hall, -9.0}, edit::SetSendPoint{noise, hall, true}, edit::SetPan{lead, 0.3},
           edit::SetSideChain{bass, ducked, document::Tap{noise, TapPoint::post_mixer}}});
    apply(edit::SetAutomation{
        noise, document::MixerTarget{document::MixerParameter::volume}, {{Beats{}, -20.0}, {Beats::quarters(6), 0.0}}});
  }

  TrackId hall, band, lead, bass, noise;
};

// With more below the line, for several to do.
struct GroupedSong : PlayedSong {
  GroupedSong() {
    for (unsigned i = 0; i < 3; ++i) {
      const TrackId group = add_track(TrackKind::group, "More");
      add_device(group, "reverb");
      const TrackId track = add_midi("Part", "synth", tests::some_notes(10 + i));
      apply({edit::MoveTrack{track, {group, {}}}, edit::SetSendLevel{group, hall, -6.0}});
    }
  }
};

}  // namespace

TEST_CASE("law 3: live is as rendered, in any block, from the start and from mid-song") {
  PlayedSong song;
  for (const int start : {0, 61'234}) {
    const Run run{Frames{start}};
    const auto expected = rendered(song, run, 100'000);
    for (const int block : {16, 64, 1000, 4096}) {
      CAPTURE(start);
      CAPTURE(block);
      CHECK(difference(hear(song, run, 100'000, block), expected) == "");
    }
  }
}

TEST_CASE("What a track has before a device that hears a mixer is read ahead: its files, and devices") {
  Scene song;
  const TrackId kick = song.add_audio("Kick", tests::noise(40'000, 1));
  const TrackId pad = song.add_audio("Pad", tests::noise(90'000, 2));
  const TrackId bass = song.add_midi("Bass", "synth", tests::some_notes(2));
  song.add_device(bass, "limiter");
  for (const TrackId ducked : {pad, bass}) {
    const auto compressor = song.add_device(ducked, "compressor", {{"threshold", -40.0}});
    song.apply(edit::SetSideChain{ducked, compressor, document::Tap{kick, TapPoint::post_mixer}});
    song.add_device(ducked, "reverb", {{"decay", 0.3}});
  }
  // Pre FX of the bass, too: what it is tapped for ends by the tail rule.
  const TrackId echo = song.add_track(TrackKind::audio, "Echo");
  song.apply(
      {edit::SetInput{echo, document::Tap{bass, TapPoint::pre_fx}}, edit::SetMonitor{echo, document::Monitor::in}});
  const auto performance = perform(song, {});
  std::vector<std::string> devices;
  for (const plan::Step& step : performance->plan().steps) {
    CHECK_FALSE(std::holds_alternative<plan::PlayAudio>(step.work));
    if (plan::is_device(step)) devices.push_back(step.name);
  }
  CHECK(devices == std::vector<std::string>{"Pad: Compressor", "Pad: Reverb", "Bass: Compressor", "Bass: Reverb"});
  // To the ends of their sounds, which come a tail behind what enters the devices below.
  const auto expected = rendered(song, {}, 500'000);
  CHECK(expected.left[450'000] == 0.0f);
  for (const int block : {37, 4096}) {
    CAPTURE(block);
    CHECK(difference(hear(song, {}, 500'000, block), expected) == "");
  }
}

TEST_CASE("law 3: live is as rendered, whoever helps the audio thread") {
  GroupedSong song;
  const auto expected = rendered(song, Run{}, 100'000);
  for (const int helpers : {0, 1, 3}) {
    live::Setup setup = tests::unhurried();
    setup.helpers = helpers;
    CAPTURE(helpers);
    CHECK(difference(hear(song, Run{}, 100'000, 128, setup), expected) == "");
  }
}

TEST_CASE("SPEC A3: live round a loop is as rendered round it") {
  PlayedSong song;
  const Run run{Frames{30'000}, FrameRange{{40'001}, {59'003}}};
  const auto expected = rendered(song, run, 120'000);
  for (const int block : {64, 4096}) {
    CAPTURE(block);
    CHECK(difference(hear(song, run, 120'000, block), expected) == "");
  }
}

TEST_CASE("A frozen track plays its print live, from disk") {
  PlayedSong song;
  const Run run;
  const auto expected = rendered(song, run, 200'000);
  auto studio = song.studio();
  const auto outcome = convert::freeze(song.project, {{song.lead, song.noise, song.band}}, studio);
  REQUIRE(outcome);
  song.apply(outcome->commands);
  CHECK(difference(hear(song, run, 200'000, 256), expected) == "");
}

TEST_CASE("SPEC C2: a stop ramps to silence within 10 ms, and the next start comes after it") {
  Scene scene;
  scene.add_audio("One", tests::noise(100'000, 1));
  live::Player player(scene.project.rate);
  auto performance = perform(scene, Run{});
  wait_until_ready(*performance, Frames{8192});
  player.play(std::move(performance));
  audio::StereoBuffer block(1024);
  player.process(block.view());
  CHECK(player.status().plays);
  CHECK(player.status().heard == Frames{1024});
  player.stop();
  player.process(block.view());
  const auto expected = tests::noise(100'000, 1);
  for (std::size_t i = 0; i < 1024; ++i) {
    const float gain = i < 480 ? static_cast<float>(480 - i) / 481.0f : 0.0f;
    REQUIRE(block.left[i] == doctest::Approx(expected.left[1024 + i] * gain));
  }
  CHECK_FALSE(player.status().plays);

  // From one place to another.
  auto one = perform(scene, Run{});
  auto other = perform(scene, Run{Frames{50'000}});
  wait_until_ready(*one, Frames{8192});
  wait_until_ready(*other, Frames{58'192});
  player.play(std::move(one));
  player.process(block.view());
  player.play(std::move(other));
  player.process(block.view());
  CHECK(block.left[480] == expected.left[50'000]);
  CHECK(block.left[1023] == expected.left[50'000 + 543]);
}

TEST_CASE("What is played up to a frame ends there, on the sample") {
  Scene scene;
  scene.add_audio("One", tests::noise(100'000, 1));
  const auto expected = rendered(scene, Run{}, 50'001);
  live::Player player(scene.project.rate);
  auto performance = perform(scene, Run{}, {.ahead = 1 << 16});
  wait_until_ready(*performance, Frames{51'000});
  player.play(std::move(performance), {.end = Frames{50'001}});
  audio::StereoBuffer heard(51'200);
  for (int at = 0; at < heard.frames(); at += 1024) player.process(heard.view().part(at, 1024));
  CHECK(difference(tests::part_of(heard, 0, 50'001), expected) == "");
  CHECK(
      std::ranges::all_of(heard.left.begin() + 50'001, heard.left.end(), [](float sample) { return sample == 0.0f; }));
  CHECK(player.status().has_ended);
  CHECK(player.status().heard == Frames{50'001});
}

TEST_CASE("SPEC A7: the metronome clicks on each beat, over what is heard, and takes have none of it") {
  Scene scene(48000);
  scene.apply(edit::SetTempo{{{Beats{}, 120.0, false}, {Beats::quarters(8), 90.0, false}}});
  scene.apply(edit::SetTimeSignatures{{{Beats{}, 3, 4}, {Beats::quarters(6), 7, 8}}});
  scene.add_audio("One", tests::noise(1'000, 1), Beats::quarters(2));
  scene.add_device(scene.main(), "limiter");
  const Run run{Frames{}, FrameRange{{}, scene.project.tempo.frame_at(Beats::quarters(11), {48000})}};
  constexpr int frames = 500'000;
  const auto expected = rendered(scene, run, frames);
  for (const int block : {61, 4096}) {
    CAPTURE(block);
    auto tape = std::make_shared<live::Tape>(FrameRange{{}, Frames{frames}}, 1 << 20);
    live::Setup setup = tests::unhurried();
    setup.recordings = {{{{scene.main(), TapPoint::post_mixer}, {}}, tape}};
    setup.count_in = live::Metronome::count_in(scene.project.tempo, scene.project.rate, {}, 2);
    CHECK(setup.count_in == Frames{6 * 24'000});
    auto performance = perform(scene, run, setup);
    const live::Performance& playing = *performance;
    const int late = static_cast<int>(playing.latency().count);
    live::Player player(scene.project.rate);
    player.play(std::move(performance), {.end = Frames{frames}, .clicks = true});
    audio::StereoBuffer heard;
    audio::StereoBuffer asked(block);
    while (!player.status().has_ended) {
      wait_until_ready(playing, playing.heard() + Frames{block});
      player.process(asked.view());
      heard.append(asked.view());
    }
    // Two bars of three quarters before, each click a cosine that begins with a quarter of full scale.
    std::vector<int> clicks;
    for (int beat = 0; beat < 6; ++beat) clicks.push_back(late + beat * 24'000);
    const int start = late + 6 * 24'000;
    for (const int pass : {0, 1}) {
      const auto at = [&](double quarters) {
        const Beats beats{std::llround(quarters * Beats::ticks_per_quarter)};
        return start +
               static_cast<int>(
                   (Frames{run.loop()->length().count * pass} + scene.project.tempo.frame_at(beats, {48000})).count);
      };
      for (int beat = 0; beat < 6; ++beat) clicks.push_back(at(beat));
      for (int eighth = 0; eighth < 10; ++eighth) clicks.push_back(at(6 + eighth * 0.5));
    }
    for (const int click : clicks) {
      if (click + 2'000 > start + frames) break;
      CAPTURE(click);
      const auto below = [&](int frame) {
        return frame < start ? 0.0f : expected.left[static_cast<std::size_t>(frame - start)];
      };
      const auto sound = [&](int frame) { return heard.left[static_cast<std::size_t>(frame)] - below(frame); };
      CHECK(sound(click) == doctest::Approx(0.25f));
      if (click > 0) CHECK(sound(click - 1) == doctest::Approx(0.0f));
      CHECK(sound(click + 1'500) == doctest::Approx(0.0f));
    }
    audio::StereoBuffer taken(frames);
    CHECK(tape->take(taken.view()) == frames);
    CHECK(difference(taken, expected) == "");
  }
}

TEST_CASE("law 8: the audio thread of a player allocates nothing and frees nothing, also as one song follows another") {
  PlayedSong song;
  live::Player player(song.project.rate);
  audio::StereoBuffer block(256);
  for (int start = 0; start < 3; ++start) {
    auto performance = perform(song, Run{Frames{start * 20'000}});
    wait_until_ready(*performance, Frames{start * 20'000 + 9'000});
    player.play(std::move(performance), {.clicks = true});
    const tests::RealtimeTrap trap;
    for (int i = 0; i < 30; ++i) player.process(block.view());
    CHECK(trap.caught() == "");
  }
}

TEST_CASE("law 8: nor do those that help it") {
  GroupedSong song;
  live::Setup setup = tests::unhurried();
  setup.helpers = 2;
  setup.ahead = 1 << 16;
  auto performance = perform(song, Run{}, setup);
  wait_until_ready(*performance, Frames{60'000});
  const tests::RealtimeTrap trap;
  for (int i = 0; i < 400; ++i) performance->run(128);
  CHECK(trap.caught() == "");
}

TEST_CASE("law 8: nor does it for a device of another rate") {
  PlayedSong song;
  live::Player player(song.project.rate);
  auto performance = perform(song, Run{}, {.ahead = 1 << 16});
  wait_until_ready(*performance, Frames{30'000});
  player.play(std::move(performance));
  audio::PullResampler converter(song.project.rate, {44'100}, 4096,
                                 [&](audio::StereoView out) { player.process(out); });
  audio::StereoBuffer block(4096);
  const tests::RealtimeTrap trap;
  for (const int frames : {1, 64, 1000, 4096, 17, 2048}) converter.pull(block.view().part(0, frames));
  CHECK(trap.caught() == "");
}

TEST_CASE("What was not read ahead in time is silence, counted, and what follows is in its place") {
  Scene scene;
  const TrackId track = scene.add_audio("Noise", tests::noise(400'000, 4));
  const auto expected = rendered(scene, Run{}, 400'000);
  auto performance = perform(scene, Run{}, {.ahead = 1 << 12});
  audio::StereoBuffer heard;
  for (int i = 0; i < 40; ++i) {
    performance->run(4096);
    heard.append(performance->main().audio);
    if (i == 20) wait_until_ready(*performance, performance->heard() + Frames{4096});
  }
  CHECK(performance->missed() > 0);
  int right = 0;
  int silent = 0;
  for (std::size_t i = 0; i < heard.left.size(); ++i) {
    right += heard.left[i] == expected.left[i] ? 1 : 0;
    silent += heard.left[i] == 0.0f ? 1 : 0;
  }
  CHECK(right + silent >= heard.frames());
  CHECK(silent >= performance->missed());
  CHECK(right >= 4096);
  CHECK(track);
}

TEST_CASE("Random songs are heard live as they are rendered") {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    tests::RandomSong song(seed);
    const Run run{Frames{}, seed % 2 == 0 ? std::optional(FrameRange{{20'011}, {47'777}}) : std::nullopt};
    CHECK(difference(hear(song, run, 90'000, 128), rendered(song, run, 90'000)) == "");
  }
}
