// What a plug-in keeps: taken, given back, and refused where it is not what was taken; and what it says of itself.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "plugin_scene.hpp"
#include "plugins/loaded_plugin.hpp"

namespace {

using namespace firn;
using plugins::LoadedPlugin;

const plugins::Description& description_of(const std::string& name, const std::string& format) {
  static const auto catalogue = tests::machine().catalogue().value();
  const auto found = plugins::named(catalogue, name, format);
  REQUIRE_FALSE(found.empty());
  return *found.front().plugin;
}

base::Result<LoadedPlugin> load(const plugins::Description& plugin, std::optional<std::string> state) {
  auto settings = devices::default_settings(plugin.type);
  settings.grid = 256;
  return plugins::load({FIRN_PLUGIN_HOST, plugin, settings, time::SampleRate{48'000}, std::move(state)});
}

std::string refusal(const plugins::Description& plugin, const std::string& state) {
  const auto loaded = load(plugin, state);
  return loaded ? "" : loaded.error().message;
}

// As it was written before there were checksums.
std::string old_head(const std::string& state) {
  const auto kind = state.find(' ', state.find("state 2 ") + 8);
  std::string old = state;
  old.replace(kind, state.find('\n') - kind, "");
  return old.replace(old.find("state 2"), 7, "state 1");
}

}  // namespace

TEST_CASE("A state that is damaged, cut short or empty is refused in every format; one of before checksums is read") {
  for (const std::string format : {"lv2", "clap", "vst3"}) {
    CAPTURE(format);
    const auto& plugin = description_of(format == "vst3" ? "ZamVerb" : "Faulty Well", format);
    const std::string state = load(plugin, {}).value().state().value();
    CHECK(refusal(plugin, state) == "");
    CHECK(refusal(plugin, old_head(state)) == "");
    CHECK(refusal(plugin, "") == "its state is an empty file");
    CHECK(refusal(plugin, state.substr(0, state.size() - 1)).find("damaged") != std::string::npos);
    CHECK(refusal(plugin, state.substr(0, state.find('\n') + 1)).find("damaged") != std::string::npos);
    std::string flipped = state;
    flipped[state.size() / 2] ^= 1;
    CHECK(refusal(plugin, flipped).find("damaged") != std::string::npos);
    CHECK(refusal(plugin, "random").find("is not one") != std::string::npos);
  }
  // Of before checksums, what JUCE would pass over.
  CHECK(refusal(description_of("ZamVerb", "vst3"), "firn plug-in state 1 vst3\nrandom").find("can't read") !=
        std::string::npos);
}

TEST_CASE("A VST3 parameter goes from 0 to 1, in a unit of its own, and the program is none") {
  const auto& parameters = description_of("ZamVerb", "vst3").type.parameters;
  CHECK_FALSE(parameters.empty());
  for (const auto& parameter : parameters) {
    CAPTURE(parameter.name);
    CHECK(parameter.unit == devices::Unit::normalised);
    CHECK(parameter.name.find("program") == std::string::npos);
  }
}
