#include "devices/device_type.hpp"
#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;
using document::Breakpoint;
using document::MixerParameter;
using document::MixerTarget;

namespace {

const document::AutomationTarget volume = MixerTarget{MixerParameter::volume};

std::vector<Breakpoint> points(const Project& project, std::size_t index = 0) {
  return track(project, "Bass").automation.at(index).points;
}

document::DeviceTarget target(const Project& project, std::string_view type, std::string parameter) {
  return {device(project, "Bass", title(type)), std::move(parameter)};
}

}  // namespace

TEST_CASE("points are set, added in order, replaced, removed and cleared") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  Project after = must(project, SetAutomation{bass, volume, {point(0, -6), point(4, 0), point(4, -12)}});
  CHECK(points(after).size() == 3);
  after = must(after, AddPoint{bass, volume, point(2, -3)});
  CHECK(points(after)[1] == point(2, -3));
  after = must(after, AddPoint{bass, volume, point(4, -1)});
  CHECK(points(after) == std::vector<Breakpoint>{point(0, -6), point(2, -3), point(4, -1)});
  after = must(after, RemovePoint{bass, volume, Beats::quarters(2)});
  CHECK(points(after).size() == 2);
  refusal(after, RemovePoint{bass, volume, Beats::quarters(2)}, ErrorKind::not_found);
  CHECK(must(after, ClearAutomation{bass, volume}) == project);
  CHECK(must(after, SetAutomation{bass, volume, {}}) == project);
}

TEST_CASE("points out of order or out of range are refused") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  refusal(project, SetAutomation{bass, volume, {point(4, 0), point(0, 0)}}, ErrorKind::usage);
  refusal(project, SetAutomation{bass, volume, {point(1, 0), point(1, 1), point(1, 2)}}, ErrorKind::usage);
  CHECK(contains(refusal(project, AddPoint{bass, volume, point(0, 7)}, ErrorKind::usage), "-inf dB to 6 dB"));
  refusal(project, AddPoint{bass, MixerTarget{MixerParameter::pan}, point(0, -2)}, ErrorKind::usage);
  refusal(project, AddPoint{bass, volume, point(-1, 0)}, ErrorKind::usage);
  Breakpoint bent = point(0, 0);
  bent.curve = 1.0;
  refusal(project, AddPoint{bass, volume, bent}, ErrorKind::usage);
  refusal(project, AddPoint{document::main_of(project).id, MixerTarget{MixerParameter::activator}, point(0, 1)});
}

TEST_CASE("what steps holds, and takes whole values") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  for (const document::AutomationTarget& stepped :
       {document::AutomationTarget{MixerTarget{MixerParameter::activator}},
        document::AutomationTarget{target(project, "transpose", "semitones")},
        document::AutomationTarget{target(project, "reverb", "on")}}) {
    Breakpoint ramp = point(0, 1);
    ramp.curve = 0.5;
    const Project after = must(project, AddPoint{bass, stepped, ramp});
    CHECK(points(after)[0].hold);
    CHECK(points(after)[0].curve == 0.0);
    refusal(project, AddPoint{bass, stepped, point(0, 0.5)}, ErrorKind::usage);
  }
}

TEST_CASE("device parameters are automated where they can be") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  must(project, AddPoint{bass, target(project, "reverb", "decay"), point(0, 2.5)});
  CHECK(contains(refusal(project, AddPoint{bass, target(project, "soundfont", "program"), point(0, 1)}),
                 "can't be automated"));
  refusal(project, AddPoint{bass, target(project, "reverb", "decai"), point(0, 1)}, ErrorKind::not_found);
  refusal(project, AddPoint{bass, document::DeviceTarget{{999}, "decay"}, point(0, 1)}, ErrorKind::not_found);
}

TEST_CASE("automating a send makes it, if it is missing") {
  const Project project = make_scene();
  const TrackId drums = id_of(project, "Drums");
  const Project after = must(project, AddPoint{drums, document::SendTarget{id_of(project, "A")}, point(0, -6)});
  REQUIRE(track(after, "Drums").mixer.sends.size() == 1);
  CHECK(track(after, "Drums").mixer.sends[0].level_db == document::Send::minus_infinity());
  refusal(project, AddPoint{drums, document::SendTarget{id_of(project, "Bass")}, point(0, -6)});
}
