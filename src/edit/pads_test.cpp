#include "edit/pads.hpp"

#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;
using document::MixerParameter;
using document::MixerTarget;

namespace {

document::FileRef sound(const std::string& name) { return {"Samples/Imported/" + name, false, {}}; }

// The scene with a rack of three pads on Drums, a compressor behind it, and a clip.
Project with_rack() {
  Project project = make_scene();
  const TrackId drums = id_of(project, "Drums");
  AddDevice rack = device_of(drums, "drum_rack");
  rack.files = {{"pad1", sound("kick.wav")}, {"pad4", sound("Snare 2.flac")}, {"pad16", sound("kick.aiff")}};
  rack.parameters = {{"pad4-note", 40.0}};
  project = must(project, rack);
  project = must(project, device_of(drums, "compressor"));
  return must(project, AddClip{drums, midi_clip({}, Beats::quarters(4), {note(0, 36), note(2, 40)})});
}

Tap pad_of(const Project& project, int number) { return {id_of(project, "Drums"), TapPoint::pre_fx, number}; }

BouncePads bounce_of(const Project& project) {
  return {id_of(project, "Drums"),
          {{1, "Drums kick", {audio_clip({}, 100)}}, {4, "Drums Snare 2", {audio_clip({}, 200)}}}};
}

}  // namespace

TEST_CASE("pads go by the name of their file, by their number, or as pad and number") {
  const Project project = with_rack();
  const Track& drums = track(project, "Drums");
  const auto pads = pads_of(drums);
  REQUIRE(pads.size() == 3);
  CHECK(pads[0].name == "kick (pad1)");
  CHECK(pads[0].key == 36);
  CHECK(pads[1].name == "Snare 2");
  CHECK(pads[1].key == 40);
  CHECK(pads[2].number == 16);
  CHECK(find_pad(drums, "snare 2") == 4);
  CHECK(find_pad(drums, "16") == 16);
  CHECK(find_pad(drums, "pad16") == 16);
  CHECK(find_pad(drums, "pad2") == 2);
  CHECK(find_pad(drums, "Kick (pad1)") == 1);
  for (const char* missing : {"2", "pad17", "tom", "kick"}) {
    const auto found = find_pad(drums, missing);
    REQUIRE_FALSE(found.has_value());
    CHECK(contains(found.error().message, "There are: 1 kick (pad1), 4 Snare 2, 16 kick (pad16)."));
  }
  CHECK(contains(find_pad(track(project, "Bass"), "kick").error().message, "There are none"));
}

TEST_CASE("a track and a side-chain can hear a pad, which then stays") {
  Project project = with_rack();
  const TrackId vox = id_of(project, "Vox");
  const TrackId bass = id_of(project, "Bass");
  const DeviceId compressor = device(project, "Bass", "Compressor");
  refusal(project, SetInput{vox, Tap{bass, TapPoint::pre_fx, 1}}, ErrorKind::not_found);
  refusal(project, SetInput{vox, pad_of(project, 17)}, ErrorKind::not_found);
  refusal(project, SetInput{vox, Tap{id_of(project, "Drums"), TapPoint::post_fx, 1}}, ErrorKind::usage);
  refusal(project, SetSideChain{bass, compressor, Tap{vox, TapPoint::pre_fx, 1}}, ErrorKind::not_found);
  const Project sidechained = must(project, SetSideChain{bass, compressor, pad_of(project, 1)});
  project = must(sidechained, SetInput{vox, pad_of(project, 4)});

  const TrackId drums = id_of(project, "Drums");
  const DeviceId rack = device(project, "Drums", "Drum Rack");
  CHECK(contains(refusal(project, RemoveDevice{drums, rack}), "\"Bass\" and \"Vox\" would hear no pad of it"));
  must(project, RemoveDevice{drums, device(project, "Drums", "Compressor")});
  must(project, SetDeviceFile{drums, rack, "pad4", std::nullopt});
  const Project frozen = must(project, freeze_of(project, drums));
  CHECK(contains(refusal(frozen, Flatten{drums}), "would hear no pad of it"));
  CHECK(contains(refusal(project, BounceInPlace{drums, BouncePoint::pre_fx, {}, {audio_clip({}, 100)}}),
                 "would hear no pad of it"));
  const Project removed = must(project, RemoveTrack{drums});
  CHECK(track(removed, "Vox").input == document::Input{document::NoInput{}});

  // What a flattened track heard is forgotten if it is gone by the time the track comes back.
  const Project bass_frozen = must(sidechained, freeze_of(sidechained, bass));
  Project flat = must(bass_frozen, Flatten{bass});
  CHECK(track(must(flat, Unflatten{bass}), "Bass") == track(bass_frozen, "Bass"));
  flat = must(flat, RemoveDevice{drums, rack});
  CHECK_FALSE(document::find(track(must(flat, Unflatten{bass}), "Bass"), compressor)->side_chain.has_value());
}

TEST_CASE("SPEC D5: bounced pads are tracks of a group that takes over what follows the rack") {
  Project project = with_rack();
  const TrackId drums = id_of(project, "Drums");
  const DeviceId rack = device(project, "Drums", "Drum Rack");
  const DeviceId compressor = device(project, "Drums", "Compressor");
  project = must(project, SetVolume{drums, -3.0});
  project = must(project, AddPoint{drums, MixerTarget{MixerParameter::pan}, point(1, 0.5)});
  project = must(project, AddPoint{drums, document::DeviceTarget{rack, "volume"}, point(1, -6)});
  project = must(project, AddPoint{drums, document::DeviceTarget{compressor, "threshold"}, point(2, -20)});
  project = must(project, SetSendLevel{drums, id_of(project, "A"), -12.0});
  project = must(project, SetSideChain{drums, compressor, pad_of(project, 1)});
  const std::uint64_t first = project.next_id;

  const Project after = must(project, bounce_of(project));
  CHECK(names(after) == std::vector<std::string>{"Bass", "Vox", "Bus", "Drums", "Drums (Bounce)", "Drums kick",
                                                 "Drums Snare 2", "A", "Main"});
  const Track& source = track(after, "Drums");
  CHECK_FALSE(source.active);
  CHECK(source.clips[0].shares(track(project, "Drums").clips[0]));
  const Track& group = track(after, "Drums (Bounce)");
  CHECK(group.id.value == first);
  CHECK(group.kind == TrackKind::group);
  CHECK(group.group == source.group);
  CHECK(group.mixer == source.mixer);
  REQUIRE(group.devices.size() == 1);
  CHECK(group.devices[0].id.value == first + 1);
  CHECK(group.devices[0].name == "Compressor");
  REQUIRE(group.automation.size() == 2);
  CHECK(group.automation[1].target ==
        document::AutomationTarget{document::DeviceTarget{group.devices[0].id, "threshold"}});
  const Track& kick = track(after, "Drums kick");
  CHECK(kick.id.value == first + 2);
  CHECK(kick.group == group.id);
  CHECK(kick.mixer == document::Mixer{});
  CHECK(kick.clips.size() == 1);
  CHECK(group.devices[0].side_chain == Tap{kick.id, TapPoint::post_fx});
  CHECK(names(must(after, bounce_of(after)))[5] == "Drums kick 2");
  CHECK(describe(project, Command{bounce_of(project)}) == "Bounce Pads of Drums");

  CHECK(contains(refusal(project, BouncePads{id_of(project, "Bass"), {}}), "has no drum rack"));
  refusal(project, BouncePads{{999}, {}}, ErrorKind::not_found);
}
