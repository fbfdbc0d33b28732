#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;

TEST_CASE("volume is -inf to 6 dB, pan -1 to 1") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  CHECK(track(must(project, SetVolume{bass, document::Send::minus_infinity()}), "Bass").mixer.volume_db < -1e9);
  CHECK(track(must(project, SetVolume{bass, 6.0}), "Bass").mixer.volume_db == 6.0);
  CHECK(track(must(project, SetPan{bass, -1.0}), "Bass").mixer.pan == -1.0);
  CHECK(contains(refusal(project, SetVolume{bass, 6.1}, ErrorKind::usage), "must be -inf to 6 dB, not 6.1 dB"));
  refusal(project, SetVolume{bass, -document::Send::minus_infinity()}, ErrorKind::usage);
  refusal(project, SetPan{bass, 1.01}, ErrorKind::usage);
  must(project, SetVolume{document::main_of(project).id, -3.0});
}

TEST_CASE("activator and solo are every track's but Main's") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  CHECK_FALSE(track(must(project, SetActivator{bass, false}), "Bass").mixer.activator);
  CHECK(track(must(project, SetSolo{bass, true}), "Bass").mixer.solo);
  CHECK(contains(refusal(project, SetActivator{document::main_of(project).id, false}), "no activator"));
  refusal(project, SetSolo{document::main_of(project).id, true});
}

TEST_CASE("sends go to returns, and to no return from itself") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const TrackId drums = id_of(project, "Drums");
  const TrackId a = id_of(project, "A");
  const Project pre = must(project, SetSendPoint{drums, a, true});
  REQUIRE(track(pre, "Drums").mixer.sends.size() == 1);
  CHECK(track(pre, "Drums").mixer.sends[0].pre_fader);
  CHECK(track(pre, "Drums").mixer.sends[0].level_db == document::Send::minus_infinity());
  CHECK_FALSE(track(must(project, SetSendOn{bass, a, false}), "Bass").mixer.sends[0].on);
  CHECK(track(project, "Bass").mixer.sends[0].level_db == -12.0);
  CHECK(contains(refusal(project, SetSendLevel{bass, id_of(project, "Vox"), 0.0}), "sends go to returns"));
  CHECK(contains(refusal(project, SetSendLevel{a, a, 0.0}), "can't send to itself"));
  refusal(project, SetSendLevel{bass, {999}, 0.0}, ErrorKind::not_found);
  refusal(project, SetSendLevel{bass, a, 6.5}, ErrorKind::usage);
  refusal(project, SetSendLevel{document::main_of(project).id, a, 0.0});
}
