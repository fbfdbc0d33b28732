// The laws with plug-ins in the chain: what they make is the same however it is run, lands where it is due, and is what is printed.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "convert/bounce.hpp"
#include "convert/bounce_state.hpp"
#include "convert/print_state.hpp"
#include "convert/update_bounces.hpp"
#include "convert/verify.hpp"
#include "edit/find.hpp"
#include "edit/pads.hpp"
#include "plugin_scene.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using document::TrackId;
using document::TrackKind;
using tests::difference;
using tests::Listening;
using tests::PluginScene;
using time::Beats;
using time::Frames;

audio::StereoBuffer scaled(audio::StereoBuffer buffer, float gain) {
  for (float& sample : buffer.left) sample *= gain;
  for (float& sample : buffer.right) sample *= gain;
  return buffer;
}

midi::Note note(double quarter, double quarters, int key, int velocity = 100) {
  return {Beats::quarters(0) + Beats{static_cast<std::int64_t>(quarter * Beats::ticks_per_quarter)},
          Beats{static_cast<std::int64_t>(quarters * Beats::ticks_per_quarter)}, static_cast<std::uint8_t>(key),
          static_cast<std::uint8_t>(velocity), 64};
}

int first_sound(const audio::StereoBuffer& buffer) {
  for (int i = 0; i < buffer.frames(); ++i) {
    if (buffer.left[static_cast<std::size_t>(i)] != 0.0f) return i;
  }
  return -1;
}

}  // namespace

TEST_CASE("A gain in a process of its own is the input times the gain, in every block size and number of threads") {
  PluginScene scene;
  const auto input = tests::noise(30'000, 7);
  const TrackId track = scene.add_audio("Noise", input);
  const auto device = scene.add_plugin(track, "Faulty Well", {{"gain", 0.5}}, "clap");
  const Listening reference{.threads = 1, .block = 2048, .prints = plan::Prints::play, .window = {{}, Frames{30'000}}};
  const auto heard = scene.hear(track, reference);
  CHECK(difference(heard, scaled(input, 0.5f)).empty());

  // With automation that moves, and a chain that makes positions odd.
  scene.add_plugin(track, "Faulty Delay", {{"frames", 37}}, "clap");
  scene.apply(
      edit::SetAutomation{track, document::DeviceTarget{device, "gain"}, {{Beats{}, 0.1}, {Beats::quarters(1), 1.5}}});
  const auto moving = scene.hear(track, reference);
  for (const int block : {1, 17, 64, 512, 8192}) {
    for (const int threads : {1, 2}) {
      if (block == 1 && threads == 2) continue;
      CAPTURE(block);
      CAPTURE(threads);
      Listening listening = reference;
      listening.block = block;
      listening.threads = threads;
      CHECK(difference(moving, scene.hear(track, listening)).empty());
    }
  }
}

TEST_CASE("Latency of a plug-in is compensated: an impulse lands where it is due") {
  for (const int latency : {0, 1, 64, 1000, 4096}) {
    CAPTURE(latency);
    PluginScene scene;
    const TrackId late = scene.add_audio("Late", tests::impulse(8000, 5000));
    scene.add_audio("Dry", tests::impulse(8000, 5000));
    scene.add_plugin(late, "Faulty Delay", {{"frames", latency}}, "clap");
    const auto heard = scene.listen_to_main({.window = {{}, Frames{8000}}});
    CHECK(first_sound(heard) == 5000);
    CHECK(heard.left[5000] == 2.0f);
  }
}

TEST_CASE("Latency that an LV2 plug-in knows only after a block is compensated too") {
  PluginScene scene;
  const TrackId late = scene.add_audio("Late", tests::impulse(8000, 5000));
  scene.add_audio("Dry", tests::impulse(8000, 5000));
  scene.add_plugin(late, "Faulty Late", {}, "lv2");
  const auto heard = scene.listen_to_main({.window = {{}, Frames{8000}}});
  CHECK(first_sound(heard) == 5000);
  CHECK(heard.left[5000] == 2.0f);
}

TEST_CASE("Notes reach a plug-in at their sample, through a MIDI effect too") {
  PluginScene scene;
  const TrackId track = scene.add_midi("Synth", {}, {note(1.0, 1.0, 60), note(3.0, 0.5, 69)});
  scene.add_plugin(track, "Faulty Synth");
  const auto plain = scene.hear(track);
  const int due = static_cast<int>(scene.project.tempo.frame_at(Beats::quarters(1), {48000}).count);
  // A sine starts with a zero.
  CHECK(first_sound(plain) >= due);
  CHECK(first_sound(plain) <= due + 1);
  CHECK(difference(plain, scene.hear(track, {.threads = 2, .block = 17})).empty());

  PluginScene other;
  const TrackId up = other.add_midi("Synth", {}, {note(1.0, 1.0, 53), note(3.0, 0.5, 62)});
  other.add_plugin(up, "Faulty Transpose", {{"semitones", 7}});
  other.add_plugin(up, "Faulty Synth");
  CHECK(difference(plain, other.hear(up)).empty());
  CHECK(difference(plain, other.hear(up, {.threads = 1, .block = 100})).empty());
}

TEST_CASE("A MIDI effect that is switched off on the way passes notes at their sample") {
  PluginScene scene;
  const TrackId plain = scene.add_midi("Plain", {}, {note(1.0, 0.5, 60), note(3.0, 0.5, 62)});
  scene.add_plugin(plain, "Faulty Synth");
  const TrackId up = scene.add_midi("Up", {}, {note(1.0, 0.5, 53), note(3.0, 0.5, 62)});
  const auto transpose = scene.add_plugin(up, "Faulty Transpose", {{"semitones", 7}});
  scene.add_plugin(up, "Faulty Synth");
  scene.apply(edit::SetAutomation{
      up, document::DeviceTarget{transpose, "on"}, {{Beats{}, 1.0, true}, {Beats::quarters(2), 0.0, true}}});
  const auto expected = scene.hear(plain);
  for (const int block : {17, 256, 4096}) {
    CAPTURE(block);
    CHECK(difference(scene.hear(up, {.threads = 1, .block = block}), expected) == "");
  }
}

TEST_CASE("Each output of a plug-in that has several is heard alone, and all of them sum to the whole") {
  PluginScene scene;
  std::vector<midi::Note> notes;
  for (int i = 0; i < 12; ++i) notes.push_back(note(0.07 * i, 0.05, 36 + (i * 5) % 4, 40 + 7 * i));
  const TrackId drums = scene.add_midi("Drums", {}, notes);
  scene.add_plugin(drums, "Faulty Pads");
  scene.add_plugin(drums, "Faulty Well", {{"gain", 0.5}}, "clap");

  const auto pads = edit::pads_of(scene.track(drums));
  std::vector<plan::Point> points{{{drums, TapPoint::pre_fx}, {}}};
  for (const edit::Pad& pad : pads) points.push_back({{drums, TapPoint::pre_fx, pad.number}, {}});
  REQUIRE(points.size() == 5);
  CHECK(pads[1].name == "Pad 2");
  CHECK(edit::find_pad(scene.track(drums), "Pad 2") == 2);
  CHECK(edit::find_pad(scene.track(drums), "pad2") == 2);

  const auto heard = scene.listen_to_all(points);
  audio::StereoBuffer sum(heard[0].frames());
  for (std::size_t i = 0; i < sum.left.size(); ++i) {
    double all = 0.0;
    for (std::size_t pad = 1; pad < heard.size(); ++pad) all += i < heard[pad].left.size() ? heard[pad].left[i] : 0.0f;
    sum.left[i] = sum.right[i] = static_cast<float>(all);
  }
  CHECK(difference(sum, heard[0]).empty());

  // Alone, each is what the plug-in gives for that key's notes.
  for (int pad = 0; pad < 4; ++pad) {
    CAPTURE(pad);
    std::vector<midi::Note> own;
    std::ranges::copy_if(notes, std::back_inserter(own), [&](const midi::Note& each) { return each.key == 36 + pad; });
    const TrackId alone = scene.add_midi("Alone", {}, own);
    scene.add_plugin(alone, "Faulty Pads");
    const auto expected = scene.listen({{alone, TapPoint::pre_fx}, {}});  // ends sooner
    const auto& own_output = heard[static_cast<std::size_t>(pad) + 1];
    REQUIRE(own_output.frames() >= expected.frames());
    CHECK(difference(tests::part_of(own_output, 0, expected.frames()), expected) == "");
  }

  // Bounced, they are tracks of a group that sounds as the track did.
  const auto before = scene.hear(drums);
  auto room = scene.studio();
  const auto bounced = convert::bounce_pads(scene.project, {{{drums, {1, 2, 3, 4}}}, {}}, room);
  REQUIRE(bounced);
  scene.apply(bounced->commands);
  const auto group = edit::find_track(scene.project, "Drums (Bounce)");
  REQUIRE(group);
  const auto after = scene.hear(*group);  // as long as the files
  REQUIRE(after.frames() >= before.frames());
  CHECK(difference(tests::part_of(after, 0, before.frames()), before) == "");
}

TEST_CASE("A side-chain reaches a plug-in in time") {
  PluginScene scene;
  const TrackId main = scene.add_audio("Main one", tests::noise(20'000, 1));
  const TrackId side = scene.add_audio("Side", tests::impulse(20'000, 7000));
  scene.add_plugin(side, "Faulty Delay", {{"frames", 100}}, "clap");
  const auto device = scene.add_plugin(main, "Faulty Side", {}, "clap");
  const Listening whole{.window = {{}, Frames{20'000}}};
  CHECK(difference(scene.hear(main, whole), tests::noise(20'000, 1)).empty());
  scene.apply(edit::SetSideChain{main, device, document::Tap{side, TapPoint::post_fx}});
  auto expected = tests::noise(20'000, 1);
  expected.left[7000] = expected.right[7000] = 0.0f;
  CHECK(difference(scene.hear(main, whole), expected).empty());
}

TEST_CASE("A mono effect has a process for each side") {
  PluginScene scene;
  const auto input = tests::noise(10'000, 3);
  const TrackId track = scene.add_audio("Noise", input);
  scene.add_plugin(track, "Faulty Mono", {{"gain", 0.25}}, "clap");
  CHECK(difference(scene.hear(track, {.window = {{}, Frames{10'000}}}), scaled(input, 0.25f)).empty());
}

TEST_CASE("A frozen track with plug-ins sounds as it did live, and its print is found again") {
  PluginScene scene;
  const TrackId track = scene.add_midi("Bass", "synth", tests::some_notes(5, 12));
  scene.add_plugin(track, "Faulty Tail", {}, "clap");
  scene.add_plugin(track, "Faulty Delay", {{"frames", 333}}, "clap");
  scene.add_plugin(track, "ZamVerb", {}, "lv2");
  const auto live = scene.listen_to_main();
  scene.apply(scene.freeze({track}).commands);
  CHECK(difference(live, scene.listen_to_main()).empty());
  CHECK(convert::print_state(scene.project, track, scene.facts()).value() == convert::PrintState::fresh);
  // What the machine no longer has is not needed to play.
  scene.plugins = {};
  CHECK(difference(live, scene.listen_to_main()).empty());
  CHECK_FALSE(convert::print_state(scene.project, track, scene.facts()));
}

TEST_CASE("SPEC D5: a bounce in place of a plug-in is known and updated where its devices have other ids by now") {
  PluginScene scene;
  const auto input = tests::noise(30'000, 9);
  const TrackId track = scene.add_audio("Noise", input);
  scene.add_plugin(track, "Faulty Well", {{"gain", 0.5}}, "clap");
  auto room = scene.studio();
  const auto bounced = convert::bounce(
      scene.project, {{track}, document::BouncePoint::post_fx, "", {}, convert::BounceRequest::Where::in_place}, room);
  REQUIRE(bounced);
  scene.apply(bounced->commands);
  scene.apply(edit::DuplicateTrack{track, "Twin"});
  const TrackId twin = scene.project.tracks[1]->id;
  REQUIRE(scene.track(twin).name == "Twin");
  // The track takes its devices back, so that the twin's origin needs others.
  scene.apply({edit::Unflatten{track, edit::MixerChoice::as_was}, edit::SetTailLimit{30.0}});
  const auto states = convert::bounce_states(scene.project, scene.facts());
  const auto& state = states.at(scene.track(twin).clips.front()->id);
  if (!state) FAIL(state.error().message);
  auto again = scene.studio();
  const auto updated = convert::update_bounces(scene.project, {.tracks = {twin}}, again);
  if (!updated) FAIL(updated.error().message);
  scene.apply(updated->commands);
  const Listening all{.threads = 1, .block = 2048, .prints = plan::Prints::play, .window = {{}, Frames{30'000}}};
  CHECK(difference(scene.hear(twin, all), scaled(input, 0.5f)).empty());
}

TEST_CASE(
    "SPEC B15: a plug-in that does not repeat itself is named, and its print can be kept as the take that it is") {
  PluginScene scene;
  const TrackId well = scene.add_audio("Well", tests::noise(30'000, 1));
  scene.add_plugin(well, "Faulty Well", {{"gain", 0.5}}, "clap");
  const TrackId random = scene.add_audio("Random", tests::noise(30'000, 2));
  scene.add_plugin(random, "Faulty Random", {}, "clap");
  const convert::Outcome outcome = scene.freeze({well, random});
  auto room = scene.studio();
  const auto refused =
      convert::verify_freeze(scene.project, outcome, convert::Extent::windows, convert::Takes::refuse, room);
  REQUIRE(!refused);
  CHECK(refused.error().kind == base::ErrorKind::different);
  CHECK(refused.error().message.find("differ from Faulty Random on") != std::string::npos);
  CHECK(refused.error().message.find("Well:") == std::string::npos);
  const auto kept =
      convert::verify_freeze(scene.project, outcome, convert::Extent::windows, convert::Takes::keep, room);
  REQUIRE(kept);
  REQUIRE(kept->size() == 1);
  CHECK(kept->front().find("Random is a take") != std::string::npos);

  scene.apply(outcome.commands);
  const auto is_take = [&] {
    const auto verified = convert::verify(scene.project, {well, random}, convert::Extent::windows, room);
    REQUIRE(verified);
    CHECK(verified->front().identical);
    CHECK_FALSE(verified->back().identical);
    return verified->back().is_take;
  };
  CHECK(is_take());
  // A file that was changed is no take.
  const auto path = room.store.path_of(scene.track(random).prints.back().audio);
  REQUIRE(path);
  std::filesystem::permissions(*path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  std::fstream file(*path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(1000);
  file.write("noise", 5);
  file.close();
  CHECK_FALSE(is_take());
}

TEST_CASE("A bypassed plug-in keeps its latency") {
  PluginScene scene;
  const TrackId track = scene.add_audio("Late", tests::impulse(8000, 5000));
  const auto device = scene.add_plugin(track, "Faulty Delay", {{"frames", 1000}}, "clap");
  scene.apply(edit::SetDeviceOn{track, device, false});
  CHECK(first_sound(scene.listen_to_main({.window = {{}, Frames{8000}}})) == 5000);
}
