#include "edit/find.hpp"

#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;

TEST_CASE("a track is found by its name, in any case, or by its number") {
  Project project = make_scene();
  CHECK(find_track(project, "Bass") == find_track(project, "bass"));
  CHECK(find_track(project, "2") == find_track(project, "Vox"));
  CHECK(find_track(project, "6").value() == document::main_of(project).id);
  for (const char* unknown : {"Tuba", "0", "7", "-1", "1x", ""}) {
    const auto found = find_track(project, unknown);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().kind == ErrorKind::not_found);
    CHECK(contains(found.error().message, "1 Bass, 2 Vox, 3 Bus, 4 Drums, 5 A, 6 Main"));
  }
  project = must(project, RenameTrack{id_of(project, "Vox"), "1"});
  CHECK(find_track(project, "1") == find_track(project, "2"));  // a name wins over a number
  project = must(project, RenameTrack{id_of(project, "1"), "bass"});
  CHECK(find_track(project, "Bass") == find_track(project, "1"));
  project = must(project, RenameTrack{find_track(project, "bass").value(), "Bass"});
  const auto both = find_track(project, "Bass");
  REQUIRE_FALSE(both.has_value());
  CHECK(both.error().kind == ErrorKind::ambiguous);
  CHECK(contains(both.error().message, "1 Bass, 2 Bass"));
}

TEST_CASE("devices, clips and locators are found the same way") {
  Project project = make_scene();
  const Track& bass = track(project, "Bass");
  CHECK(find_device(bass, "1").value() == bass.devices[0].id);
  CHECK(find_device(bass, "REVERB").value() == bass.devices[3].id);
  CHECK(contains(find_device(bass, "x").error().message, "There is no device \"x\" on \"Bass\""));
  CHECK(find_clip(bass, "Bass").value() == bass.clips[0]->id);
  CHECK(contains(find_clip(track(project, "Drums"), "1").error().message, "There are none"));
  project = must(project, AddLocator{{}, "Verse"});
  CHECK(find_locator(project, "verse").value() == project.locators[0].id);
}

TEST_CASE("long lists are cut") {
  Project project = make_scene();
  for (int i = 0; i < 70; ++i) project = edit::apply(project, track_of(TrackKind::midi, "")).value();
  CHECK(contains(find_track(project, "Tuba").error().message, "and 16 more"));
}

TEST_CASE("commands are described for undo lists") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  CHECK(describe(project, freeze_of(project, bass)) == "Freeze Bass");
  CHECK(describe(project, Command{RenameTrack{bass, "Low"}}) == "Rename Bass to Low");
  CHECK(describe(project, device_of(bass, "reverb")) == "Add Reverb to Bass");
  CHECK(describe(project, std::vector<Command>{Freeze{bass, {}}, Unfreeze{bass}}) == "Freeze Bass and 1 more");
  CHECK(describe(project, std::vector<Command>{Unfreeze{bass}, Freeze{bass, {}}}) == "Freeze Bass");
  CHECK(describe(project, Command{RemoveTrack{{999}}}) == "Remove Track");
}
