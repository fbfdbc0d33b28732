// SPEC D5: bounces at every tap, by what comes out.
#include "convert/bounce.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/band.hpp"

namespace {

using namespace firn;
using base::ErrorKind;
using document::TapPoint;
using document::TrackKind;
using tests::Band;
using time::Frames;

}  // namespace

TEST_CASE("SPEC D5: Main is not bounced, and nothing is rendered to find that out") {
  Band band;
  auto studio = band.studio();
  const auto outcome = convert::bounce(band.project, {{band.main()}, edit::BouncePoint::post_fx, "", {}, {}}, studio);
  REQUIRE(!outcome);
  CHECK(outcome.error().kind == ErrorKind::refused);
  CHECK(band.files_below("Samples/Processed").empty());
}

TEST_CASE("SPEC D5: a bounced track sounds as its source, at every tap, and the mixer is never applied twice") {
  for (const auto point : {edit::BouncePoint::post_fx, edit::BouncePoint::post_mixer}) {
    Band band;
    band.apply({edit::SetVolume{band.lead, -5.0}, edit::SetPan{band.lead, 0.3}});
    const auto reference = band.listen_to_main();
    auto studio = band.studio();
    auto outcome =
        convert::bounce(band.project, {{band.lead}, point, "", {}, convert::BounceRequest::Where::new_track}, studio);
    REQUIRE(outcome);
    band.apply(outcome->commands);
    const auto bounced = std::find_if(band.project.tracks.begin(), band.project.tracks.end(),
                                      [](const auto& track) { return track->name == "Lead (Bounce)"; });
    REQUIRE(bounced != band.project.tracks.end());
    CHECK((*bounced)->mixer.volume_db == (point == edit::BouncePoint::post_fx ? -5.0 : 0.0));
    CHECK_FALSE(band.track(band.lead).active);
    CHECK(tests::difference(reference, band.listen_to_main()) == "");
  }
}

TEST_CASE("SPEC D5: a bounce holds what plays into the track before its own first clip") {
  Band band;
  const auto late = band.add_audio("Late", tests::noise(10'000, 3), time::Beats::quarters(16));
  band.apply(edit::SetOutput{band.lead, document::ToTrack{late}});
  const auto before = band.listen_to_main();
  auto studio = band.studio();
  auto outcome = convert::bounce(band.project, {{late}, edit::BouncePoint::post_fx, "", {}, {}}, studio);
  REQUIRE(outcome);
  band.apply(outcome->commands);
  band.apply(edit::SetTrackActive{band.lead, false});
  CHECK(tests::difference(before, band.listen_to_main()) == "");
}

TEST_CASE("SPEC D5: bounced after a device in place, the devices behind it stay live") {
  Band band;
  const auto reference = band.listen_to_main();
  auto studio = band.studio();
  auto outcome = convert::bounce(
      band.project,
      {{band.lead}, edit::BouncePoint::after_device, "Synth", {}, convert::BounceRequest::Where::in_place}, studio);
  REQUIRE(outcome);
  band.apply(outcome->commands);
  CHECK(band.track(band.lead).kind == TrackKind::audio);
  REQUIRE(band.track(band.lead).devices.size() == 1);
  const auto heard = band.listen_to_main();
  const int loud =
      400'000;  // after it the delay fades away, later than before, since the clip ends later than its notes
  CHECK(tests::difference(tests::part_of(reference, 0, loud), tests::part_of(heard, 0, loud)) == "");
  for (std::size_t i = loud; i < reference.left.size(); ++i)
    REQUIRE(std::abs(heard.left[i] - reference.left[i]) < 1e-6f);
}

TEST_CASE("SPEC D5: a bounce through the returns holds what the sends add; one at Post Mixer says that it does not") {
  Band band;
  const auto hall = band.add_track(TrackKind::return_, "Hall");
  band.add_device(hall, "reverb");
  band.apply({edit::SetSendLevel{band.lead, hall, -3.0}, edit::SetVolume{band.lead, -4.0}});
  const auto reference = band.listen_to_main();
  auto studio = band.studio();
  const auto bounced = [&](edit::BouncePoint point) {
    auto outcome =
        convert::bounce(band.project, {{band.lead}, point, "", {}, convert::BounceRequest::Where::new_track}, studio);
    if (!outcome) FAIL(outcome.error().message);
    return *outcome;
  };
  const auto says_sends_are_lost = [](const convert::Outcome& outcome) {
    return std::any_of(outcome.notes.begin(), outcome.notes.end(), [](const std::string& note) {
      return note.find("what its sends bring to the returns is not in the audio") != std::string::npos;
    });
  };
  CHECK(says_sends_are_lost(bounced(edit::BouncePoint::post_mixer)));
  const auto outcome = bounced(edit::BouncePoint::through_returns);
  CHECK_FALSE(says_sends_are_lost(outcome));
  band.apply(outcome.commands);
  const auto heard = band.listen_to_main();
  REQUIRE(heard.frames() >= reference.frames());
  for (std::size_t i = 0; i < reference.left.size(); ++i)
    REQUIRE(heard.left[i] == doctest::Approx(reference.left[i]).epsilon(1e-5));
}

TEST_CASE("SPEC D5: a bounce through Main joins the mix past Main's devices and mixer, which are in it") {
  Band band;
  const auto main = document::main_of(band.project).id;
  band.add_device(main, "saturator");
  band.apply({edit::SetVolume{main, -5.0}, edit::SetVolume{band.lead, -4.0}, edit::SetSolo{band.lead, true}});
  const auto reference = band.listen_to_main();
  auto studio = band.studio();
  const auto outcome = convert::bounce(
      band.project, {{band.lead}, edit::BouncePoint::through_main, "", {}, convert::BounceRequest::Where::new_track},
      studio);
  if (!outcome) FAIL(outcome.error().message);
  band.apply(outcome->commands);
  const auto bounced = std::find_if(band.project.tracks.begin(), band.project.tracks.end(),
                                    [](const auto& track) { return track->name == "Lead (Bounce)"; });
  REQUIRE(bounced != band.project.tracks.end());
  band.apply({edit::SetSolo{band.lead, false}, edit::SetSolo{(*bounced)->id, true}});
  const auto heard = band.listen_to_main();
  REQUIRE(heard.frames() >= reference.frames());
  for (std::size_t i = 0; i < reference.left.size(); ++i) REQUIRE(heard.left[i] == reference.left[i]);
}

TEST_CASE("SPEC D5: where there is only MIDI there is nothing to bounce") {
  Band band;
  const auto bare = band.add_track(TrackKind::midi, "Bare");
  band.add_device(bare, "chord");
  auto studio = band.studio();
  for (const auto& [point, after] :
       {std::pair{edit::BouncePoint::pre_fx, ""}, std::pair{edit::BouncePoint::after_device, "Chord"}}) {
    const auto outcome =
        convert::bounce(band.project, {{bare}, point, after, {}, convert::BounceRequest::Where::new_track}, studio);
    REQUIRE(!outcome);
    CHECK(outcome.error().kind == ErrorKind::refused);
  }
}

TEST_CASE("SPEC D5: a bounced range is that stretch of the whole song, with what rings into it") {
  Band band;
  const auto whole = band.listen({{band.lead, TapPoint::post_fx}, {}});
  const auto at = [&](std::int64_t frame) { return band.project.tempo.beats_at(Frames{frame}, band.project.rate); };
  auto studio = band.studio();
  auto outcome = convert::bounce(band.project,
                                 {{band.lead},
                                  edit::BouncePoint::post_fx,
                                  "",
                                  convert::BounceRange{at(20'001), at(40'000)},
                                  convert::BounceRequest::Where::new_track},
                                 studio);
  REQUIRE(outcome);
  const auto printed = tests::samples_of(band.directory() / outcome->tracks[0].print.audio.path);
  CHECK(tests::difference(tests::part_of(whole, 20'001, 19'999), printed) == "");
  band.apply(outcome->commands);
  const auto heard = band.listen_to_main({1, 512, plan::Prints::play, {{0}, {60'000}}});
  REQUIRE(heard.frames() == 60'000);
}
