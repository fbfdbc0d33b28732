#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;

namespace {

const document::Clip& clip(const Project& project, std::string_view track_name, std::size_t index = 0) {
  return *track(project, track_name).clips.at(index);
}
const document::MidiClip& midi_of(const document::Clip& c) { return std::get<document::MidiClip>(c.body); }
const document::AudioClip& sound(const document::Clip& c) { return std::get<document::AudioClip>(c.body); }

}  // namespace

TEST_CASE("a new clip takes its track's name and colour, and only the clips of its kind go on a track") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const TrackId vox = id_of(project, "Vox");
  CHECK(clip(project, "Bass").name == "Bass");
  const Project after = must(project, AddClip{bass, midi_clip(Beats::quarters(8), Beats::quarters(4), {})});
  CHECK(clip(after, "Bass", 1).id.value == project.next_id);
  CHECK(
      contains(refusal(project, AddClip{vox, midi_clip({}, Beats::quarters(1), {})}), "MIDI clips go on MIDI tracks"));
  refusal(project, AddClip{bass, audio_clip({}, 10)});
  refusal(project, AddClip{id_of(project, "Bus"), audio_clip({}, 10)});
  refusal(project, AddClip{bass, midi_clip({}, {}, {})}, ErrorKind::usage);
  refusal(project, AddClip{bass, midi_clip(Beats::quarters(-1), Beats::quarters(1), {})}, ErrorKind::usage);
  refusal(project, AddClip{bass, midi_clip({}, Beats::quarters(1), {note(0, 60, 0)})}, ErrorKind::usage);
  CHECK(track(must(project, RemoveClip{bass, clip(project, "Bass").id}), "Bass").clips.empty());
  refusal(project, RemoveClip{bass, {999}}, ErrorKind::not_found);
}

TEST_CASE("moving a clip keeps its id and shares its notes") {
  const Project project = make_scene();
  const ClipId id = clip(project, "Bass").id;
  const Project later = must(project, MoveClip{id_of(project, "Bass"), id, id_of(project, "Bass"), Beats::quarters(3)});
  CHECK(clip(later, "Bass").start == Beats::quarters(3));
  const Project moved =
      must(project, MoveClip{id_of(project, "Bass"), id, id_of(project, "Drums"), Beats::quarters(1)});
  CHECK(track(moved, "Bass").clips.empty());
  CHECK(clip(moved, "Drums").id == id);
  CHECK(midi_of(clip(moved, "Drums")).content.shares(midi_of(clip(project, "Bass")).content));
  refusal(project, MoveClip{id_of(project, "Bass"), id, id_of(project, "Vox"), {}});
  refusal(project, MoveClip{id_of(project, "Bass"), id, id_of(project, "Bass"), Beats::quarters(-1)}, ErrorKind::usage);
}

TEST_CASE("the parts of a split MIDI clip play on, through the loop too") {
  Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const ClipId id = clip(project, "Bass").id;
  const Project plain = must(project, SplitClip{bass, id, Beats::quarters(3)});
  CHECK(midi_of(clip(plain, "Bass", 0)).length == Beats::quarters(3));
  CHECK(clip(plain, "Bass", 1).start == Beats::quarters(3));
  CHECK(midi_of(clip(plain, "Bass", 1)).offset == Beats::quarters(3));
  CHECK(midi_of(clip(plain, "Bass", 1)).length == Beats::quarters(1));
  CHECK(midi_of(clip(plain, "Bass", 0)).content.shares(midi_of(clip(plain, "Bass", 1)).content));
  CHECK(clip(plain, "Bass", 1).id.value == project.next_id);

  project = must(project, ResizeClip{bass, id, Beats::quarters(16)});
  project = must(project, SetClipOffset{bass, id, Beats::quarters(1)});
  project = must(project, SetClipLoop{bass, id, time::BeatRange{Beats::quarters(2), Beats::quarters(5)}});
  // From 1: 1 2 3 4 | 2 3 4 | 2 3 4: ten quarters in, it stands at 2.
  const Project looped = must(project, SplitClip{bass, id, Beats::quarters(10)});
  CHECK(midi_of(clip(looped, "Bass", 1)).offset == Beats::quarters(2));
  CHECK(midi_of(clip(must(project, SplitClip{bass, id, Beats::quarters(2)}), "Bass", 1)).offset == Beats::quarters(3));
  CHECK(contains(refusal(project, SplitClip{bass, id, Beats::quarters(16)}), "between its start and its end"));
  refusal(project, SplitClip{bass, id, {}});
}

TEST_CASE("the parts of a split audio clip meet on a frame, the fades stay outside") {
  Project project = make_scene();
  const TrackId vox = id_of(project, "Vox");
  const ClipId id = clip(project, "Vox").id;
  project = must(project, SetClipFades{vox, id, {100}, {200}});
  project = must(project, SplitClip{vox, id, Beats::quarters(1)});  // half a second at 120 bpm
  const auto& left = sound(clip(project, "Vox", 0));
  const auto& right = sound(clip(project, "Vox", 1));
  CHECK(left.length == Frames{24'000});
  CHECK(right.offset == Frames{24'000});
  CHECK(right.length == Frames{24'000});
  CHECK(left.fade_in == Frames{100});
  CHECK(left.fade_out == Frames{0});
  CHECK(right.fade_in == Frames{0});
  CHECK(right.fade_out == Frames{200});
}

TEST_CASE("lengths, offsets, loops, gain and fades are kept in range and to their kind") {
  const Project project = make_scene();
  const TrackId vox = id_of(project, "Vox");
  const TrackId bass = id_of(project, "Bass");
  const ClipId id = clip(project, "Vox").id;
  const ClipId notes = clip(project, "Bass").id;
  CHECK(sound(clip(must(project, ResizeClip{vox, id, Frames{10}}), "Vox")).length == Frames{10});
  CHECK(sound(clip(must(project, SetClipOffset{vox, id, Frames{7}}), "Vox")).offset == Frames{7});
  CHECK(sound(clip(must(project, SetClipGain{vox, id, -6.0}), "Vox")).gain_db == -6.0);
  const Project looped = must(project, SetClipLoop{vox, id, time::FrameRange{{5}, {500}}});
  CHECK(sound(clip(looped, "Vox")).loop == time::FrameRange{{5}, {500}});
  CHECK_FALSE(sound(clip(must(looped, SetClipLoop{vox, id, {}}), "Vox")).loop.has_value());
  const Project faded = must(project, SetClipFades{vox, id, {100}, {200}});
  CHECK(sound(clip(must(faded, ResizeClip{vox, id, Frames{250}}), "Vox")).fade_out == Frames{150});

  refusal(project, ResizeClip{vox, id, Frames{0}}, ErrorKind::usage);
  refusal(project, SetClipGain{vox, id, 24.1}, ErrorKind::usage);
  refusal(project, SetClipFades{vox, id, {40'000}, {8'001}}, ErrorKind::usage);
  refusal(project, SetClipLoop{vox, id, time::FrameRange{{0}, {48'001}}}, ErrorKind::usage);
  refusal(looped, SetClipOffset{vox, id, Frames{500}}, ErrorKind::usage);
  CHECK(contains(refusal(project, ResizeClip{vox, id, Beats::quarters(1)}), "measured in frames"));
  CHECK(contains(refusal(project, SetClipOffset{bass, notes, Frames{1}}), "measured in beats"));
  CHECK(contains(refusal(project, SetClipGain{bass, notes, 0.0}), "has no gain"));
}

TEST_CASE("a clip is duplicated behind itself, renamed, recoloured and deactivated") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const TrackId vox = id_of(project, "Vox");
  const Project after = must(project, DuplicateClip{bass, clip(project, "Bass").id, {}});
  CHECK(clip(after, "Bass", 1).start == Beats::quarters(4));
  CHECK(midi_of(clip(after, "Bass", 1)).content.shares(midi_of(clip(after, "Bass", 0)).content));
  CHECK(clip(must(project, DuplicateClip{vox, clip(project, "Vox").id, {}}), "Vox", 1).start == Beats::quarters(2));
  CHECK(clip(must(project, RenameClip{vox, clip(project, "Vox").id, "Hook"}), "Vox").name == "Hook");
  CHECK(clip(must(project, RecolorClip{vox, clip(project, "Vox").id, {7}}), "Vox").color.rgb == 7);
  CHECK_FALSE(clip(must(project, SetClipActive{vox, clip(project, "Vox").id, false}), "Vox").active);
}
