#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;

namespace {

struct Sketch {
  Project project = make_scene();
  TrackId bass = id_of(project, "Bass");
  ClipId clip = track(project, "Bass").clips.front()->id;
};

const midi::Content& content(const Project& project) {
  return *std::get<document::MidiClip>(track(project, "Bass").clips.front()->body).content;
}

midi::Control control(int quarter, int number, int value) {
  midi::Control made;
  made.at = Beats::quarters(quarter);
  made.number = static_cast<std::uint8_t>(number);
  made.value = static_cast<std::uint16_t>(value);
  return made;
}

}  // namespace

TEST_CASE("notes are added in order, removed and changed by value") {
  const Sketch s;
  const Project more = must(s.project, AddNotes{s.bass, s.clip, {note(3, 50), note(1, 40), note(1, 40)}});
  CHECK(content(more).notes ==
        std::vector<midi::Note>{note(0, 36), note(1, 40), note(1, 40), note(2, 43), note(3, 50)});
  const Project less = must(more, RemoveNotes{s.bass, s.clip, {note(1, 40), note(0, 36)}});
  CHECK(content(less).notes == std::vector<midi::Note>{note(1, 40), note(2, 43), note(3, 50)});
  const Project changed =
      must(less, ChangeNotes{s.bass, s.clip, {{note(1, 40), note(5, 40)}, {note(2, 43), note(2, 44)}}});
  CHECK(content(changed).notes == std::vector<midi::Note>{note(2, 44), note(3, 50), note(5, 40)});
  CHECK(contains(refusal(less, RemoveNotes{s.bass, s.clip, {note(1, 40), note(1, 40)}}, ErrorKind::not_found), "E1"));
  refusal(less, ChangeNotes{s.bass, s.clip, {{note(9, 1), note(9, 2)}}}, ErrorKind::not_found);
}

TEST_CASE("notes and controls out of range are refused") {
  const Sketch s;
  midi::Note silent = note(0, 60, 0);
  midi::Note high = note(0, 128);
  midi::Note empty = note(0, 60);
  empty.length = {};
  for (const auto& bad : {silent, high, empty}) refusal(s.project, AddNotes{s.bass, s.clip, {bad}}, ErrorKind::usage);
  refusal(s.project, AddControls{s.bass, s.clip, {control(0, 7, 128)}}, ErrorKind::usage);
  refusal(s.project, AddControls{s.bass, s.clip, {control(0, 200, 1)}}, ErrorKind::usage);
  const TrackId vox = id_of(s.project, "Vox");
  CHECK(contains(refusal(s.project, AddNotes{vox, track(s.project, "Vox").clips.front()->id, {}}), "holds no notes"));
}

TEST_CASE("controls in one position keep the order in which they came") {
  const Sketch s;
  Project project = must(s.project, AddControls{s.bass, s.clip, {control(1, 7, 1), control(0, 7, 2)}});
  project = must(project, AddControls{s.bass, s.clip, {control(1, 3, 3), control(1, 7, 1)}});
  CHECK(content(project).controls ==
        std::vector<midi::Control>{control(0, 7, 2), control(1, 7, 1), control(1, 3, 3), control(1, 7, 1)});
  project = must(project, RemoveControls{s.bass, s.clip, {control(1, 3, 3)}});
  CHECK(content(project).controls == std::vector<midi::Control>{control(0, 7, 2), control(1, 7, 1), control(1, 7, 1)});
  refusal(project, RemoveControls{s.bass, s.clip, {control(1, 3, 3)}}, ErrorKind::not_found);
}
