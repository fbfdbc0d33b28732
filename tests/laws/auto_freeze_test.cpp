// What was read ahead while a song played is what a freeze would print (SPEC, "the freeze line").
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "convert/freeze.hpp"
#include "convert/played_prints.hpp"
#include "live/player.hpp"
#include "support/playing.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using document::TrackId;
using time::FrameRange;
using time::Frames;
using time::Run;

struct LittleSong : tests::Scene {
  LittleSong() {
    apply(edit::SetTailLimit{1.0});
    lead = add_midi("Lead", "synth", tests::some_notes(1, 6));
    add_device(lead, "limiter");
    add_device(lead, "reverb", {{"decay", 0.4}});
    noise = add_audio("Noise", tests::noise(30'000, 3));
    add_device(noise, "chorus");
    group = add_track(document::TrackKind::group, "Group");
    apply(edit::MoveTrack{noise, {group, {}}});
  }

  // Plays along the run up to a frame of it; or, without one, until nothing sounds any more. What was kept.
  std::vector<TrackId> play(convert::Studio& studio, const Run& run, Frames end = Frames::never()) {
    convert::PlayedPrints prints(project, studio);
    live::Setup setup = tests::unhurried();
    setup.keep = [&](TrackId track, const plan::Plan& plan) { return prints.keep(track, plan); };
    auto made = live::Performance::make(project, convert::sources_of(project, store(), plugins), facts(), run, setup);
    if (!made) FAIL(made.error().message);
    {
      live::Player player(project.rate);
      const live::Performance& playing = **made;
      player.play(std::move(*made), {.end = end});
      audio::StereoBuffer block(4096);
      while (!player.status().has_ended) {
        while (!playing.is_ready(playing.heard() + Frames{block.frames()}))
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        player.process(block.view());
      }
    }
    return prints.finish();
  }

  TrackId lead, noise, group;
};

}  // namespace

TEST_CASE("A song that was played through is frozen without a render, and its prints are a render's") {
  LittleSong song, other;
  auto studio = song.studio();
  const auto kept = song.play(studio, Run{});
  CHECK(kept == std::vector<TrackId>{song.lead, song.noise});
  const auto frozen = convert::freeze(song.project, {kept}, studio);
  REQUIRE(frozen);
  auto other_studio = other.studio();
  const auto rendered = convert::freeze(other.project, {kept}, other_studio);
  REQUIRE(rendered);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    CHECK(frozen->tracks[i].print.found);
    CHECK_FALSE(rendered->tracks[i].print.found);
    CHECK(frozen->tracks[i].print.audio == rendered->tracks[i].print.audio);
  }
  // Once is enough.
  CHECK(song.play(studio, Run{}).empty());
}

TEST_CASE("What was played in part, from elsewhere or round a loop is no print") {
  LittleSong song;
  auto studio = song.studio();
  CHECK(song.play(studio, Run{}, Frames{20'000}).empty());
  CHECK(song.play(studio, Run{Frames{1}}).empty());
  CHECK(song.play(studio, Run{Frames{}, FrameRange{{}, {20'000}}}, Frames{60'000}).empty());
  song.apply(edit::SetTrackActive{song.lead, false});
  CHECK(song.play(studio, Run{}) == std::vector<TrackId>{song.noise});
}
