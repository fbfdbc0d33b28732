// SPEC B, D and E: freezing, flattening, bouncing and resampling, by what comes out.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "convert/bounce.hpp"
#include "convert/export.hpp"
#include "convert/flatten.hpp"
#include "convert/freeze.hpp"
#include "convert/verify.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using base::ErrorKind;
using document::TapPoint;
using document::Track;
using document::TrackId;
using document::TrackKind;
using tests::Scene;
using time::Beats;
using time::Frames;

struct Band : Scene {
  Band() {
    lead = add_midi("Lead", "synth", tests::some_notes(5));
    bass = add_midi("Bass", "synth", tests::some_notes(6));
    loop = add_audio("Loop", tests::noise(30'000, 7));
    add_device(lead, "delay");
    add_device(bass, "saturator");
    add_device(main(), "eq");
  }

  convert::Outcome freeze(const std::vector<TrackId>& tracks) {
    auto room = studio();
    auto outcome = convert::freeze(project, {tracks}, room);
    if (!outcome) FAIL(outcome.error().message);
    apply(outcome->commands);
    return *outcome;
  }

  std::vector<std::string> files_below(const std::string& folder) const {
    std::vector<std::string> files;
    if (!std::filesystem::exists(directory() / folder)) return files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory() / folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path().filename().string());
    }
    return files;
  }

  TrackId lead, bass, loop;
};

audio::StereoBuffer from(const audio::StereoBuffer& whole, int start, int frames) {
  audio::StereoBuffer part;
  part.append(whole.view().part(start, frames));
  return part;
}

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
  const auto then = convert::print_state(frozen, band.lead, plan::built_in_facts(frozen));
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
      auto outcome = convert::bounce(band.project, {{bus}, edit::BouncePoint::post_fx, "", {}, where}, studio);
      REQUIRE(outcome);
      return outcome->commands;
    };
    CHECK_FALSE(edit::apply(band.project, bounced(convert::BounceRequest::Where::in_place)));
    band.apply(bounced(convert::BounceRequest::Where::new_track));
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
  CHECK(tests::difference(from(reference, 0, loud), from(heard, 0, loud)) == "");
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
  auto reader = audio::SoundReader::open(band.directory() / outcome->tracks[0].print.audio.path);
  REQUIRE(reader);
  audio::StereoBuffer printed(19'999);
  reader->read({0}, printed.view());
  CHECK(tests::difference(from(whole, 20'001, 19'999), printed) == "");
  band.apply(outcome->commands);
  const auto heard = band.listen_to_main({1, 512, plan::Prints::play, {{0}, {60'000}}});
  REQUIRE(heard.frames() == 60'000);
}

TEST_CASE("SPEC E7: what is recorded is 32-bit float, above full scale too, under Samples/Recorded") {
  Band band;
  band.apply({edit::SetVolume{band.lead, 6.0}, edit::SetVolume{band.bass, 6.0}, edit::SetVolume{band.loop, 6.0},
              edit::SetVolume{band.main(), 6.0}});
  auto studio = band.studio();
  const auto outcome = convert::resample(band.project, {{document::Resampling{}}, {}, {}, "Take"}, studio);
  REQUIRE(outcome);
  const auto& print = outcome->tracks[0].print;
  CHECK(print.peak > 1.0f);
  CHECK(print.audio.path.starts_with("Samples/Recorded/Take-"));
  auto reader = audio::SoundReader::open(band.directory() / print.audio.path);
  REQUIRE(reader);
  CHECK(reader->info().format == "WAV, 32-bit float");
}

TEST_CASE("SPEC E3, E6: offline resampling records what Main plays, several inputs in one pass") {
  Band band;
  const auto reference = band.listen_to_main();
  const auto lead = band.listen({{band.lead, TapPoint::pre_fx}, {}});
  auto studio = band.studio();
  auto outcome = convert::resample(
      band.project, {{document::Resampling{}, document::Tap{band.lead, TapPoint::pre_fx}}, {}, {}, ""}, studio);
  REQUIRE(outcome);
  REQUIRE(outcome->tracks.size() == 2);
  const audio::StereoBuffer* expected[] = {&reference, &lead};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& audio = outcome->tracks[i].print.audio;
    CHECK(audio.path.starts_with("Samples/Recorded/"));
    auto reader = audio::SoundReader::open(band.directory() / audio.path);
    REQUIRE(reader);
    audio::StereoBuffer take(static_cast<int>(audio.frames.count));
    reader->read({0}, take.view());
    CHECK(tests::difference(*expected[i], take) == "");
  }
  band.apply(outcome->commands);
}

TEST_CASE("SPEC E4, E5: sample k of a take is Main's at start + k; a soloed track is recorded alone") {
  Band band;
  const auto whole = band.listen_to_main();
  auto studio = band.studio();
  auto outcome =
      convert::resample(band.project, {{document::Resampling{}}, {}, time::FrameRange{{12'345}, {22'345}}, ""}, studio);
  REQUIRE(outcome);
  auto reader = audio::SoundReader::open(band.directory() / outcome->tracks[0].print.audio.path);
  REQUIRE(reader);
  audio::StereoBuffer take(10'000);
  reader->read({0}, take.view());
  CHECK(tests::difference(from(whole, 12'345, 10'000), take) == "");

  Band alone;
  alone.apply({edit::SetActivator{alone.bass, false}, edit::SetActivator{alone.loop, false}});
  const auto expected = alone.listen_to_main();
  auto soloed = convert::resample(band.project, {{document::Resampling{}}, {band.lead}, {}, ""}, studio);
  REQUIRE(soloed);
  auto solo_reader = audio::SoundReader::open(band.directory() / soloed->tracks[0].print.audio.path);
  REQUIRE(solo_reader);
  audio::StereoBuffer solo(static_cast<int>(soloed->tracks[0].print.audio.frames.count));
  solo_reader->read({0}, solo.view());
  CHECK(tests::difference(expected, solo) == "");
  CHECK_FALSE(band.track(band.lead).mixer.solo);
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
