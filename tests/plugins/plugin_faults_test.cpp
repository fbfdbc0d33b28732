// SPEC B13: what a plug-in may do to a freeze is to end that track's, with an error that names it.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "convert/freeze.hpp"
#include "plan/plan.hpp"
#include "plugin_scene.hpp"

namespace {

using namespace firn;
using document::TrackId;
using tests::difference;
using tests::fault_of;
using tests::part_of;
using tests::PluginScene;
using tests::print_of;
using time::Frames;

constexpr int length = 60'000;       // frames of what goes into each
constexpr int half_second = 24'000;  // where the plug-ins fail, unless told otherwise

struct Fault {
  std::string name;
  std::string format;
  std::string says;
  double after = 0.5;  // seconds
};

// Of the print, as long as its input was.
audio::StereoBuffer samples_of(const PluginScene& scene, const convert::Outcome& outcome, TrackId track) {
  const convert::Printed* print = print_of(outcome, track);
  REQUIRE(print != nullptr);
  return part_of(tests::samples_of(scene.directory() / print->audio.path), 0, length);
}

}  // namespace

TEST_CASE("Each fault ends its own track's freeze with an error that names the plug-in; the others are frozen") {
  // Those that hang do so at once, each on a thread of its own: the limit is waited for once. Those that eat memory eat one after the other.
  const Fault faults[] = {
      {"Faulty Crash", "clap", "crashed"},
      {"Faulty Abort", "clap", "abort"},
      {"Faulty Nan", "clap", "NaN"},
      {"Faulty Infinity", "clap", "infinity"},
      {"Faulty Latency", "clap", "latency"},
      {"Faulty Thread", "clap", "crashed"},
      {"Faulty Exit", "clap", "ended by itself"},
      {"Faulty Restart", "clap", "refuses to be activated"},
      {"Faulty Memory", "clap", ""},
      {"Faulty Loop", "clap", "did not answer"},
      {"Faulty Sleep", "clap", "did not answer"},
      {"Faulty Crash", "lv2", "crashed"},
      {"Faulty Abort", "lv2", "abort"},
      {"Faulty Nan", "lv2", "NaN"},
      {"Faulty Loop", "lv2", "did not answer"},
      {"Faulty Memory", "lv2", "", 1.0},
  };
  constexpr int threads = 4;  // one more than hang
  PluginScene scene;
  const auto noise = tests::noise(length, 1);
  std::vector<TrackId> tracks;
  for (const std::string format : {"clap", "lv2"}) {
    tracks.push_back(scene.add_audio("Well", noise));
    scene.add_plugin(tracks.back(), "Faulty Well", {}, format);
  }
  for (const std::string name : {"Faulty Output", "Faulty Question", "Faulty Shrink"}) {
    tracks.push_back(scene.add_audio(name, noise));
    scene.add_plugin(tracks.back(), name, {}, "clap");
  }
  const std::vector<TrackId> well = tracks;
  for (const Fault& fault : faults) {
    tracks.push_back(scene.add_audio(fault.name, noise));
    const auto device = scene.add_plugin(tracks.back(), fault.name, {}, fault.format);
    if (fault.after != 0.5) scene.apply(edit::SetParameters{tracks.back(), device, {{"after", fault.after}}});
  }

  const convert::Outcome outcome = scene.freeze(tracks, threads);
  for (const TrackId track : well) CHECK(difference(samples_of(scene, outcome, track), noise) == "");
  CHECK(outcome.tracks.size() == well.size());
  for (std::size_t i = 0; i < std::size(faults); ++i) {
    CAPTURE(faults[i].name);
    CAPTURE(faults[i].format);
    const base::Error* error = fault_of(outcome, tracks[well.size() + i]);
    REQUIRE(error != nullptr);
    CAPTURE(error->message);
    CHECK(error->kind == base::ErrorKind::device);
    CHECK(error->message.find(faults[i].name) != std::string::npos);
    CHECK(error->message.find(faults[i].says) != std::string::npos);
  }
  CHECK(tests::files_in(scene.directory() / "Samples/Processed/Freeze") == 1);  // equal prints are one file
  CHECK(tests::files_in(scene.directory() / ".firn/tmp") == 0);
}

TEST_CASE("A plug-in that writes past its outputs spoils nothing but what it makes itself from then on") {
  for (const std::string format : {"clap", "lv2"}) {
    CAPTURE(format);
    PluginScene scene;
    const auto noise = tests::noise(length, 1);
    const TrackId well = scene.add_audio("Well", noise);
    scene.add_plugin(well, "Faulty Well", {}, format);
    const TrackId overrun = scene.add_audio("Overrun", noise);
    scene.add_plugin(overrun, "Faulty Overrun", {}, format);
    const convert::Outcome outcome = scene.freeze({well, overrun});
    CHECK(difference(samples_of(scene, outcome, well), noise) == "");
    // Whether its process lives on is chance; if so, what it made before is as it should be, up to the block of the fault.
    if (const base::Error* error = fault_of(outcome, overrun)) {
      CHECK(error->kind == base::ErrorKind::device);
      CHECK(error->message.find("Faulty Overrun") != std::string::npos);
    } else {
      const int good = half_second - scene.project.plugin_grid;
      CHECK(difference(part_of(samples_of(scene, outcome, overrun), 0, good), part_of(noise, 0, good)) == "");
    }
  }
}

TEST_CASE("Denormals that a plug-in writes are silence") {
  PluginScene scene;
  const auto noise = tests::noise(length, 1);
  const TrackId track = scene.add_audio("Denormal", noise);
  scene.add_plugin(track, "Faulty Denormal", {}, "clap");
  const auto printed = samples_of(scene, scene.freeze({track}), track);
  auto expected = part_of(noise, 0, half_second);
  expected.append(audio::StereoBuffer(length - half_second).view());
  CHECK(difference(printed, expected) == "");
}

TEST_CASE("What crashes as its state is saved is named by the error, and can be frozen") {
  PluginScene scene;
  const auto noise = tests::noise(length, 1);
  const TrackId track = scene.add_audio("State", noise);
  scene.add_plugin(track, "Faulty State", {}, "clap");
  const auto& device = scene.track(track).devices.front();
  auto opened = tests::machine().open(plan::settings_of(scene.project, device), scene.project.rate, {});
  REQUIRE(opened);
  const auto state = opened->state();
  REQUIRE_FALSE(state);
  CHECK(state.error().kind == base::ErrorKind::device);
  CHECK(state.error().message == "it crashed (segmentation fault)");
  CHECK(difference(samples_of(scene, scene.freeze({track}), track), noise) == "");
}

TEST_CASE("What crashes or hangs while it is looked at is listed with the reason, and looked at no more") {
  const auto catalogue = tests::machine().catalogue();
  REQUIRE(catalogue);
  int found = 0;
  for (const plugins::Shelf& shelf : catalogue->shelves) {
    if (shelf.file.find("at-load") == std::string::npos) continue;
    ++found;
    CAPTURE(shelf.file);
    CAPTURE(shelf.fault);
    const bool hangs = shelf.file.find("hangs") != std::string::npos;
    CHECK(shelf.fault.find(hangs ? "did not answer" : "crashed") != std::string::npos);
    CHECK(shelf.plugins.empty());
  }
  CHECK(found == 2);
  // Of a file with many, those that fail are listed, and the others are to be had.
  for (const Fault& fault : {Fault{"init", "clap", "crashed"}, Fault{"activate", "clap", ""},
                             Fault{"slow_load", "clap", "did not answer"}}) {
    CAPTURE(fault.name);
    const std::string id = std::string("org.firn.faulty.") + fault.name;
    const std::string why = plugins::fault_of(*catalogue, {fault.format, id, "", ""});
    CHECK_FALSE(why.empty());
    CHECK(why.find(fault.says) != std::string::npos);
  }
  int looked_at = 0;
  const auto again = tests::machine().rescan(false, [&](int, int, const std::string&) { ++looked_at; }, {});
  REQUIRE(again);
  CHECK(looked_at == 0);
  CHECK(*again == *catalogue);
}

TEST_CASE("A plug-in that says another latency than it was planned with ends the freeze, and is planned with it then") {
  PluginScene scene;
  const auto noise = tests::noise(length, 1);
  const TrackId track = scene.add_audio("Mood", noise);
  scene.add_plugin(track, "Faulty Mood", {}, "clap");
  CHECK(scene.studio().facts.size() == 1);  // it is asked
  tests::machine().unload_unused();
  ::setenv("FIRN_FAULTY_LATENCY", "100", 1);
  const convert::Outcome outcome = scene.freeze({track});
  const base::Error* error = fault_of(outcome, track);
  REQUIRE(error != nullptr);
  CHECK(error->kind == base::ErrorKind::device);
  CHECK(error->message.find("it changed its latency from 0 to 100 samples") != std::string::npos);
  const auto printed = samples_of(scene, scene.freeze({track}), track);
  ::unsetenv("FIRN_FAULTY_LATENCY");
  CHECK(difference(part_of(printed, 0, length - 100), part_of(noise, 100, length - 100)) == "");
}

TEST_CASE("A plug-in that does not repeat itself gives other samples each time") {
  PluginScene scene;
  const TrackId track = scene.add_audio("Random", tests::noise(10'000, 1));
  scene.add_plugin(track, "Faulty Random", {}, "clap");
  CHECK_FALSE(difference(scene.hear(track), scene.hear(track)).empty());
}
