#include "plugin_scene.hpp"

#include <doctest/doctest.h>

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
  const document::DeviceId id{project.next_id};
  apply(edit::AddDevice{.track = track,
                        .type = {},
                        .name = {},
                        .before = {},
                        .parameters = parameters,
                        .files = {},
                        .seed = {},
                        .plugin = found.front().plugin->type});
  return id;
}

audio::StereoBuffer PluginScene::hear(document::TrackId id, const Listening& listening) {
  return listen({{id, document::TapPoint::post_fx}, {}}, listening);
}

convert::Outcome PluginScene::freeze(const std::vector<document::TrackId>& tracks) {
  auto room = studio();
  auto outcome = convert::freeze(project, {.tracks = tracks}, room);
  if (!outcome) FAIL(outcome.error().message);
  return *outcome;
}

}  // namespace firn::tests
