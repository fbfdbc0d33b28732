// SPEC, real time: what is unfrozen while it plays comes out of its print as if it had played all along.
#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "convert/freeze.hpp"
#include "convert/studio.hpp"
#include "support/edited_song.hpp"
#include "support/playing.hpp"

namespace {

using namespace firn;
using document::TrackId;
using document::TrackKind;
using tests::difference;
using tests::difference_in;
using tests::EditedSong;
using tests::fade;
using tests::most_apart;
using tests::Playing;
using tests::rendered;
using tests::Scene;
using tests::tone;
using time::FrameRange;
using time::Frames;
using time::Run;

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

// Passes what it hears.
struct Wire : devices::Processor {
  void set_parameter(int, double) override {}
  void process(const devices::Block& block) override { audio::copy(block.in, block.out); }
  bool save(base::ImageWriter&) const override { return true; }
  void restore(base::ImageReader&) override {}
};

}  // namespace

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
