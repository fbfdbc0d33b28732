#include "devices/device_type.hpp"
#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;
using document::MixerParameter;
using document::MixerTarget;

namespace {

struct Ids {
  TrackId bass;
  ClipId clip;
  DeviceId transpose, soundfont, compressor, reverb;
};

Ids ids_of(const Project& project) {
  const Track& bass = track(project, "Bass");
  return {bass.id, bass.clips[0]->id, bass.devices[0].id, bass.devices[1].id, bass.devices[2].id, bass.devices[3].id};
}

}  // namespace

TEST_CASE("SPEC B6: while a track is frozen, every attempt on what is above the freeze line is refused") {
  const Project project = make_scene();
  const Ids id = ids_of(project);
  const Project frozen = must(project, freeze_of(project, id.bass));
  const document::DeviceTarget decay{id.reverb, "decay"};
  document::FileRef file;
  file.path = "a.sf2";
  const std::vector<Command> attempts = {
      AddClip{id.bass, midi_clip({}, Beats::quarters(1), {})},
      RemoveClip{id.bass, id.clip},
      MoveClip{id.bass, id.clip, id.bass, Beats::quarters(1)},
      MoveClip{id.bass, id.clip, id_of(project, "Drums"), {}},
      ResizeClip{id.bass, id.clip, Beats::quarters(1)},
      SplitClip{id.bass, id.clip, Beats::quarters(1)},
      RenameClip{id.bass, id.clip, "X"},
      RecolorClip{id.bass, id.clip, {1}},
      SetClipActive{id.bass, id.clip, false},
      SetClipOffset{id.bass, id.clip, Beats::quarters(1)},
      SetClipLoop{id.bass, id.clip, {}},
      SetClipGain{id.bass, id.clip, 0.0},
      SetClipFades{id.bass, id.clip, {}, {}},
      DuplicateClip{id.bass, id.clip, {}},
      AddNotes{id.bass, id.clip, {note(1, 60)}},
      RemoveNotes{id.bass, id.clip, {note(0, 36)}},
      ChangeNotes{id.bass, id.clip, {{note(0, 36), note(0, 37)}}},
      AddControls{id.bass, id.clip, {}},
      RemoveControls{id.bass, id.clip, {}},
      device_of(id.bass, "velocity"),
      RemoveDevice{id.bass, id.reverb},
      MoveDevice{id.bass, id.reverb, id.compressor},
      RenameDevice{id.bass, id.reverb, "X"},
      SetParameters{id.bass, id.reverb, {{"decay", 3.0}}},
      SetParameters{id.bass, id.reverb, {}},
      SetDeviceFile{id.bass, id.soundfont, "soundfont", file},
      SetDeviceOn{id.bass, id.reverb, false},
      SetDeviceSeed{id.bass, id.reverb, 1},
      SetSideChain{id.bass, id.compressor, {}},
      SetAutomation{id.bass, decay, {point(0, 1)}},
      AddPoint{id.bass, decay, point(0, 1)},
      RemovePoint{id.bass, decay, {}},
      ClearAutomation{id.bass, decay},
      RecordTake{id.bass, "", {}, {}},
  };
  for (const Command& attempt : attempts) {
    CAPTURE(describe(frozen, attempt));
    const std::string message = refusal(frozen, attempt);
    CHECK(contains(message, "\"Bass\" is frozen"));
    CHECK(contains(message, "Unfreeze it"));
  }
  CHECK(contains(refusal(frozen, MoveClip{id_of(frozen, "Drums"), {999}, id.bass, {}}), "is frozen"));
}

TEST_CASE("SPEC B5: mixer, routing, group membership and their automation stay editable") {
  const Project project = make_scene();
  const Ids id = ids_of(project);
  const Project frozen = must(project, freeze_of(project, id.bass));
  const TrackId a = id_of(project, "A");
  const document::SendTarget send{a};
  const std::vector<Command> edits = {
      SetVolume{id.bass, -6.0},
      SetPan{id.bass, 0.5},
      SetActivator{id.bass, false},
      SetSolo{id.bass, true},
      SetSendLevel{id.bass, a, -3.0},
      SetSendPoint{id.bass, a, true},
      SetSendOn{id.bass, a, false},
      SetOutput{id.bass, document::SendsOnly{}},
      SetArmed{id.bass, true},
      SetMonitor{id.bass, document::Monitor::off},
      SetInput{id.bass, document::ExternalInput{"keys"}},
      MoveTrack{id.bass, {id_of(project, "Bus"), {}}},
      AddPoint{id.bass, MixerTarget{MixerParameter::volume}, point(0, -3)},
      AddPoint{id.bass, send, point(0, -3)},
      RenameTrack{id.bass, "Low"},
      RecolorTrack{id.bass, {1}},
      SetTrackActive{id.bass, false},
  };
  for (const Command& edit : edits) {
    CAPTURE(describe(frozen, edit));
    const Project after = must(frozen, edit);
    CHECK(must(after, Unfreeze{id.bass}) == must(project, edit));
  }
  must(frozen, RemoveTrack{id.bass});
}

TEST_CASE("SPEC B14: on top of a freeze devices can be added, and are live") {
  const Project project = make_scene();
  const TrackId vox = id_of(project, "Vox");
  for (const Project& frozen :
       {must(project, freeze_of(project, ids_of(project).bass)), must(project, Freeze{vox, print_of(rate)})}) {
    const TrackId id = frozen.tracks[0]->frozen() ? frozen.tracks[0]->id : vox;
    const Project more = must(frozen, device_of(id, "delay"));
    const DeviceId delay = document::find(more, id)->devices.back().id;
    must(more, SetDeviceOn{id, delay, false});
    must(more, AddPoint{id, document::DeviceTarget{delay, "mix"}, point(0, 1)});
  }
}

TEST_CASE("SPEC B14: behind a partial freeze the devices stay live") {
  const Project project = make_scene();
  const Ids id = ids_of(project);
  const Project frozen = must(project, Freeze{id.bass, print_of(rate, id.compressor)});
  must(frozen, SetParameters{id.bass, id.reverb, {{"decay", 3.0}}});
  must(frozen, RemoveDevice{id.bass, id.reverb});
  must(frozen, AddPoint{id.bass, document::DeviceTarget{id.reverb, "decay"}, point(0, 1)});
  must(frozen, device_of(id.bass, "delay"));
  AddDevice before_reverb = device_of(id.bass, "delay");
  before_reverb.before = id.reverb;
  must(frozen, before_reverb);
  AddDevice too_early = device_of(id.bass, "delay");
  too_early.before = id.compressor;
  CHECK(contains(refusal(frozen, too_early), "\"Bass\" is frozen up to"));
  refusal(frozen, device_of(id.bass, "velocity"));
  refusal(frozen, SetDeviceOn{id.bass, id.compressor, false});
  refusal(frozen, MoveDevice{id.bass, id.reverb, id.compressor});
  refusal(frozen, AddNotes{id.bass, id.clip, {}});
  refusal(frozen, AddPoint{id.bass, document::DeviceTarget{id.soundfont, "on"}, point(0, 1)});
}
