// SPEC, real time: what plays while the project is edited goes on without a gap, and soon as what the project is now.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "convert/freeze.hpp"
#include "convert/studio.hpp"
#include "support/playing.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using document::TrackId;
using document::TrackKind;
using tests::difference;
using tests::Playing;
using tests::Scene;
using time::Beats;
using time::FrameRange;
using time::Frames;
using time::Run;

constexpr int fade = 480;  // frames: 10 ms

audio::StereoBuffer rendered(Scene& scene, int frames) {
  return scene.listen_to_main({.window = {{}, Frames{frames}}});
}

std::string difference_in(const audio::StereoBuffer& one, const audio::StereoBuffer& other, int from, int until) {
  return difference(tests::part_of(one, from, until - from), tests::part_of(other, from, until - from));
}

// Biggest step from a sample to the next.
float steepest(const audio::StereoBuffer& sound, int from, int until) {
  float most = 0.0f;
  for (auto i = static_cast<std::size_t>(from + 1); i < static_cast<std::size_t>(until); ++i) {
    most = std::max({most, std::abs(sound.left[i] - sound.left[i - 1]), std::abs(sound.right[i] - sound.right[i - 1])});
  }
  return most;
}

// The biggest difference, of the left.
float most_apart(const audio::StereoBuffer& one, const audio::StereoBuffer& other, int from) {
  float most = 0.0f;
  for (auto i = static_cast<std::size_t>(from); i < static_cast<std::size_t>(one.frames()); ++i)
    most = std::max(most, std::abs(one.left[i] - other.left[i]));
  return most;
}

audio::StereoBuffer tone(int frames, double hertz, float level) {
  audio::StereoBuffer sound(frames);
  for (std::size_t i = 0; i < sound.left.size(); ++i)
    sound.left[i] = sound.right[i] =
        level * static_cast<float>(std::sin(6.283185307179586 * hertz * static_cast<double>(i) / 48000.0));
  return sound;
}

struct EditedSong : Scene {
  EditedSong() {
    hall = add_track(TrackKind::return_, "Hall");
    add_device(hall, "reverb");
    group = add_track(TrackKind::group, "Band");
    eq = add_device(group, "eq");
    lead = add_midi("Lead", "synth", tests::some_notes(1, 80));
    filter = add_device(lead, "filter");
    bass = add_midi("Bass", "synth", tests::some_notes(2, 80));
    add_device(bass, "limiter");
    noise = add_audio("Noise", tests::noise(900'000, 3));
    add_device(noise, "chorus");
    apply({edit::MoveTrack{bass, {group, {}}}, edit::MoveTrack{lead, {group, {}}}, edit::SetSendLevel{lead, hall, -6.0},
           edit::SetSendLevel{noise, hall, -9.0}, edit::SetVolume{noise, -20.0}});
  }
  TrackId hall, group, lead, bass, noise;
  document::DeviceId eq, filter;
};

}  // namespace

TEST_CASE("A fader moves at once, glides over 10 ms, and nothing else is touched") {
  Scene scene;
  const TrackId track = scene.add_audio("One", tests::noise(400'000, 1));
  scene.add_audio("Two", tests::noise(400'000, 2));
  const auto before = rendered(scene, 200'000);
  Playing playing(scene);
  playing.hear(20'000);
  const int from = playing.frames();
  scene.apply({edit::SetVolume{track, -12.0}, edit::SetPan{track, -0.5}});
  const auto after = rendered(scene, 200'000);
  playing.follow();
  playing.hear(1'024);
  CHECK(difference_in(playing.heard(), before, 0, from) == "");
  CHECK(difference_in(playing.heard(), after, from + fade, playing.frames()) == "");
  for (int i = from; i < from + fade; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const float share = static_cast<float>(i - from) / static_cast<float>(fade);
    REQUIRE(playing.heard().left[at] ==
            doctest::Approx(before.left[at] + share * (after.left[at] - before.left[at])).epsilon(0.001));
  }
  playing.settle();
  playing.hear(50'000);
  CHECK(difference_in(playing.heard(), after, from + fade, playing.frames()) == "");
  CHECK(playing.performance().missed() == 0);
}

TEST_CASE("A track that has to catch up first holds nothing else back, and goes on meanwhile as it is") {
  EditedSong band;
  const auto keyboard = document::ExternalInput{"midi"};
  const TrackId choir = band.add_audio("Choir", tests::noise(900'000, 4));
  const document::DeviceId ducker = band.add_device(choir, "compressor", {{"threshold", -40.0}});
  const document::Tap noise{band.noise, TapPoint::post_mixer};
  band.apply(
      {edit::SetInput{band.lead, keyboard}, edit::SetArmed{band.lead, true}, edit::SetSideChain{choir, ducker, noise}});
  const auto before = rendered(band, 400'000);
  Playing playing(band);
  playing.hear(100'000);
  // From here on it can be read ahead, once it has been made from its start.
  band.apply({edit::SetArmed{band.lead, false}, edit::SetVolume{band.bass, -12.0}});
  const auto after = rendered(band, 400'000);
  playing.follow();
  const int from = playing.frames();
  playing.hear(1'024);
  CHECK(playing.performance().follows());  // it has not caught up
  for (const plan::Step& step : playing.performance().plan().steps)
    CHECK_FALSE(std::holds_alternative<plan::PlayAudio>(step.work));
  playing.settle();
  playing.hear(10'000);
  CHECK(difference_in(playing.heard(), before, 0, from) == "");
  CHECK(difference_in(playing.heard(), after, from + fade, playing.frames()) == "");
  CHECK(playing.performance().missed() == 0);
}

TEST_CASE("What mutes, solos, comes and goes does so within 10 ms, without a click") {
  Scene scene;
  const TrackId one = scene.add_audio("One", tone(400'000, 220.0, 0.3f));
  scene.add_audio("Two", tone(400'000, 331.0, 0.3f));
  const auto plain = rendered(scene, 300'000);
  const float steep = 1.1f * steepest(plain, 0, 300'000);
  Playing playing(scene);
  playing.hear(10'000);
  int from = playing.frames();
  const auto expect_now = [&](const edit::Command& command) {
    scene.apply(command);
    playing.follow();
    const auto expected = rendered(scene, 300'000);
    playing.settle();
    playing.hear(2'000);
    CHECK(difference_in(playing.heard(), expected, from + fade, playing.frames()) == "");
    from = playing.frames();
  };
  expect_now(edit::SetActivator{one, false});
  expect_now(edit::SetActivator{one, true});
  expect_now(edit::SetSolo{one, true});
  expect_now(edit::SetSolo{one, false});
  CHECK(steepest(playing.heard(), 0, playing.frames()) < steep);
  CHECK(playing.performance().missed() == 0);
}

TEST_CASE("SPEC: freeze, refresh and unfreeze while it plays: not a sample differs") {
  EditedSong band;
  Playing playing(band);
  playing.hear(30'000);
  auto studio = band.studio();
  for (const auto& tracks : {std::vector{band.lead, band.noise}, std::vector{band.group}}) {
    const auto outcome = convert::freeze(band.project, {tracks}, studio);
    REQUIRE(outcome);
    band.apply(outcome->commands);
    playing.follow();
    playing.settle();
    playing.hear(5'000);
  }
  CHECK(difference(playing.heard(), rendered(band, playing.frames())) == "");
  for (const TrackId track : {band.lead, band.noise, band.group}) {
    band.apply(edit::Unfreeze{track});
    playing.follow();
    playing.settle();
    playing.hear(5'000);
  }
  CHECK(difference(playing.heard(), rendered(band, playing.frames())) == "");
  CHECK(playing.performance().missed() == 0);
}

// Two groups, one within the other, and a return, with devices that remember long.
struct ThawedSong : EditedSong {
  ThawedSong() {
    add_device(group, "reverb", {{"decay", 1.5}, {"mix", 60.0}});
    outer = add_track(TrackKind::group, "All");
    add_device(outer, "delay", {{"feedback", 30.0}});
    add_device(outer, "limiter");  // with latency
    const TrackId late = add_audio("Late", tests::noise(300'000, 6));
    for (int i = 0; i < 2; ++i) add_device(late, "limiter");
    apply({edit::MoveTrack{late, {outer, {}}}, edit::SetVolume{late, -20.0}, edit::MoveTrack{group, {outer, {}}},
           edit::SetSendLevel{bass, hall, -12.0}});
    add_device(main(), "compressor");
  }
  // Frozen and played for a while.
  void freeze(const std::vector<TrackId>& tracks) {
    auto studio = this->studio();
    const auto outcome = convert::freeze(project, {tracks}, studio);
    if (!outcome) FAIL(outcome.error().message);
    apply(outcome->commands);
  }
  TrackId outer;
};

TEST_CASE("SPEC: devices of groups and returns come out of a print as if they had played all along") {
  for (const int block : {64, 1'000}) {
    CAPTURE(block);
    ThawedSong song;
    for (const auto& tracks : {std::vector{song.group}, std::vector{song.outer}, std::vector{song.outer, song.hall}}) {
      song.freeze(tracks);
      Playing playing(song, {}, block);
      playing.hear(90'000);
      for (const TrackId track : tracks) song.apply(edit::Unfreeze{track});
      playing.follow();
      CHECK(playing.performance().follows());
      playing.settle();
      playing.hear(50'000);
      CHECK(difference(playing.heard(), rendered(song, playing.frames())) == "");
      CHECK(playing.performance().missed() == 0);
    }
  }
}

TEST_CASE("While a group comes out of its print, what is edited elsewhere is heard at once") {
  ThawedSong song;
  const TrackId plain = song.add_audio("Plain", tests::noise(900'000, 5));
  song.apply(edit::RemoveDevice{song.main(), song.track(song.main()).devices.front().id});  // it would remember
  song.freeze({song.outer});
  Playing playing(song);
  playing.hear(200'000);
  song.apply(edit::Unfreeze{song.outer});
  playing.follow();
  song.apply({edit::SetVolume{plain, -40.0}, edit::SetVolume{song.outer, -6.0}});
  playing.follow();
  const int from = playing.frames();
  playing.hear(2'000);
  CHECK(playing.performance().follows());  // it has not caught up
  playing.settle();
  playing.hear(30'000);
  const auto expected = rendered(song, playing.frames());
  CHECK(difference_in(playing.heard(), expected, from + 2 * 256 + fade, playing.frames()) == "");
}

TEST_CASE("Who is edited while a group comes out of its print, or goes back into one, is heard as it is in the end") {
  ThawedSong song;
  song.freeze({song.outer});
  const Run run{Frames{}, FrameRange{{}, Frames{200'000}}};
  Playing playing(song, run);
  playing.hear(450'000);
  song.apply(edit::Unfreeze{song.outer});
  playing.follow();
  playing.hear(1'000);
  SUBCASE("a fader in the group") { song.apply(edit::SetVolume{song.lead, -90.0}); }
  SUBCASE("a device of the group") { song.apply(edit::RemoveDevice{song.group, song.eq}); }
  SUBCASE("frozen again") { song.freeze({song.outer}); }
  SUBCASE("a track leaves the group") { song.apply(edit::MoveTrack{song.lead, {}}); }
  SUBCASE("soloed") { song.apply(edit::SetSolo{song.lead, true}); }
  playing.follow();
  playing.settle();
  playing.hear(300'000);  // what was heard before the edit has rung out
  const auto expected = song.listen_to_main({.window = {{}, Frames{playing.frames()}}, .loop = run.loop()});
  CHECK(most_apart(playing.heard(), expected, playing.frames() - 50'000) < 1e-3f);
  CHECK(playing.performance().missed() == 0);
}

TEST_CASE("A solo inside a frozen group takes its devices out of the print as they are") {
  ThawedSong song;
  song.freeze({song.outer});
  const Run run{Frames{}, FrameRange{{}, Frames{200'000}}};
  Playing playing(song, run);
  playing.hear(450'000);
  song.apply(edit::SetSolo{song.lead, true});
  playing.follow();
  playing.settle();
  playing.hear(300'000);
  const auto expected = song.listen_to_main({.window = {{}, Frames{playing.frames()}}, .loop = run.loop()});
  CHECK(most_apart(playing.heard(), expected, playing.frames() - 50'000) < 1e-3f);
}

TEST_CASE(
    "A group that is unfrozen while another, or the one around it, comes out of its print has played all along, too") {
  for (const int between : {256, 20'000}) {
    CAPTURE(between);
    ThawedSong song;
    song.freeze({song.group});
    song.freeze({song.outer});
    song.freeze({song.hall});
    Playing playing(song, {}, 128);
    playing.hear(90'000);
    for (const TrackId track : {song.outer, song.group, song.hall}) {
      song.apply(edit::Unfreeze{track});
      playing.follow();
      playing.hear(between);
    }
    playing.settle();
    playing.hear(50'000);
    CHECK(difference(playing.heard(), rendered(song, playing.frames())) == "");
    CHECK(playing.performance().missed() == 0);
  }
}

TEST_CASE("What is undone and done again, however soon, is heard as if nothing had been") {
  ThawedSong song;
  song.freeze({song.outer, song.hall});
  const document::Project frozen = song.project;
  song.apply(edit::Unfreeze{song.hall});
  const document::Project half = song.project;
  song.apply(edit::Unfreeze{song.outer});
  const document::Project thawed = song.project;
  Playing playing(song, {}, 64);
  playing.hear(60'000);
  std::minstd_rand random(7);
  for (int i = 0; i < 60; ++i) {
    song.project = std::vector{frozen, half, thawed}[random() % 3];
    playing.follow();
    playing.hear(static_cast<int>(random() % 3'000));
  }
  playing.settle();
  playing.hear(20'000);
  CHECK(difference(playing.heard(), rendered(song, playing.frames())) == "");
  CHECK(playing.performance().missed() == 0);
}

TEST_CASE("A track that leaves a group as that comes out of its print is not heard twice, and at no time not at all") {
  Scene scene;
  const TrackId one = scene.add_audio("One", tone(400'000, 220.0, 0.3f));
  const TrackId two = scene.add_audio("Two", tone(400'000, 331.0, 0.3f));
  const TrackId group = scene.add_track(TrackKind::group, "Group");
  scene.add_device(group, "utility");
  scene.apply({edit::MoveTrack{one, {group, {}}}, edit::MoveTrack{two, {group, {}}}});
  auto studio = scene.studio();
  const auto outcome = convert::freeze(scene.project, {{group}}, studio);
  REQUIRE(outcome);
  scene.apply(outcome->commands);
  Playing playing(scene, {}, 128);
  playing.hear(60'000);
  scene.apply({edit::Unfreeze{group}, edit::MoveTrack{one, {}}});
  playing.follow();
  playing.settle();
  playing.hear(20'000);
  CHECK(most_apart(playing.heard(), rendered(scene, playing.frames()), 0) < 1e-6f);
}

TEST_CASE(
    "While another track catches up, too, a group comes out of its print no sooner than its own tracks can be heard") {
  Scene scene;
  const TrackId group = scene.add_track(TrackKind::group, "Group");
  const TrackId track = scene.add_midi("One", "synth", tests::some_notes(1, 80));
  scene.add_device(track, "reverb");
  scene.apply(edit::MoveTrack{track, {group, {}}});
  auto studio = scene.studio();
  const auto outcome = convert::freeze(scene.project, {{group}}, studio);
  REQUIRE(outcome);
  scene.apply(outcome->commands);
  Playing playing(scene, {}, 128);
  playing.hear(100'000);
  const TrackId other = scene.add_midi("Two", "synth", tests::some_notes(2, 80));
  scene.apply(edit::SetVolume{other, -std::numeric_limits<double>::infinity()});
  playing.follow();
  playing.hear(256);
  scene.apply(edit::Unfreeze{group});
  playing.follow();
  playing.settle();
  playing.hear(20'000);
  CHECK(difference(playing.heard(), rendered(scene, playing.frames())) == "");
}

// Passes what it hears.
struct Wire : devices::Processor {
  void set_parameter(int, double) override {}
  void process(const devices::Block& block) override { audio::copy(block.in, block.out); }
  bool save(base::ImageWriter&) const override { return true; }
  void restore(base::ImageReader&) override {}
};

TEST_CASE("However late a plan comes that ends a print, not a sample differs") {
  ThawedSong song;
  song.freeze({song.outer});
  Playing playing(song);
  playing.hear(90'000);
  // With a track more, the plan that ends the print is the first with this plug-in. To make it takes long, at first.
  int made = 0;
  song.plugins.facts = [](const auto&, auto, const auto&) { return devices::Facts{}; };
  song.plugins.make = [&](const auto&, auto, const auto&) -> base::Result<std::unique_ptr<devices::Processor>> {
    if (++made <= 3) playing.hear_untended(60'000);
    return std::make_unique<Wire>();
  };
  edit::AddDevice add;
  add.track = song.hall;
  devices::DeviceType wire;
  wire.name = "lv2:urn:wire";
  wire.title = "Wire";
  wire.plugin = devices::PluginOrigin{"lv2", "urn:wire", "", ""};
  add.plugin = wire;
  song.apply({edit::Unfreeze{song.outer}, add});
  song.add_track(TrackKind::audio, "New");
  playing.follow();
  playing.settle();
  CHECK(made > 2);
  playing.hear(50'000);
  CHECK(difference(playing.heard(), rendered(song, playing.frames())) == "");
}

TEST_CASE("Latency that comes and goes below the line moves nothing") {
  Scene scene;
  const TrackId group = scene.add_track(TrackKind::group, "Group");
  const TrackId one = scene.add_audio("One", tests::noise(400'000, 1));
  scene.add_audio("Two", tests::noise(400'000, 2));
  scene.apply(edit::MoveTrack{one, {group, {}}});
  const auto expected = rendered(scene, 300'000);
  Playing playing(scene);
  playing.hear(10'000);
  // Its threshold is never reached: it passes what it hears, later.
  const auto limiter = scene.add_device(group, "limiter", {{"ceiling", 0.0}});
  playing.follow();
  playing.settle();
  playing.hear(5'000);
  CHECK(playing.performance().latency() > Frames{});
  const auto late = playing.performance().latency();
  scene.apply(edit::RemoveDevice{group, limiter});
  playing.follow();
  playing.settle();
  playing.hear(5'000);
  CHECK(playing.performance().latency() == late);
  // The limiter's gain is 1 but for its last bits.
  for (std::size_t i = 0; i < playing.heard().left.size(); ++i)
    REQUIRE(playing.heard().left[i] == doctest::Approx(expected.left[i]).epsilon(1e-6));
  CHECK(playing.performance().missed() == 0);
}

TEST_CASE("What an edit leaves alone keeps its state: tails ring on, notes that are gone end, and nothing hangs") {
  EditedSong band;
  const auto plain = rendered(band, 400'000);
  Playing playing(band);
  playing.hear(60'000);
  // All notes go; what the reverb holds is heard to its end.
  const auto& clip = *band.track(band.lead).clips.front();
  band.apply({edit::RemoveClip{band.lead, clip.id}, edit::SetTrackActive{band.noise, false},
              edit::SetTrackActive{band.bass, false}});
  playing.follow();
  const int from = playing.settle();
  playing.hear(48'000);
  const auto later = tests::part_of(playing.heard(), from + 24'000, 20'000);
  CHECK_FALSE(tests::is_silent(later));
  playing.hear(500'000);
  CHECK(steepest(playing.heard(), playing.frames() - 50'000, playing.frames()) < 1e-4f);
  CHECK(steepest(playing.heard(), from - 2'000, from) < 4.0f * steepest(plain, 0, 60'000));
}

TEST_CASE("An edited track is what a render of it is, as soon as what its devices remember has faded") {
  EditedSong band;
  Playing playing(band, Run{Frames{}, FrameRange{{}, Frames{200'000}}}, 64);
  playing.hear(30'000);
  band.apply(edit::SetParameters{band.lead, band.filter, {{"cutoff", 900.0}}});
  band.apply(edit::SetParameters{band.group, band.eq, {{"band2-gain", 6.0}}});
  const auto added = band.add_device(band.bass, "saturator");
  CHECK(added);
  playing.follow();
  playing.settle();
  playing.hear(2'000'000);
  const auto expected =
      band.listen_to_main({.window = {{}, Frames{playing.frames()}}, .loop = FrameRange{{}, Frames{200'000}}});
  CHECK(most_apart(playing.heard(), expected, playing.frames() - 100'000) < 1e-3f);
  CHECK(playing.performance().missed() == 0);
}

TEST_CASE("What is added to a track whose sound has ended is heard") {
  Scene scene;
  const TrackId track = scene.add_audio("One", tests::noise(20'000, 1));
  scene.add_device(track, "utility");
  const TrackId hall = scene.add_track(TrackKind::group, "Group");
  scene.add_device(hall, "utility");
  scene.apply(edit::MoveTrack{track, {hall, {}}});
  const TrackId keys = scene.add_midi("Keys", "synth", tests::some_notes(1, 1));
  Playing playing(scene);
  playing.hear(600'000);
  const auto plain = rendered(scene, 600'000);
  CHECK(difference_in(playing.heard(), plain, 0, 600'000) == "");
  edit::NewClip clip;
  clip.start = Beats::quarters(32);  // at 120 a minute: frame 768,000
  clip.body = scene.track(track).clips.front()->body;
  scene.apply(edit::AddClip{track, clip});
  clip.body = scene.track(keys).clips.front()->body;
  scene.apply(edit::AddClip{keys, clip});
  playing.follow();
  playing.settle();
  playing.hear(300'000);
  const auto expected = rendered(scene, playing.frames());
  CHECK_FALSE(tests::is_silent(tests::part_of(expected, 768'000, 20'000)));
  CHECK(difference_in(playing.heard(), expected, 0, playing.frames()) == "");
}

TEST_CASE("A track that is thawed round a loop catches up from passes of late, and sounds as before") {
  EditedSong band;
  const Run run{Frames{}, FrameRange{{}, Frames{150'000}}};
  auto studio = band.studio();
  const auto outcome = convert::freeze(band.project, {{band.lead}}, studio);
  REQUIRE(outcome);
  band.apply(outcome->commands);
  Playing playing(band, run, 1024);
  playing.hear(1'400'000);
  const auto frozen = band.listen_to_main({.window = {{}, Frames{playing.frames()}}, .loop = run.loop()});
  CHECK(difference(playing.heard(), frozen) == "");
  band.apply(edit::Unfreeze{band.lead});
  playing.follow();
  playing.settle();
  playing.hear(500'000);  // what the hall still holds of the print, which breaks off where the loop ends, is gone then
  const int from = playing.frames() - 100'000;
  const auto thawed = band.listen_to_main({.window = {{}, Frames{playing.frames()}}, .loop = run.loop()});
  CHECK(most_apart(playing.heard(), thawed, from) < 1e-3f);
  CHECK(playing.performance().missed() == 0);
}
