#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;

TEST_CASE("tempo and time signatures change through the tempo map") {
  const Project project = make_scene();
  time::TempoPoint slow;
  slow.bpm = 60.0;
  const Project after = must(project, SetTempo{{slow}});
  CHECK(after.tempo.bpm_at({}) == 60.0);
  time::TimeSignature waltz;
  waltz.numerator = 3;
  CHECK(must(after, SetTimeSignatures{{waltz}}).tempo.signature_at({}).numerator == 3);
  refusal(project, SetTempo{{}}, ErrorKind::usage);
  slow.bpm = 0.5;
  refusal(project, SetTempo{{slow}}, ErrorKind::usage);
  waltz.denominator = 3;
  refusal(project, SetTimeSignatures{{waltz}}, ErrorKind::usage);
}

TEST_CASE("locators stay sorted as they come, move and go") {
  Project project = make_scene();
  project = must(project, AddLocator{Beats::quarters(8), "Chorus"});
  project = must(project, AddLocator{Beats::quarters(4), "Verse"});
  REQUIRE(project.locators.size() == 2);
  CHECK(project.locators[0].name == "Verse");
  const LocatorId verse = project.locators[0].id;
  const Project moved = must(project, MoveLocator{verse, Beats::quarters(12)});
  CHECK(moved.locators[1].id == verse);
  CHECK(must(project, RenameLocator{verse, "Bridge"}).locators[0].name == "Bridge");
  CHECK(must(project, RemoveLocator{verse}).locators.size() == 1);
  refusal(project, MoveLocator{verse, Beats::quarters(-1)}, ErrorKind::usage);
  refusal(project, RemoveLocator{{999}}, ErrorKind::not_found);
}

TEST_CASE("SPEC C1: the tail limit is above 0 and at most 600 seconds") {
  const Project project = make_scene();
  CHECK(must(project, SetTailLimit{600.0}).tail_limit_seconds == 600.0);
  refusal(project, SetTailLimit{0.0}, ErrorKind::usage);
  refusal(project, SetTailLimit{600.5}, ErrorKind::usage);
}
