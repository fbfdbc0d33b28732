#include "document/check.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>

#include "document/place.hpp"
#include "support/random_project.hpp"

namespace firn::document {
namespace {

Track track_of(std::uint64_t id, TrackKind kind, std::uint64_t group = 0) {
  Track track;
  track.id = {id};
  track.kind = kind;
  track.group = {group};
  return track;
}

Project project_of(std::vector<Track> tracks) {
  Project project = make_project({48'000});
  project.next_id = 100;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    project.tracks.insert(project.tracks.end() - 1, base::Box<Track>(tracks[i]));
  }
  return project;
}

std::string fault_of(const Project& project) {
  const auto kept = check(project);
  return kept ? "" : kept.error().message;
}

}  // namespace

TEST_CASE("a new project and every random one keep the rules") {
  CHECK(check(make_project({44'100})));
  CHECK(rc::check("random projects are valid", [](std::uint64_t seed) {
    const auto kept = check(tests::random_project(seed, *rc::gen::inRange(0, 6)));
    if (!kept) RC_FAIL(kept.error().message);
  }));
}

TEST_CASE("a group's members follow it, nested ones within") {
  using enum TrackKind;
  CHECK(fault_of(project_of({track_of(10, group), track_of(11, midi, 10), track_of(12, group, 10),
                             track_of(13, midi, 12), track_of(14, audio, 10), track_of(15, midi)})) == "");
  CHECK(fault_of(project_of({track_of(11, midi, 10), track_of(10, group)})) ==
        "/tracks/0/group: a group's members must follow it");
  CHECK(fault_of(project_of({track_of(10, group), track_of(15, midi), track_of(11, midi, 10)})) ==
        "/tracks/2/group: a group's members must follow it");
  CHECK(fault_of(project_of({track_of(10, group, 10)})) == "/tracks/0/group: a group's members must follow it");
  CHECK(fault_of(project_of({track_of(10, midi), track_of(11, midi, 10)})) == "/tracks/1/group: it is not a group");
}

TEST_CASE("values out of range are named by their place") {
  Track track = track_of(10, TrackKind::midi);
  SUBCASE("volume") { track.mixer.volume_db = 6.5; }
  SUBCASE("not a number") { track.mixer.volume_db = std::nan(""); }
  const std::string fault = fault_of(project_of({track}));
  CHECK(fault.find("/tracks/0/mixer/volume: must be -inf to 6") == 0);
}

TEST_CASE("what a bounce names may be gone, but its point and its range hold together") {
  AudioClip body;
  body.audio.path = "a.wav";
  body.length = {1};
  body.bounce.emplace();
  Bounce& bounce = *body.bounce;
  bounce.source = {99};
  const auto fault = [&] {
    Track track = track_of(10, TrackKind::audio);
    track.clips.emplace_back(Clip{{11}, "", {}, true, {}, body, {}});
    return fault_of(project_of({track}));
  };
  const std::string place = "/tracks/0/clips/0/bounce/";
  CHECK(fault() == "");
  SUBCASE("source") {
    bounce.source = {100};
    CHECK(fault().find(place + "source: an id must be 1 to 99") == 0);
  }
  SUBCASE("after") {
    bounce.after = {7};
    CHECK(fault().find(place + "after: a bounce after a device names it, and no other does") == 0);
    bounce.point = BouncePoint::after_device;
    CHECK(fault() == "");
    bounce.after = {};
    CHECK(fault().find(place + "after") == 0);
  }
  SUBCASE("pad") {
    bounce.pad = 3;
    CHECK(fault() == place + "pad: a pad is heard at Pre FX alone");
    bounce.point = BouncePoint::pre_fx;
    CHECK(fault() == "");
    bounce.pad = 129;
    CHECK(fault().find(place + "pad: a pad must be 1 to 128") == 0);
  }
  SUBCASE("range") {
    bounce.end = time::Beats{};
    CHECK(fault().find(place + "end: must be") == 0);
    bounce.end = time::Beats{1};
    CHECK(fault() == "");
    bounce.whole = true;
    CHECK(fault() == place + "end: what is whole has no end");
  }
}

TEST_CASE("an origin's links may be gone, and its ids in use again") {
  Track track = track_of(10, TrackKind::audio);
  Track source = track_of(10, TrackKind::midi, 50);
  source.output = ToTrack{{60}};
  track.origin.push_back({base::Box<Track>(source)});
  Project project = project_of({track});
  CHECK(fault_of(project) == "");
  project.next_id = 55;
  CHECK(fault_of(project).find("/tracks/0/origin/output: an id must be") == 0);
}

TEST_CASE("UTF-8 is told from what only looks like it") {
  for (const char* text : {"", "a", "ü", "ベ", "𝄞", "\xf4\x8f\xbf\xbf"}) CHECK(is_utf8(text));
  for (const char* text :
       {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe3\x83"}) {
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("a place is a JSON pointer") {
  const Place project;
  CHECK(project.pointer() == "/");
  const Place tracks = project.field("tracks");
  const Place third = tracks.element(3);
  CHECK(third.field("a/b~\n").pointer() == "/tracks/3/a~1b~0?");
}

}  // namespace firn::document
