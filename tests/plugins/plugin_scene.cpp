#include "plugin_scene.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "convert/freeze.hpp"

namespace firn::tests {

plugins::Machine& machine() {
  static const TemporaryDirectory cache;
  static const std::shared_ptr<plugins::Machine> shared = [] {
    ::setenv("CLAP_PATH", FIRN_FAULTY_PLUGINS "/clap:" FIRN_FAULTY_PLUGINS "/at_load", 1);
    ::setenv("LV2_PATH", FIRN_FAULTY_PLUGINS "/lv2:/usr/lib/lv2", 1);
    auto made = std::make_shared<plugins::Machine>(plugins::Places{FIRN_PLUGIN_HOST, cache.path()});
    const auto scanned = made->rescan(false, {}, {});
    if (!scanned) FAIL(scanned.error().message);
    return made;
  }();
  return *shared;
}

PluginScene::PluginScene(int hertz) : Scene(hertz) { plugins = machine().devices(); }

document::DeviceId PluginScene::add_plugin(document::TrackId track, const std::string& name,
                                           const std::map<std::string, double>& parameters, const std::string& format) {
  const auto catalogue = machine().catalogue();
  REQUIRE(catalogue);
  const auto found = plugins::named(*catalogue, name, format);
  if (found.empty()) FAIL("there is no plug-in ", name);
  return add_plugin(track, found.front().plugin->type, parameters);
}

document::DeviceId PluginScene::add_plugin(document::TrackId track, const devices::DeviceType& type,
                                           const std::map<std::string, double>& parameters) {
  const document::DeviceId id{project.next_id};
  edit::AddDevice add;
  add.track = track;
  add.parameters = parameters;
  add.plugin = type;
  apply(add);
  return id;
}

audio::StereoBuffer PluginScene::hear(document::TrackId id, const Listening& listening) {
  return listen({{id, document::TapPoint::post_fx}, {}}, listening);
}

convert::Outcome PluginScene::freeze(const std::vector<document::TrackId>& tracks, int threads) {
  auto room = studio(threads);
  auto outcome = convert::freeze(project, {.tracks = tracks, .silent = convert::FreezeRequest::Silent::leave}, room);
  if (!outcome) FAIL(outcome.error().message);
  return *outcome;
}

const convert::Printed* print_of(const convert::Outcome& outcome, document::TrackId track) {
  const auto found =
      std::find_if(outcome.tracks.begin(), outcome.tracks.end(), [&](const auto& each) { return each.track == track; });
  return found == outcome.tracks.end() ? nullptr : &found->print;
}

const base::Error* fault_of(const convert::Outcome& outcome, document::TrackId track) {
  const auto found =
      std::find_if(outcome.faults.begin(), outcome.faults.end(), [&](const auto& each) { return each.track == track; });
  return found == outcome.faults.end() ? nullptr : &found->error;
}

int files_in(const std::filesystem::path& folder) {
  int count = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end; !error && entry != end; ++entry)
    count += entry->is_regular_file() ? 1 : 0;
  return count;
}

}  // namespace firn::tests
