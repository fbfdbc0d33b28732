// SPEC, real time: what plays while the project is edited goes on without a gap, and soon as what the project is now.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "convert/freeze.hpp"
#include "convert/studio.hpp"
#include "support/edited_song.hpp"
#include "support/playing.hpp"

namespace {

using namespace firn;
using document::TapPoint;
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
using time::Beats;
using time::FrameRange;
using time::Frames;
using time::Run;

// Biggest step from a sample to the next.
float steepest(const audio::StereoBuffer& sound, int from, int until) {
  float most = 0.0f;
  for (auto i = static_cast<std::size_t>(from + 1); i < static_cast<std::size_t>(until); ++i) {
    most = std::max({most, std::abs(sound.left[i] - sound.left[i - 1]), std::abs(sound.right[i] - sound.right[i - 1])});
  }
  return most;
}

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
