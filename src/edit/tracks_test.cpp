#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;

namespace {

const document::MidiClip& midi_of(const Track& track, std::size_t clip = 0) {
  return std::get<document::MidiClip>(track.clips[clip]->body);
}

// The scene with a compressor on Drums that listens to Bass, and Vox recording Bass.
Project wired() {
  Project project = make_scene();
  const TrackId drums = id_of(project, "Drums");
  project = must(project, device_of(drums, "compressor"));
  const Tap bass{id_of(project, "Bass"), TapPoint::post_fx};
  project = must(project, SetSideChain{drums, device(project, "Drums", "Compressor"), bass});
  return must(project, SetInput{id_of(project, "Vox"), bass});
}

}  // namespace

TEST_CASE("a new track stands where it is told, and is named if it has no name") {
  const Project project = make_scene();
  CHECK(names(project) == std::vector<std::string>{"Bass", "Vox", "Bus", "Drums", "A", "Main"});
  CHECK(names(must(project, track_of(TrackKind::midi, ""))).at(4) == "MIDI 1");
  CHECK(names(must(project, track_of(TrackKind::return_, ""))).at(5) == "B");
  Place before_drums{id_of(project, "Bus"), id_of(project, "Drums")};
  const Project after = must(project, track_of(TrackKind::audio, "Loop", before_drums));
  CHECK(names(after) == std::vector<std::string>{"Bass", "Vox", "Bus", "Loop", "Drums", "A", "Main"});
  CHECK(track(after, "Loop").group == id_of(after, "Bus"));
  CHECK(track(after, "Loop").id.value == project.next_id);

  CHECK(contains(refusal(project, track_of(TrackKind::main, "Main 2")), "one Main track"));
  CHECK(
      contains(refusal(project, track_of(TrackKind::return_, "B", {id_of(project, "Bus"), {}})), "stands at the top"));
  CHECK(contains(refusal(project, track_of(TrackKind::midi, "X", {id_of(project, "Vox"), {}})),
                 "\"Vox\" is an audio track"));
  refusal(project, track_of(TrackKind::midi, "X", {{}, id_of(project, "Drums")}));
}

TEST_CASE("removing a track removes what refers to it") {
  const Project project = wired();
  const Project after = must(project, RemoveTrack{id_of(project, "Bass")});
  CHECK(track(after, "Vox").input == document::Input{document::NoInput{}});
  CHECK_FALSE(track(after, "Drums").devices.front().side_chain.has_value());
  CHECK(names(must(project, RemoveTrack{id_of(project, "Bus")})) ==
        std::vector<std::string>{"Bass", "Vox", "A", "Main"});

  const Project automated =
      must(project, AddPoint{id_of(project, "Bass"), document::SendTarget{id_of(project, "A")}, point(0, -6)});
  const Project without = must(automated, RemoveTrack{id_of(project, "A")});
  CHECK(track(without, "Bass").mixer.sends.empty());
  CHECK(track(without, "Bass").automation.empty());
  CHECK(contains(refusal(project, RemoveTrack{document::main_of(project).id}), "can't be removed"));
}

TEST_CASE("SPEC B6: removing what a frozen device listens to is refused") {
  Project project = wired();
  project = must(project, freeze_of(project, id_of(project, "Drums")));
  CHECK(contains(refusal(project, RemoveTrack{id_of(project, "Bass")}), "\"Drums\" is frozen"));
  project = must(project, Unfreeze{id_of(project, "Drums")});
  must(project, RemoveTrack{id_of(project, "Bass")});
}

TEST_CASE("a group's members move with it, and groups nest") {
  Project project = make_scene();
  project = must(project, track_of(TrackKind::group, "All"));
  const TrackId all = id_of(project, "All");
  project = must(project, MoveTrack{id_of(project, "Bus"), {all, {}}});
  CHECK(names(project) == std::vector<std::string>{"Bass", "Vox", "All", "Bus", "Drums", "A", "Main"});
  CHECK(document::is_within(project, id_of(project, "Drums"), all));
  project = must(project, MoveTrack{all, {{}, id_of(project, "Bass")}});
  CHECK(names(project) == std::vector<std::string>{"All", "Bus", "Drums", "Bass", "Vox", "A", "Main"});
  CHECK(contains(refusal(project, MoveTrack{all, {id_of(project, "Bus"), {}}}), "into or before itself"));
  refusal(project, MoveTrack{document::main_of(project).id, {}});
  refusal(project, MoveTrack{id_of(project, "A"), {all, {}}});
}

TEST_CASE("SPEC A5: a duplicate has ids of its own, the seeds of the original, and shares its notes") {
  const Project project = make_scene();
  const Track& bass = track(project, "Bass");
  const Project after = must(project, DuplicateTrack{bass.id, ""});
  const Track& copy = track(after, "Bass (Copy)");
  CHECK(names(after).at(1) == "Bass (Copy)");
  CHECK(copy.id.value == project.next_id);
  REQUIRE(copy.devices.size() == bass.devices.size());
  for (std::size_t i = 0; i < copy.devices.size(); ++i) {
    CHECK(copy.devices[i].id != bass.devices[i].id);
    CHECK(copy.devices[i].seed == bass.devices[i].seed);
  }
  CHECK(copy.clips[0]->id != bass.clips[0]->id);
  CHECK(midi_of(copy).content.shares(midi_of(bass).content));
  CHECK(copy.mixer == bass.mixer);
  CHECK(names(must(after, DuplicateTrack{bass.id, ""})).at(1) == "Bass (Copy 2)");
}

TEST_CASE("SPEC D3: the duplicate of a frozen track is frozen and shares the print") {
  Project project = make_scene();
  project = must(project, Freeze{id_of(project, "Bass"), print_of(rate, device(project, "Bass", "Compressor"))});
  project = must(project, DuplicateTrack{id_of(project, "Bass"), "Twin"});
  const Track& bass = track(project, "Bass");
  const Track& twin = track(project, "Twin");
  REQUIRE(twin.prints.size() == 1);
  CHECK(twin.prints[0].recipe == bass.prints[0].recipe);
  CHECK(twin.prints[0].audio == bass.prints[0].audio);
  CHECK(twin.prints[0].up_to == device(project, "Twin", "Compressor"));
}

TEST_CASE("the members of a duplicated group speak of each other") {
  Project project = make_scene();
  const TrackId bus = id_of(project, "Bus");
  const TrackId drums = id_of(project, "Drums");
  project = must(project, track_of(TrackKind::audio, "Room", {bus, {}}));
  project = must(project, SetInput{id_of(project, "Room"), Tap{drums, TapPoint::pre_fx}});
  project = must(project, DuplicateTrack{bus, ""});
  CHECK(names(project) == std::vector<std::string>{"Bass", "Vox", "Bus", "Drums", "Room", "Bus (Copy)", "Drums (Copy)",
                                                   "Room (Copy)", "A", "Main"});
  const Track& room = track(project, "Room (Copy)");
  CHECK(room.group == id_of(project, "Bus (Copy)"));
  CHECK(room.input == document::Input{Tap{id_of(project, "Drums (Copy)"), TapPoint::pre_fx}});
}

TEST_CASE("SPEC E9: tracks are deactivated and come back as they were") {
  const Project project = make_scene();
  const Project off = must(project, SetTrackActive{id_of(project, "Bass"), false});
  CHECK_FALSE(track(off, "Bass").active);
  CHECK(must(off, SetTrackActive{id_of(project, "Bass"), true}) == project);
  refusal(project, SetTrackActive{document::main_of(project).id, false});
}

TEST_CASE("tracks are renamed and recoloured") {
  const Project project = make_scene();
  CHECK(names(must(project, RenameTrack{id_of(project, "Bass"), "Low"})).front() == "Low");
  CHECK(track(must(project, RecolorTrack{id_of(project, "Bass"), {0xff0000}}), "Bass").color.rgb == 0xff0000);
  refusal(project, RenameTrack{id_of(project, "Bass"), ""}, ErrorKind::usage);
  refusal(project, RenameTrack{id_of(project, "Bass"), "\xff"}, ErrorKind::usage);
  refusal(project, RecolorTrack{id_of(project, "Bass"), {0x1000000}}, ErrorKind::usage);
  refusal(project, RenameTrack{{999}, "X"}, ErrorKind::not_found);
}
