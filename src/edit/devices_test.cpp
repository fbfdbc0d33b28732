#include <cmath>

#include "devices/device_type.hpp"
#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;

namespace {

std::vector<std::string> chain(const Project& project, std::string_view name) {
  std::vector<std::string> all;
  for (const auto& each : track(project, name).devices) all.push_back(each.name);
  return all;
}

const document::Device& device_at(const Project& project, std::string_view track_name, std::string_view name) {
  return *document::find(track(project, track_name), device(project, track_name, name));
}

}  // namespace

TEST_CASE("devices take their place in the chain: MIDI effects, the instrument, audio effects") {
  Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  project = must(project, device_of(bass, "velocity"));
  CHECK(chain(project, "Bass") == std::vector<std::string>{title("transpose"), title("velocity"), title("soundfont"),
                                                           title("compressor"), title("reverb")});
  CHECK(contains(refusal(project, device_of(bass, "soundfont")), "has an instrument already"));
  CHECK(contains(refusal(project, device_of(id_of(project, "Vox"), "transpose")), "go on MIDI tracks"));
  refusal(project, device_of(id_of(project, "A"), "soundfont"));
  CHECK(contains(refusal(project, device_of(bass, "reverbb"), ErrorKind::not_found), "reverb"));

  AddDevice too_early = device_of(bass, "delay");
  too_early.before = device(project, "Bass", title("soundfont"));
  CHECK(contains(refusal(project, too_early), "MIDI effects come first"));
  const DeviceId reverb = device(project, "Bass", title("reverb"));
  const DeviceId compressor = device(project, "Bass", title("compressor"));
  CHECK(chain(must(project, MoveDevice{bass, reverb, compressor}), "Bass").at(3) == title("reverb"));
  refusal(project, MoveDevice{bass, reverb, device(project, "Bass", title("transpose"))});
  CHECK(must(project, MoveDevice{bass, reverb, {}}) == project);
}

TEST_CASE("SPEC A5: a device's seed comes from its id, unless it is given") {
  const Project project = make_scene();
  const TrackId vox = id_of(project, "Vox");
  const Project once = must(project, device_of(vox, "delay"));
  CHECK(once == must(project, device_of(vox, "delay")));
  CHECK(device_at(once, "Vox", title("delay") + " 2").seed != device_at(once, "Vox", title("delay")).seed);
  AddDevice seeded = device_of(vox, "delay");
  seeded.seed = 7;
  CHECK(track(must(project, seeded), "Vox").devices.back().seed == 7);
  CHECK(track(must(project, SetDeviceSeed{vox, track(project, "Vox").devices[0].id, 9}), "Vox").devices[0].seed == 9);
}

TEST_CASE("names are unique in a track") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const DeviceId reverb = device(project, "Bass", title("reverb"));
  CHECK(chain(must(project, device_of(bass, "reverb")), "Bass").back() == title("reverb") + " 2");
  CHECK(chain(must(project, RenameDevice{bass, reverb, "Hall"}), "Bass").back() == "Hall");
  refusal(project, RenameDevice{bass, reverb, title("compressor")});
  refusal(project, RenameDevice{bass, reverb, ""}, ErrorKind::usage);
}

TEST_CASE("parameters are the type's own and in range; those at their default are not kept") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const DeviceId reverb = device(project, "Bass", title("reverb"));
  const auto& type = *devices::find_type("reverb");
  const auto& decay = type.parameters[static_cast<std::size_t>(devices::index_of(type, "decay"))];
  const Project set = must(project, SetParameters{bass, reverb, {{"decay", decay.maximum}}});
  CHECK(device_at(set, "Bass", title("reverb")).parameters.at("decay") == decay.maximum);
  CHECK(must(set, SetParameters{bass, reverb, {{"decay", decay.initial}}}) == project);

  const std::string message = refusal(project, SetParameters{bass, reverb, {{"decay", 1e6}}}, ErrorKind::usage);
  CHECK(contains(message, "decay must be 0.1 s to 30 s, not 1e+06 s"));
  CHECK(contains(message, "\"Bass\""));
  CHECK(contains(refusal(project, SetParameters{bass, reverb, {{"decai", 1.0}}}, ErrorKind::not_found), "decay"));
  refusal(project, SetParameters{bass, reverb, {{"decay", std::nan("")}}}, ErrorKind::usage);
  const DeviceId transpose = device(project, "Bass", title("transpose"));
  CHECK(contains(refusal(project, SetParameters{bass, transpose, {{"semitones", 1.5}}}, ErrorKind::usage),
                 "whole number"));
  const DeviceId compressor = device(project, "Bass", title("compressor"));
  refusal(project, SetParameters{bass, compressor, {{"detector", 9}}}, ErrorKind::usage);
}

TEST_CASE("files go into the slots of a device's type") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const DeviceId id = device(project, "Bass", title("soundfont"));
  document::FileRef file;
  file.path = "TimGM6mb.sf2";
  file.shared = true;
  const Project set = must(project, SetDeviceFile{bass, id, "soundfont", file});
  CHECK(device_at(set, "Bass", title("soundfont")).files.at("soundfont") == file);
  CHECK(must(set, SetDeviceFile{bass, id, "soundfont", {}}) == project);
  refusal(project, SetDeviceFile{bass, id, "sample", file}, ErrorKind::not_found);
  file.path = "../elsewhere.sf2";
  refusal(project, SetDeviceFile{bass, id, "soundfont", file}, ErrorKind::usage);
}

TEST_CASE("a removed device takes its automation along; a switched off one keeps it") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const DeviceId reverb = device(project, "Bass", title("reverb"));
  const Project automated = must(project, AddPoint{bass, document::DeviceTarget{reverb, "mix"}, point(0, 50)});
  CHECK(track(must(automated, RemoveDevice{bass, reverb}), "Bass").automation.empty());
  const Project off = must(automated, SetDeviceOn{bass, reverb, false});
  CHECK_FALSE(device_at(off, "Bass", title("reverb")).on);
  CHECK(track(off, "Bass").automation.size() == 1);
  refusal(project, RemoveDevice{bass, {999}}, ErrorKind::not_found);
}

TEST_CASE("side-chains are for devices that have one, and make no cycle") {
  const Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const DeviceId compressor = device(project, "Bass", title("compressor"));
  const Tap drums{id_of(project, "Drums"), TapPoint::post_mixer};
  const Project set = must(project, SetSideChain{bass, compressor, drums});
  CHECK(device_at(set, "Bass", title("compressor")).side_chain == drums);
  CHECK(must(set, SetSideChain{bass, compressor, {}}) == project);
  must(project, SetSideChain{bass, compressor, Tap{bass, TapPoint::pre_fx}});
  CHECK(contains(refusal(project, SetSideChain{bass, compressor, Tap{bass, TapPoint::post_fx}}), "Bass -> Bass"));
  refusal(project, SetSideChain{bass, compressor, Tap{document::main_of(project).id, TapPoint::pre_fx}});
  CHECK(contains(refusal(project, SetSideChain{bass, device(project, "Bass", title("reverb")), drums}),
                 "has no side-chain"));
  refusal(project, SetSideChain{bass, compressor, Tap{{999}, TapPoint::pre_fx}}, ErrorKind::not_found);
}
