// SPEC B13: what a plug-in may do to a freeze is to end that track's, with an error that names it.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "convert/freeze.hpp"
#include "plugin_scene.hpp"

namespace {

using namespace firn;
using document::TrackId;
using tests::PluginScene;
using time::Frames;

struct Fault {
  const char* name;
  const char* says;
};

// Of the prints that were begun, none may be left half done.
int files_in(const std::filesystem::path& folder) {
  int count = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end; !error && entry != end; ++entry)
    count += entry->is_regular_file() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("Each fault ends its own track's freeze with an error that names the plug-in; the others are frozen") {
  const Fault faults[] = {
      {"Faulty Crash", "crashed"},        {"Faulty Abort", "abort"},     {"Faulty Nan", "NaN"},
      {"Faulty Infinity", "infinity"},    {"Faulty Latency", "latency"}, {"Faulty Thread", "crashed"},
      {"Faulty Exit", "ended by itself"}, {"Faulty Memory", ""},
  };
  PluginScene scene;
  std::vector<TrackId> tracks{scene.add_audio("Well", tests::noise(60'000, 1))};
  scene.add_plugin(tracks.front(), "Faulty Well", {{"gain", 0.5}}, "clap");
  for (const Fault& fault : faults) {
    tracks.push_back(scene.add_audio(fault.name, tests::noise(60'000, 2)));
    scene.add_plugin(tracks.back(), fault.name, {}, "clap");
  }
  tracks.push_back(scene.add_audio("Denormal", tests::noise(60'000, 1)));
  scene.add_plugin(tracks.back(), "Faulty Output", {}, "clap");

  const convert::Outcome outcome = scene.freeze(tracks);
  std::vector<std::string> frozen;
  for (const auto& result : outcome.tracks) frozen.push_back(result.name);
  CHECK(frozen == std::vector<std::string>{"Well", "Denormal"});
  for (const Fault& fault : faults) {
    CAPTURE(fault.name);
    const auto found = std::find_if(outcome.faults.begin(), outcome.faults.end(),
                                    [&](const auto& each) { return each.name == fault.name; });
    REQUIRE(found != outcome.faults.end());
    CAPTURE(found->error.message);
    CHECK(found->error.kind == base::ErrorKind::device);
    CHECK(found->error.message.find(fault.name) != std::string::npos);
    CHECK(found->error.message.find(fault.says) != std::string::npos);
  }
  CHECK(files_in(scene.directory() / "Samples/Processed/Freeze") == 2);
  CHECK(files_in(scene.directory() / ".firn/tmp") == 0);
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
  for (const Fault& fault : {Fault{"init", "crashed"}, Fault{"activate", ""}, Fault{"slow_load", "did not answer"}}) {
    CAPTURE(fault.name);
    const std::string id = std::string("org.firn.faulty.") + fault.name;
    const std::string why = plugins::fault_of(*catalogue, {"clap", id, "", ""});
    CHECK_FALSE(why.empty());
    CHECK(why.find(fault.says) != std::string::npos);
  }
  int looked_at = 0;
  const auto again = tests::machine().rescan(false, [&](int, int, const std::string&) { ++looked_at; }, {});
  REQUIRE(again);
  CHECK(looked_at == 0);
  CHECK(*again == *catalogue);
}

TEST_CASE("A plug-in that does not repeat itself gives other samples each time") {
  PluginScene scene;
  const TrackId track = scene.add_audio("Random", tests::noise(10'000, 1));
  scene.add_plugin(track, "Faulty Random", {}, "clap");
  CHECK_FALSE(tests::difference(scene.hear(track), scene.hear(track)).empty());
}
