// SPEC D1 and D3: flattened and duplicated tracks, by what comes out.
#include "convert/flatten.hpp"

#include <doctest/doctest.h>

#include "convert/bounce.hpp"
#include "convert/freeze.hpp"
#include "support/band.hpp"

namespace {

using namespace firn;
using base::ErrorKind;
using document::Track;
using document::TrackId;
using document::TrackKind;
using tests::Band;
using time::Beats;
using time::Frames;

}  // namespace

TEST_CASE("SPEC D1: flatten keeps the track and its mixer, drops devices and MIDI, and Main sounds the same") {
  Band band;
  const auto hall = band.add_track(TrackKind::return_, "Hall");
  band.apply({edit::SetSendLevel{band.lead, hall, -8.0}, edit::SetVolume{band.lead, -4.0},
              edit::SetAutomation{band.lead,
                                  document::MixerTarget{document::MixerParameter::pan},
                                  {{Beats{}, -1.0, false, 0.5}, {Beats::quarters(2), 1.0, false, 0.0}}}});
  const auto device = band.track(band.lead).devices[1].id;
  band.apply(edit::SetAutomation{band.lead,
                                 document::DeviceTarget{device, "mix"},
                                 {{Beats{}, 20.0, false, 0.0}, {Beats::quarters(2), 60.0, false, 0.0}}});
  const Track before = band.track(band.lead);
  const auto reference = band.listen_to_main();
  auto studio = band.studio();
  auto outcome = convert::flatten(band.project, {band.lead}, convert::StalePrints::refuse, studio);
  REQUIRE(outcome);
  band.apply(outcome->commands);
  const Track& after = band.track(band.lead);
  CHECK(after.kind == TrackKind::audio);
  CHECK(after.name == before.name);
  CHECK(after.mixer == before.mixer);
  CHECK(after.devices.empty());
  CHECK(after.prints.empty());
  REQUIRE(after.automation.size() == 1);
  CHECK(after.automation[0] == before.automation[before.automation[0].target == after.automation[0].target ? 0 : 1]);
  REQUIRE(after.clips.size() == 1);
  const auto& clip = std::get<document::AudioClip>(after.clips[0]->body);
  CHECK(clip.gain_db == 0.0);
  CHECK(clip.fade_in == Frames{});
  CHECK(tests::difference(reference, band.listen_to_main()) == "");
}

TEST_CASE("SPEC B1, D1, D5: a track that others are routed to is printed with them, and never heard with them twice") {
  Band band;
  const auto bus = band.add_track(TrackKind::audio, "Bus");
  band.add_device(bus, "saturator");
  band.apply({edit::SetOutput{band.lead, document::ToTrack{bus}}, edit::SetOutput{band.bass, document::ToTrack{bus}}});
  const auto reference = band.listen_to_main();
  auto studio = band.studio();
  SUBCASE("frozen, and then not flattened") {
    band.freeze({bus});
    CHECK(tests::difference(reference, band.listen_to_main()) == "");
    const auto flat = edit::apply(band.project, edit::Flatten{bus});
    REQUIRE(!flat);
    CHECK(flat.error().kind == ErrorKind::refused);
    CHECK(flat.error().message.find("\"Lead\" and \"Bass\"") != std::string::npos);
  }
  SUBCASE("bounced to a new track, but not in place") {
    const auto bounced = [&](convert::BounceRequest::Where where) {
      return convert::bounce(band.project, {{bus}, edit::BouncePoint::post_fx, "", {}, where}, studio);
    };
    CHECK_FALSE(bounced(convert::BounceRequest::Where::in_place));
    const auto outcome = bounced(convert::BounceRequest::Where::new_track);
    REQUIRE(outcome);
    band.apply(outcome->commands);
    CHECK(tests::difference(reference, band.listen_to_main()) == "");
  }
}

TEST_CASE("SPEC D3: a duplicate of a frozen track shares the print; flattening one leaves the other whole") {
  Band band;
  band.freeze({band.lead});
  const TrackId copy{band.project.next_id};
  band.apply(edit::DuplicateTrack{band.lead, ""});
  REQUIRE(band.track(copy).frozen());
  CHECK(band.track(copy).prints[0].audio == band.track(band.lead).prints[0].audio);
  CHECK(*convert::print_state(band.project, copy, band.facts()) == convert::PrintState::fresh);
  auto studio = band.studio();
  auto outcome = convert::flatten(band.project, {copy}, convert::StalePrints::refuse, studio);
  REQUIRE(outcome);
  const Track before = band.track(band.lead);
  band.apply(outcome->commands);
  CHECK(band.track(band.lead) == before);
  CHECK(band.track(copy).kind == TrackKind::audio);
}
