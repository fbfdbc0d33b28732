// SPEC B9, B10, B14: groups, returns, side-chains, taps, freeze lines and stale prints, by what comes out.
#include "convert/freeze.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "audio/sound_file.hpp"
#include "convert/flatten.hpp"
#include "convert/verify.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using base::ErrorKind;
using convert::FreezeRequest;
using convert::PrintState;
using document::TapPoint;
using document::TrackId;
using document::TrackKind;
using plan::Prints;
using tests::Scene;
using time::Beats;
using time::Frames;

// A group in a group, a return that both send to, a ducked pad and a track that hears another's tap.
struct Mix : Scene {
  Mix() {
    drums = add_track(TrackKind::group, "Drums");
    hall = add_track(TrackKind::return_, "Hall");
    kick = add_midi("Kick", "synth", tests::some_notes(1, 10));
    hats = add_audio("Hats", tests::noise(40'000, 2));
    pad = add_midi("Pad", "synth", tests::some_notes(3, 8));
    parallel = add_track(TrackKind::audio, "Parallel");
    apply({edit::MoveTrack{kick, {drums, {}}}, edit::MoveTrack{hats, {drums, {}}}, edit::SetSendLevel{hats, hall, -6.0},
           edit::SetSendLevel{pad, hall, -3.0}, edit::SetSendPoint{pad, hall, true}, edit::SetVolume{kick, -4.0},
           edit::SetPan{hats, 0.4}, edit::SetInput{parallel, document::Tap{drums, TapPoint::post_mixer}},
           edit::SetMonitor{parallel, document::Monitor::in}, edit::SetTailLimit{2.0}});
    add_device(drums, "compressor", {{"threshold", -30.0}});
    add_device(hall, "reverb", {{"decay", 0.4}});
    add_device(parallel, "saturator");
    ducker = add_device(pad, "compressor", {{"threshold", -40.0}});
    echo = add_device(pad, "delay", {{"time", 90.0}});
    apply(edit::SetSideChain{pad, ducker, document::Tap{kick, TapPoint::post_mixer}});
  }

  convert::Outcome freeze(const FreezeRequest& request) {
    auto room = studio();
    auto outcome = convert::freeze(project, request, room);
    if (!outcome) FAIL(outcome.error().message);
    apply(outcome->commands);
    return *outcome;
  }
  void unfreeze(TrackId id, convert::Unfreezing how = convert::Unfreezing::one_step) {
    auto outcome = convert::unfreeze(project, {id}, how);
    if (!outcome) FAIL(outcome.error().message);
    apply(outcome->commands);
  }
  PrintState state(TrackId id) const { return convert::print_state(project, id, facts()).value(); }
  std::string off_reference() {
    return tests::difference(listen_to_main({1, 512, Prints::ignore, {}}), listen_to_main({2, 333, Prints::play, {}}));
  }

  TrackId drums, hall, kick, hats, pad, parallel;
  document::DeviceId ducker, echo;
};

}  // namespace

TEST_CASE("SPEC B10: groups, returns, side-chained tracks and those that hear a tap freeze, and sound as they did") {
  Mix mix;
  const auto before = mix.project;
  std::vector<TrackId> frozen;
  SUBCASE("a group") { frozen = {mix.drums}; }
  SUBCASE("a return") { frozen = {mix.hall}; }
  SUBCASE("a ducked track") { frozen = {mix.pad}; }
  SUBCASE("a track that hears the group") { frozen = {mix.parallel}; }
  SUBCASE("all of them at once") { frozen = {mix.drums, mix.hall, mix.pad, mix.parallel, mix.kick, mix.hats}; }
  SUBCASE("all that there is") { frozen = convert::freezable_tracks(mix.project, convert::Buses::with); }
  mix.freeze({frozen});
  for (const TrackId id : frozen) CHECK(mix.track(id).frozen());
  CHECK(mix.off_reference() == "");
  for (const TrackId id : frozen) mix.unfreeze(id);
  CHECK(mix.project == before);
}

TEST_CASE("SPEC B10: many tracks in one command give the same prints as one by one, in whatever order") {
  Mix together, alone;
  const auto all = together.freeze({{together.drums, together.hall, together.pad, together.parallel, together.kick}});
  for (const TrackId id : {alone.kick, alone.parallel, alone.pad, alone.hall, alone.drums}) {
    const auto one = alone.freeze({{id}}).tracks[0].print.audio.key;
    for (const auto& result : all.tracks) {
      if (result.track == id) CHECK(result.print.audio.key == one);
    }
  }
}

TEST_CASE("a frozen group's tracks sleep, but for what their sends need") {
  Mix mix;
  mix.apply({edit::SetSendOn{mix.hats, mix.hall, false}, edit::SetSideChain{mix.pad, mix.ducker, {}}});
  mix.freeze({{mix.drums, mix.parallel}});
  const auto steps_of = [&](const std::string& track) {
    const auto plan = plan::compile(mix.project, {{{mix.main(), TapPoint::post_mixer}, {}}}, {}, mix.facts()).value();
    return std::count_if(plan.steps.begin(), plan.steps.end(),
                         [&](const plan::Step& step) { return step.name.starts_with(track + ":"); });
  };
  CHECK(steps_of("Kick") == 0);
  CHECK(steps_of("Hats") == 0);
  mix.apply(edit::SetSendOn{mix.hats, mix.hall, true});
  CHECK(steps_of("Kick") == 0);
  CHECK(steps_of("Hats") > 0);
  CHECK(mix.off_reference() == "");
}

TEST_CASE(
    "SPEC B9: what is upstream of a print makes it stale when it changes, and fresh again when that is taken back") {
  Mix mix;
  mix.freeze({{mix.drums, mix.hall, mix.pad}});
  const auto frozen = mix.project;
  const auto check = [&](const edit::Command& command, std::vector<TrackId> stale) {
    CAPTURE(edit::describe(frozen, command));
    mix.apply(command);
    for (const TrackId id : {mix.drums, mix.hall, mix.pad}) {
      const bool is_stale = std::find(stale.begin(), stale.end(), id) != stale.end();
      CHECK(mix.state(id) == (is_stale ? PrintState::stale : PrintState::fresh));
    }
    CHECK(convert::stale_tracks(mix.project, mix.facts(), mix.store()).size() == stale.size());
    mix.freeze({convert::stale_tracks(mix.project, mix.facts(), mix.store()), FreezeRequest::Line::as_it_is, {}});
    CHECK(mix.off_reference() == "");
    mix.project = frozen;
    for (const TrackId id : {mix.drums, mix.hall, mix.pad}) CHECK(mix.state(id) == PrintState::fresh);
  };
  check(edit::SetVolume{mix.kick, -9.0}, {mix.drums, mix.hall, mix.pad});  // it ducks the pad, which sends to the hall
  check(edit::SetVolume{mix.hats, -9.0}, {mix.drums, mix.hall});
  check(edit::SetSendLevel{mix.pad, mix.hall, -9.0}, {mix.hall});
  check(edit::SetVolume{mix.pad, -9.0}, {});    // its send leaves before the fader
  check(edit::SetVolume{mix.drums, -9.0}, {});  // below its own line
  check(edit::SetSolo{mix.kick, true}, {});
  check(edit::SetTempo{{{Beats{}, 90.0, false}}}, {mix.drums, mix.hall, mix.pad});
  check(edit::RemoveTrack{mix.hats}, {mix.drums, mix.hall});
  check(edit::SetTrackActive{mix.kick, false}, {mix.drums, mix.hall, mix.pad});
}

TEST_CASE("SPEC B1: what solo silences within a print is not heard from it") {
  Mix mix;
  mix.freeze({{mix.drums, mix.hall, mix.pad, mix.parallel}});
  for (const TrackId id : {mix.kick, mix.hats, mix.drums, mix.hall, mix.pad, mix.parallel}) {
    mix.apply(edit::SetSolo{id, true});
    CHECK(mix.off_reference() == "");
    mix.apply(edit::SetSolo{id, false});
  }
}

TEST_CASE(
    "SPEC B11: groups and returns that nothing plays into have nothing to render; a live input upstream is named") {
  Mix mix;
  const auto empty = mix.add_track(TrackKind::group, "Empty");
  const auto dry = mix.add_track(TrackKind::return_, "Dry");
  CHECK(convert::freeze_obstacle(mix.project, mix.track(empty)).starts_with("nothing to render"));
  CHECK(convert::freeze_obstacle(mix.project, mix.track(dry)).starts_with("nothing to render"));
  const auto voice = mix.add_track(TrackKind::audio, "Voice", mix.drums);
  mix.apply({edit::SetInput{voice, document::ExternalInput{"hw:1"}}, edit::SetMonitor{voice, document::Monitor::in}});
  CHECK(convert::freeze_obstacle(mix.project, mix.track(mix.drums)).find("Voice plays its live input") == 0);
}

TEST_CASE("SPEC B14: a print of a part of the chain, and what stays live behind it, sound as the whole did") {
  Mix mix;
  const auto reference = mix.listen_to_main();
  mix.freeze({{mix.pad}, FreezeRequest::Line::device, "Synth"});
  CHECK(document::frozen_devices(mix.track(mix.pad)) == 1);
  CHECK(tests::difference(reference, mix.listen_to_main()) == "");

  // What is behind the line is edited, and heard at once.
  mix.apply(edit::SetParameters{mix.pad, mix.echo, {{"feedback", 70.0}, {"time", 333.0}}});
  CHECK(mix.state(mix.pad) == PrintState::fresh);
  CHECK(mix.off_reference() == "");

  // The line moves down: a second print on top; and up again.
  mix.freeze({{mix.pad}, FreezeRequest::Line::device, "Compressor"});
  mix.freeze({{mix.pad}});
  CHECK(mix.track(mix.pad).prints.size() == 3);
  CHECK(mix.off_reference() == "");
  mix.freeze({{mix.pad}, FreezeRequest::Line::device, "Synth"});
  CHECK(mix.track(mix.pad).prints.size() == 1);
  CHECK(mix.off_reference() == "");

  mix.freeze({{mix.pad}});
  mix.unfreeze(mix.pad);
  CHECK(document::frozen_devices(mix.track(mix.pad)) == 1);
  mix.freeze({{mix.pad}});
  mix.unfreeze(mix.pad, convert::Unfreezing::whole);
  CHECK_FALSE(mix.track(mix.pad).frozen());
  CHECK(mix.off_reference() == "");
}

TEST_CASE(
    "SPEC B14, C1: a device that looks ahead hears what is behind the tail limit, where the print before it was cut") {
  Scene scene;
  scene.apply(edit::SetTailLimit{0.3});
  const auto lead = scene.add_midi("Lead", "synth", tests::some_notes(3));
  const auto synth = scene.track(lead).devices.front().id;
  scene.apply(edit::SetParameters{lead, synth, {{"amp-release", 5.0}}});
  scene.add_device(lead, "saturator");
  const auto reference = scene.listen_to_main();
  auto studio = scene.studio();
  const auto frozen = convert::freeze(scene.project, {{lead}, convert::FreezeRequest::Line::device, "Synth"}, studio);
  REQUIRE(frozen);
  scene.apply(frozen->commands);
  CHECK(tests::difference(reference, scene.listen_to_main()) == "");
}

TEST_CASE("SPEC B14: a step is printed from the print below it, not rendered again") {
  Mix mix;
  mix.add_device(mix.kick, "delay", {{"time", 50.0}});
  mix.freeze({{mix.kick}, FreezeRequest::Line::device, "Synth"});
  const auto fresh = convert::with_fresh_prints(mix.project, mix.facts());
  CHECK(document::find(fresh, mix.kick)->frozen());
  mix.apply(edit::SetParameters{mix.kick, mix.track(mix.kick).devices[1].id, {{"time", 70.0}}});
  mix.freeze({{mix.kick}});
  CHECK(mix.off_reference() == "");
}

TEST_CASE(
    "SPEC B14: devices are added on top of a freeze and frozen further, and every step sounds as if nothing were "
    "frozen") {
  Mix mix;
  for (const TrackId id : {mix.kick, mix.drums, mix.hats}) {
    mix.freeze({{id}});
    mix.add_device(id, "reverb", {{"decay", 0.3}});
    mix.freeze({convert::stale_tracks(mix.project, mix.facts(), mix.store()), FreezeRequest::Line::as_it_is, {}});
    CHECK(mix.off_reference() == "");
    mix.freeze({{id}});
    CHECK(mix.off_reference() == "");
    CHECK(mix.track(id).prints.size() == 2);
  }
  auto studio = mix.studio();
  const auto verified = convert::verify(mix.project, {mix.kick, mix.drums, mix.hats}, convert::Extent::whole, studio);
  REQUIRE(verified);
  for (const auto& one : *verified) CHECK(one.identical);
}

TEST_CASE("SPEC D1: a track that was printed to its silence is cut where its chain ends when it is flattened") {
  Mix mix;
  const auto delay = mix.add_device(mix.kick, "delay", {{"time", 50.0}});
  mix.freeze({{mix.kick}, FreezeRequest::Line::device, "Synth"});
  mix.apply(edit::RemoveDevice{mix.kick, delay});
  CHECK(mix.state(mix.kick) == PrintState::fresh);
  CHECK(mix.off_reference() == "");
  const auto reference = mix.listen_to_main();
  auto studio = mix.studio();
  const auto flat = convert::flatten(mix.project, {mix.kick}, convert::StalePrints::refuse, studio);
  REQUIRE(flat);
  mix.apply(flat->commands);
  CHECK(mix.track(mix.kick).kind == TrackKind::audio);
  CHECK(tests::difference(reference, mix.listen_to_main()) == "");
}

TEST_CASE("SPEC B11: what makes no sound is refused, or left as it is where all are meant") {
  Mix mix;
  const auto silent = mix.add_track(TrackKind::audio, "Silent");
  mix.apply({edit::SetInput{silent, document::Tap{mix.kick, TapPoint::post_mixer}},
             edit::SetMonitor{silent, document::Monitor::in}, edit::SetActivator{mix.kick, false}});
  auto studio = mix.studio();
  FreezeRequest request{{silent, mix.pad}};
  const auto refused = convert::freeze(mix.project, request, studio);
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::refused);
  CHECK(refused.error().message.find("Silent: nothing to render: it makes no sound") != std::string::npos);
  request.silent = FreezeRequest::Silent::leave;
  mix.freeze(request);
  CHECK_FALSE(mix.track(silent).frozen());
  CHECK(mix.track(mix.pad).frozen());
}

TEST_CASE("SPEC B9: a deactivated track that is frozen again plays no print that was made without it") {
  Mix mix;
  const auto squeeze = mix.add_device(mix.kick, "compressor", {{"threshold", -40.0}});
  mix.apply(edit::SetSideChain{mix.kick, squeeze, document::Tap{mix.pad, TapPoint::pre_fx}});
  mix.freeze({{mix.pad}});
  mix.apply(edit::SetTrackActive{mix.pad, false});
  mix.add_device(mix.kick, "saturator");
  mix.freeze({{mix.kick}});  // which hears the pad, and is heard by it
  mix.freeze({{mix.pad}});
  const auto& print = mix.track(mix.pad).prints.back();
  const auto printed = tests::samples_of(mix.directory() / print.audio.path);
  const auto point = convert::point_of(mix.track(mix.pad), print);
  mix.project = convert::as_printed(mix.project, mix.pad);
  CHECK(tests::difference(mix.listen(point, {1, 2048, plan::Prints::ignore, {}}), printed) == "");
}

TEST_CASE("SPEC B11: a print of what makes no sound any more is not played on") {
  Mix mix;
  const auto tap = mix.add_track(TrackKind::audio, "Tap");
  mix.apply({edit::SetInput{tap, document::Tap{mix.kick, TapPoint::post_mixer}},
             edit::SetMonitor{tap, document::Monitor::in}});
  FreezeRequest request{{tap}};
  mix.freeze(request);
  mix.apply(edit::SetActivator{mix.kick, false});
  const auto silent = mix.listen_to_main({1, 512, plan::Prints::ignore, {}});
  CHECK(tests::difference(silent, mix.listen_to_main()) != "");

  auto studio = mix.studio();
  const auto refused = convert::freeze(mix.project, request, studio);
  REQUIRE(!refused);
  CHECK(refused.error().message.find("it makes no sound. Unfreeze it.") != std::string::npos);
  request.silent = FreezeRequest::Silent::leave;
  mix.freeze(request);
  CHECK_FALSE(mix.track(tap).frozen());
  CHECK(tests::difference(silent, mix.listen_to_main()) == "");
}

TEST_CASE("SPEC B11: a line that can't be is refused with its reason") {
  Mix mix;
  mix.add_device(mix.kick, "transpose");
  auto studio = mix.studio();
  const auto refused = convert::freeze(mix.project, {{mix.kick}, FreezeRequest::Line::device, "Transpose"}, studio);
  REQUIRE(!refused);
  CHECK(refused.error().message.find("Transpose is a MIDI effect") != std::string::npos);
  CHECK_FALSE(convert::freeze(mix.project, {{mix.kick}, FreezeRequest::Line::device, "Reverb"}, studio));
}

namespace {

// Many bars on a synth and an EQ; prints with points every 8,192 frames.
struct LongTrack : Scene {
  LongTrack() {
    std::vector<midi::Note> notes;
    for (int i = 0; i < 16; ++i) notes.push_back(note(i, 48 + i));
    lead = add_midi("Lead", "synth", notes);
    eq = add_device(lead, "eq", {{"band2-on", 1.0}, {"band2-gain", 6.0}});
  }

  static midi::Note note(int beat, int key) {
    return {Beats::quarters(beat), Beats::fraction(1, 4), static_cast<std::uint8_t>(key), 100, 64};
  }
  convert::Printed freeze() {
    auto room = studio(2, 512);
    room.between_points = {8192};
    auto outcome = convert::freeze(project, {{lead}}, room);
    if (!outcome) FAIL(outcome.error().message);
    apply(outcome->commands);
    return outcome->tracks.at(0).print;
  }
  void change(int beat) {
    apply(edit::Unfreeze{lead});
    const document::ClipId clip = track(lead).clips.front()->id;
    apply(edit::ChangeNotes{lead, clip, {{note(beat, 48 + beat), note(beat, 90)}}});
  }
  std::string off_full_render() {
    auto room = studio(1, 2048);
    const auto verified = convert::verify(project, {lead}, convert::Extent::whole, room);
    REQUIRE(verified);
    return verified->at(0).identical ? "" : "differs";
  }

  TrackId lead;
  document::DeviceId eq;
};

}  // namespace

TEST_CASE("SPEC B1: only what a late edit changed is rendered, and the print is the full render's") {
  LongTrack song;
  const auto full = song.freeze();
  CHECK(full.kept == Frames{});
  song.change(15);
  const auto again = song.freeze();
  CHECK(again.kept > full.range.length() - Frames{5 * 24'000});
  CHECK(song.off_full_render() == "");
  SUBCASE("once more, from what the second left") {
    song.change(14);
    CHECK(song.freeze().kept > Frames{12 * 24'000});
    CHECK(song.off_full_render() == "");
  }
  SUBCASE("without the states, from the start") {
    song.store().checkpoints().trim(0);
    song.change(13);
    CHECK(song.freeze().kept < Frames{3 * 24'000});  // the end alone
    CHECK(song.off_full_render() == "");
  }
  SUBCASE("without the print that holds the beginning, from the start") {
    for (const auto& entry : std::filesystem::directory_iterator(song.directory() / "Samples/Processed/Freeze"))
      std::filesystem::remove(entry.path());
    song.change(13);
    CHECK(song.freeze().kept == Frames{});
    CHECK(song.off_full_render() == "");
  }
}

TEST_CASE("SPEC B1: where states and signal have met the earlier print's again, the rest is that print's") {
  LongTrack song;
  const auto full = song.freeze();
  song.change(2);
  const auto again = song.freeze();
  CHECK(again.audio.key != full.audio.key);
  CHECK(again.kept > Frames{8 * 24'000});
  CHECK(again.peak > 0.0f);
  CHECK(song.off_full_render() == "");
  // What was taken over has its points here as well.
  song.change(14);
  CHECK(song.freeze().kept > Frames{10 * 24'000});
  CHECK(song.off_full_render() == "");
}

TEST_CASE(
    "SPEC B15: random parts of a print are rendered from the states at their starts, and the file held against its "
    "digest") {
  LongTrack song;
  const auto print = song.freeze();
  auto room = song.studio(2, 512);
  room.between_points = {8192};
  const auto verify = [&] {
    const auto verified = convert::verify(song.project, {song.lead}, convert::Extent::windows, room);
    REQUIRE(verified);
    return verified->at(0);
  };
  for (int i = 0; i < 20; ++i) {
    const auto verified = verify();
    CHECK(verified.identical);
    CHECK(verified.compared > Frames{});
    CHECK(verified.compared <=
          Frames{3 * 8192 + song.project.rate.hertz});  // the last part is as long as the sound rings
    CHECK(verified.length == print.audio.frames);
  }
  SUBCASE("a sample that was changed on disk is found wherever it is") {
    std::fstream file(song.directory() / print.audio.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100'000);
    file.write("other", 5);
    file.close();
    const auto verified = verify();
    CHECK_FALSE(verified.identical);
    CHECK(verified.compared == verified.length);
    CHECK(verified.responsible == "");
  }
  SUBCASE("a stale print is compared as a whole") {
    song.apply(edit::SetTempo{{{Beats{}, 100.0, false}}});
    const auto verified = verify();
    CHECK(verified.stale);
    CHECK_FALSE(verified.identical);
  }
  SUBCASE("where the states are gone, all of it is compared") {
    const auto folder = song.directory() / ".firn/checkpoints";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) std::filesystem::remove(entry.path());
    const auto verified = verify();
    CHECK(verified.identical);
    CHECK(verified.compared == verified.length);
  }
}

TEST_CASE("SPEC B15: where two renders differ, the first device that they differ behind is named") {
  Scene scene;
  const auto loop = scene.add_audio("Loop", tests::noise(20'000, 1));
  const auto lead = scene.add_midi("Lead", "synth", tests::some_notes(4));
  scene.add_device(lead, "eq");
  const auto ducker = scene.add_device(lead, "compressor", {{"threshold", -40.0}});
  scene.add_device(lead, "reverb");
  scene.apply(edit::SetSideChain{lead, ducker, document::Tap{loop, TapPoint::post_fx}});
  auto studio = scene.studio();
  CHECK(convert::first_difference_in_chain(scene.project, lead, studio, studio) == "");

  // The same project in another place, where the loop's file is another sound.
  const tests::TemporaryDirectory other;
  std::filesystem::copy(scene.directory(), other.path() / "song", std::filesystem::copy_options::recursive);
  const auto& clip = std::get<document::AudioClip>(scene.track(loop).clips.front()->body);
  {
    auto writer = audio::SoundWriter::create(other.path() / "song" / clip.audio.path, {});
    REQUIRE(writer);
    REQUIRE(writer->write(tests::noise(20'000, 2).view()));
    REQUIRE(writer->close());
  }
  auto store = store::Store::open(other.path() / "song");
  REQUIRE(store);
  convert::Studio elsewhere{.store = *store, .facts = scene.facts(), .options = studio.options};
  CHECK(convert::first_difference_in_chain(scene.project, lead, studio, elsewhere) == "Compressor");
  CHECK(convert::first_difference_in_chain(scene.project, loop, studio, elsewhere) == "what plays into Loop");
}

TEST_CASE("SPEC B15: a freeze that is verified tells a print that a full render would not give") {
  LongTrack song;
  const auto first = song.freeze();
  song.change(15);
  auto room = song.studio(2, 512);
  room.between_points = {8192};
  SUBCASE("all is well") {
    const auto outcome = convert::freeze(song.project, {{song.lead}}, room);
    REQUIRE(outcome);
    CHECK(convert::verify_freeze(song.project, *outcome, convert::Extent::whole, convert::Takes::refuse, room));
  }
  SUBCASE("the print that the beginning is taken from was changed on disk") {
    std::fstream file(song.directory() / first.audio.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100'000);
    file.write("other", 5);
    file.close();
    const auto outcome = convert::freeze(song.project, {{song.lead}}, room);
    REQUIRE(outcome);
    const auto verified =
        convert::verify_freeze(song.project, *outcome, convert::Extent::whole, convert::Takes::refuse, room);
    REQUIRE(!verified);
    CHECK(verified.error().kind == ErrorKind::different);
    CHECK(verified.error().message.find("Lead") != std::string::npos);
  }
}
