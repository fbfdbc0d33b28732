// SPEC B: one track frozen and thawed, by what comes out.
#include <doctest/doctest.h>

#include <fstream>

#include "convert/bounce.hpp"
#include "convert/export.hpp"
#include "convert/flatten.hpp"
#include "convert/freeze.hpp"
#include "convert/verify.hpp"
#include "support/band.hpp"

namespace {

using namespace firn;
using base::ErrorKind;
using document::TapPoint;
using document::TrackId;
using document::TrackKind;
using tests::Band;
using tests::Scene;
using time::Beats;
using time::Frames;

}  // namespace

TEST_CASE("SPEC B7, law 1: unfreeze brings back the project as it was, and the frozen one shares its notes") {
  Band band;
  const auto before = band.project;
  band.freeze({band.lead, band.bass, band.loop});
  CHECK(band.track(band.lead).frozen());
  CHECK(band.track(band.lead).clips[0].shares(document::find(before, band.lead)->clips[0]));
  auto outcome = convert::unfreeze(band.project, {band.lead, band.bass, band.loop}, convert::Unfreezing::one_step);
  REQUIRE(outcome);
  band.apply(outcome->commands);
  CHECK(band.project == before);
}

TEST_CASE("SPEC B3: the print is 32-bit float at the project's rate, named for the track and its content") {
  Band band;
  const auto outcome = band.freeze({band.bass});
  const auto& audio = outcome.tracks[0].print.audio;
  CHECK(audio.path.starts_with("Samples/Processed/Freeze/Bass-"));
  CHECK(audio.path.size() == std::string("Samples/Processed/Freeze/Bass-01234567.wav").size());
  auto reader = audio::SoundReader::open(band.directory() / audio.path);
  REQUIRE(reader);
  CHECK(reader->info().rate.hertz == 48000);
  CHECK(reader->info().frames == audio.frames);
}

TEST_CASE("SPEC B4: frozen playback is plain file playback: seek to a sample and hear it") {
  Band band;
  band.freeze({band.lead});
  const auto& print = band.track(band.lead).prints.back();
  auto reader = audio::SoundReader::open(band.directory() / print.audio.path);
  REQUIRE(reader);
  const plan::Point post_fx{{band.lead, TapPoint::post_fx}, {}};
  for (const std::int64_t start : {0, 1, 4711, 30'001}) {
    audio::StereoBuffer expected(500);
    reader->read({start}, expected.view());
    const auto heard = band.listen(post_fx, {1, 333, plan::Prints::play, {{start}, {start + 500}}});
    CHECK(tests::difference(expected, heard) == "");
  }
}

TEST_CASE("SPEC B5: mixer edits act on the print as on the live signal") {
  Band live, frozen;
  frozen.freeze({frozen.lead, frozen.bass, frozen.loop});
  for (Band* band : {&live, &frozen}) {
    const auto hall = band->add_track(TrackKind::return_, "Hall");
    band->add_device(hall, "reverb");
    const auto group = band->add_track(TrackKind::group, "Group");
    band->add_device(group, "saturator");
    band->apply({edit::MoveTrack{band->lead, {group, {}}}, edit::SetOutput{band->bass, document::ToTrack{group}},
                 edit::SetAutomation{band->loop,
                                     document::MixerTarget{document::MixerParameter::activator},
                                     {{Beats{}, 1.0, true, 0.0}, {Beats::fraction(1, 3), 0.0, true, 0.0}}}});
    band->apply({edit::SetVolume{band->lead, -7.0}, edit::SetPan{band->bass, 0.6},
                 edit::SetSendLevel{band->loop, hall, -3.0},
                 edit::SetAutomation{band->bass,
                                     document::MixerTarget{document::MixerParameter::volume},
                                     {{Beats{}, -30.0, false, 0.0}, {Beats::quarters(3), 0.0, false, 0.0}}}});
  }
  SUBCASE("all are heard") {}
  SUBCASE("one is soloed") {
    for (Band* band : {&live, &frozen}) band->apply(edit::SetSolo{band->bass, true});
  }
  CHECK(tests::difference(live.listen_to_main(), frozen.listen_to_main()) == "");
}

TEST_CASE("SPEC B2: a frozen project plays without its devices' files") {
  Scene scene;
  const auto sample = scene.directory() / "voice.wav";
  {
    auto writer = audio::SoundWriter::create(sample, {});
    REQUIRE(writer);
    REQUIRE(writer->write(tests::noise(4000, 1).view()));
    REQUIRE(writer->close());
  }
  auto file = scene.store().adopt(sample);
  REQUIRE(file);
  const auto track = scene.add_midi("Sampler", "sampler", tests::some_notes(8));
  const auto& device = scene.track(track).devices[0];
  scene.apply(edit::SetDeviceFile{track, device.id, "sample", *file});
  const auto reference = scene.listen_to_main();
  auto studio = scene.studio();
  auto outcome = convert::freeze(scene.project, {{track}}, studio);
  REQUIRE(outcome);
  scene.apply(outcome->commands);
  std::filesystem::remove(scene.directory() / file->path);
  std::filesystem::remove(sample);
  CHECK(tests::difference(reference, scene.listen_to_main()) == "");
}

TEST_CASE("SPEC B8: freezing an unchanged track again renders nothing, and survives unfreezing") {
  Band band;
  const auto first = band.freeze({band.lead});
  CHECK_FALSE(first.tracks[0].print.found);
  auto thawed = convert::unfreeze(band.project, {band.lead}, convert::Unfreezing::one_step);
  REQUIRE(thawed);
  band.apply(thawed->commands);
  const auto second = band.freeze({band.lead});
  CHECK(second.tracks[0].print.found);
  CHECK(second.tracks[0].print.audio == first.tracks[0].print.audio);
}

TEST_CASE("SPEC B10: many tracks in one command give the same files as one by one") {
  Band together, alone;
  const auto all = together.freeze({together.lead, together.bass, together.loop});
  for (std::size_t i = 0; i < 3; ++i) {
    const TrackId ids[] = {alone.lead, alone.bass, alone.loop};
    CHECK(alone.freeze({ids[i]}).tracks[0].print.audio.key == all.tracks[i].print.audio.key);
  }
}

TEST_CASE("SPEC B11: a refusal names all reasons at once") {
  Band band;
  const auto empty = band.add_track(TrackKind::midi, "Empty");
  const auto mute = band.add_midi("Mute", "synth", tests::some_notes(1));
  band.apply(edit::SetTrackActive{mute, false});
  auto studio = band.studio();
  auto outcome = convert::freeze(band.project, {{empty, band.lead, mute, band.main()}}, studio);
  REQUIRE(!outcome);
  CHECK(outcome.error().kind == ErrorKind::refused);
  for (const char* name : {"Empty: nothing to render", "Mute: it is deactivated", "Main: "})
    CHECK(outcome.error().message.find(name) != std::string::npos);
  CHECK(band.files_below("Samples/Processed").empty());
}

TEST_CASE("SPEC B12: a cancelled freeze leaves nothing behind") {
  Band band;
  auto studio = band.studio(2, 64);
  std::stop_source stop;
  studio.options.stop = stop.get_token();
  studio.options.progress = [&](const render::Progress& progress) {
    if (progress.done > Frames{5000}) stop.request_stop();
  };
  auto outcome = convert::freeze(band.project, {{band.lead, band.bass}}, studio);
  REQUIRE(!outcome);
  CHECK(outcome.error().kind == ErrorKind::cancelled);
  CHECK(band.files_below("Samples/Processed").empty());
  CHECK(band.files_below(".firn/tmp").empty());
}

TEST_CASE("SPEC B15: verify says bit-identical, or by how much a print is off") {
  Band band;
  band.freeze({band.lead, band.bass});
  auto studio = band.studio();
  auto verified = convert::verify(band.project, {band.lead, band.bass, band.loop}, convert::Extent::whole, studio);
  REQUIRE(verified);
  REQUIRE(verified->size() == 2);
  for (const auto& one : *verified) CHECK(one.identical);

  // One bit of one sample, 1,000 samples before the end.
  const auto path = band.directory() / band.track(band.bass).prints.back().audio.path;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(-8'000, std::ios::end);
  char byte = static_cast<char>(file.get());
  file.seekp(-8'000, std::ios::end);
  file.put(static_cast<char>(byte ^ 1));
  file.close();
  verified = convert::verify(band.project, {band.lead, band.bass}, convert::Extent::whole, studio);
  REQUIRE(verified);
  CHECK((*verified)[0].identical);
  CHECK_FALSE((*verified)[1].identical);
  CHECK((*verified)[1].first_difference == (*verified)[1].length - Frames{1000});
}

TEST_CASE(
    "SPEC B9, D2: a stale print is known, never flattened in silence, and fresh again when the change is taken back") {
  Band band;
  band.freeze({band.lead});
  const auto frozen = band.project;
  band.apply(edit::SetTempo{{{Beats{}, 100.0, false}}});
  const auto now = convert::print_state(band.project, band.lead, band.facts());
  REQUIRE(now);
  CHECK(*now == convert::PrintState::stale);
  auto studio = band.studio();
  auto refused = convert::flatten(band.project, {band.lead}, convert::StalePrints::refuse, studio);
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::refused);
  const auto reference = band.listen_to_main({1, 512, plan::Prints::ignore, {}});
  auto refreshed = convert::flatten(band.project, {band.lead}, convert::StalePrints::refresh, studio);
  REQUIRE(refreshed);
  band.apply(refreshed->commands);
  CHECK(tests::difference(reference, band.listen_to_main()) == "");
  const auto then = convert::print_state(frozen, band.lead, plan::facts_of(frozen, {}));
  REQUIRE(then);
  CHECK(*then == convert::PrintState::fresh);
}

TEST_CASE("SPEC B9, E9: a deactivated track's print stays fresh, and is verified as the track when active") {
  Band band;
  band.freeze({band.lead});
  band.apply(edit::SetTrackActive{band.lead, false});
  const auto state = convert::print_state(band.project, band.lead, band.facts());
  REQUIRE(state);
  CHECK(*state == convert::PrintState::fresh);
  auto studio = band.studio();
  const auto verified = convert::verify(band.project, {band.lead}, convert::Extent::whole, studio);
  REQUIRE(verified);
  CHECK(verified->front().identical);
}

TEST_CASE("SPEC B9, E9: a stale print of a deactivated track is printed again as the track plays when it is active") {
  Band band;
  band.freeze({band.lead});
  band.apply(edit::SetTempo{{{Beats{}, 100.0, false}}});
  const auto reference = band.listen_to_main({1, 512, plan::Prints::ignore, {}});
  band.apply(edit::SetTrackActive{band.lead, false});
  band.freeze({band.lead, band.bass});
  band.apply(edit::SetTrackActive{band.lead, true});
  const auto state = convert::print_state(band.project, band.lead, band.facts());
  REQUIRE(state);
  CHECK(*state == convert::PrintState::fresh);
  CHECK(tests::difference(reference, band.listen_to_main()) == "");
}

TEST_CASE("SPEC B11: too little room on the disk is said before anything is rendered") {
  Band band;
  auto studio = band.studio();
  int chunks = 0;
  studio.options.progress = [&](const render::Progress&) { ++chunks; };
  const auto outcome = convert::bounce(band.project,
                                       {{band.lead},
                                        edit::BouncePoint::post_fx,
                                        "",
                                        convert::BounceRange{{}, Beats::quarters(1'000'000'000)},
                                        convert::BounceRequest::Where::new_track},
                                       studio);
  REQUIRE(!outcome);
  CHECK(outcome.error().kind == ErrorKind::io);
  CHECK(outcome.error().message.find("too little room") != std::string::npos);
  CHECK(chunks == 0);
  CHECK(band.files_below(".firn/tmp").empty());
}

TEST_CASE("SPEC B11: an audio track that hears nothing has nothing to render, until it hears its input") {
  Band band;
  const auto empty = band.add_track(TrackKind::audio, "Empty");
  band.apply(edit::SetInput{empty, document::Tap{band.lead, TapPoint::post_fx}});
  CHECK(convert::freeze_obstacle(band.project, band.track(empty)).starts_with("nothing to render"));
  band.apply(edit::SetMonitor{empty, document::Monitor::in});
  CHECK(convert::freeze_obstacle(band.project, band.track(empty)).empty());
  const auto reference = band.listen_to_main();
  band.freeze({empty});
  CHECK(tests::difference(reference, band.listen_to_main()) == "");
}

TEST_CASE("SPEC A7: live input never enters a render") {
  Band band;
  const auto reference = band.listen_to_main();
  const auto live = band.add_track(TrackKind::audio, "Live");
  band.apply({edit::SetInput{live, document::ExternalInput{"hw:1-2"}}, edit::SetMonitor{live, document::Monitor::in}});
  CHECK(tests::difference(reference, band.listen_to_main()) == "");
}

TEST_CASE("SPEC A7: a track that plays its live input is not frozen, and an export says that it is silent") {
  Band band;
  band.apply({edit::SetInput{band.loop, document::ExternalInput{"hw:1-2"}}, edit::SetArmed{band.loop, true}});
  CHECK(convert::freeze_obstacle(band.project, band.track(band.loop)).find("live input") != std::string::npos);
  auto studio = band.studio();
  const auto report = convert::export_mix(band.project, {band.directory() / "x.wav", {}, {}, {}}, studio);
  REQUIRE(report);
  REQUIRE_FALSE(report->notes.empty());
  CHECK(report->notes[0].find("Loop plays its live input") == 0);
}

TEST_CASE("SPEC E9: a deactivated track is silent and comes back") {
  Band band;
  const auto reference = band.listen_to_main();
  band.apply(edit::SetTrackActive{band.lead, false});
  CHECK(tests::difference(reference, band.listen_to_main()) != "");
  auto plan = plan::compile(band.project, {{{band.main(), TapPoint::post_mixer}, {}}}, {}, band.facts());
  REQUIRE(plan);
  for (const auto& step : plan->steps) CHECK_FALSE(step.name.starts_with("Lead"));  // it costs nothing
  band.apply(edit::SetTrackActive{band.lead, true});
  CHECK(tests::difference(reference, band.listen_to_main()) == "");
}
