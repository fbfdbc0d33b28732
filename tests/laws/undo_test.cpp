// SPEC D6: each conversion is one step of history, and taking it back or doing it again renders nothing.
#include <doctest/doctest.h>

#include <map>

#include "convert/bounce.hpp"
#include "convert/flatten.hpp"
#include "convert/freeze.hpp"
#include "session/session.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using document::TrackId;

using Files = std::map<std::string, std::filesystem::file_time_type>;

Files samples_of(const session::Session& session) {
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(session.directory() / "Samples"))
    files.emplace(entry.path().string(), entry.last_write_time());
  return files;
}

}  // namespace

TEST_CASE("SPEC D6: freeze, flatten, bounce and resample are one step each; undo and redo never render") {
  tests::Scene scene;
  const TrackId lead = scene.add_midi("Lead", "synth", tests::some_notes(1));
  const TrackId bass = scene.add_midi("Bass", "synth", tests::some_notes(2));
  auto opened = session::Session::create(scene.directory() / "project", scene.project);
  REQUIRE(opened);
  auto& session = *opened;
  convert::Studio studio{session.store(), plan::facts_of(session.project(), {})};

  base::Result<convert::Outcome> outcome = base::fail(base::ErrorKind::usage, "");
  const auto& project = session.project();
  SUBCASE("freeze") { outcome = convert::freeze(project, {{lead, bass}}, studio); }
  SUBCASE("flatten") { outcome = convert::flatten(project, {lead, bass}, convert::StalePrints::refuse, studio); }
  SUBCASE("bounce") {
    outcome = convert::bounce(
        project, {{lead, bass}, edit::BouncePoint::post_fx, "", {}, convert::BounceRequest::Where::new_track}, studio);
  }
  SUBCASE("bounce in place") {
    outcome = convert::bounce(
        project, {{lead, bass}, edit::BouncePoint::post_fx, "", {}, convert::BounceRequest::Where::in_place}, studio);
  }
  SUBCASE("resample") { outcome = convert::resample(project, {{document::Resampling{}}, {}, {}, ""}, studio); }
  REQUIRE(outcome);

  const document::Project before = session.project();
  REQUIRE(session.dispatch(outcome->commands));
  CHECK(session.history().labels.size() == 1);
  const document::Project after = session.project();
  CHECK(after != before);
  REQUIRE(session.save());
  const Files printed = samples_of(session);
  REQUIRE(session.undo());
  CHECK(session.project() == before);
  REQUIRE(session.redo());
  CHECK(session.project() == after);
  CHECK(samples_of(session) == printed);
}
