#include "plugins/loaded_plugin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plugins/answer.hpp"
#include "plugins/counterpart.hpp"

namespace firn::plugins {
namespace {

constexpr double longest_tail = 3600.0;  // seconds; an endless one is left to the level rule

// What of the settings the plug-in is to take on: all that it knows, by its own numbers; null is left as it is.
Json wanted_values(const LoadedPlugin& plugin, const devices::Settings& settings) {
  Json values = Json::array();
  for (std::size_t i = 0; i < plugin.type.parameters.size(); ++i) values.push_back(nullptr);
  for (std::size_t i = 0; i < plugin.places.size() && i < settings.values.size(); ++i) {
    if (plugin.places[i] < 0) continue;
    const auto place = static_cast<std::size_t>(plugin.places[i]);
    values[place] = devices::nearest_of(plugin.type.parameters[place], plugin.value_here(i, settings.values[i]));
  }
  return values;
}

std::vector<int> places_of(const devices::Settings& settings, const devices::DeviceType& type) {
  std::vector<int> places;
  if (!settings.plugin) return places;
  for (const auto& parameter : (*settings.plugin)->parameters)
    places.push_back(devices::index_of(type, parameter.name));
  return places;
}

}  // namespace

double LoadedPlugin::value_here(std::size_t parameter, double value) const {
  return updated(described[parameter], type.parameters[static_cast<std::size_t>(places[parameter])], value);
}

double LoadedPlugin::value_there(std::size_t parameter, double value) const {
  return updated(type.parameters[static_cast<std::size_t>(places[parameter])], described[parameter], value);
}

std::vector<double> LoadedPlugin::values_in(const Json& answer) const {
  std::vector<double> now = values;
  const auto found = answer.find("values");
  if (found == answer.end() || !found->is_array()) return now;
  for (std::size_t i = 0; i < std::min(now.size(), found->size()); ++i) {
    if ((*found)[i].is_number()) now[i] = devices::nearest_of(type.parameters[i], (*found)[i].get<double>());
  }
  return now;
}

base::Result<PluginState> LoadedPlugin::state() {
  return process->ask({{"ask", "state"}}).and_then([](Answer&& answer) -> base::Result<PluginState> {
    if (answer.bytes.size() > std::size_t{largest_state}) {
      return base::fail(base::ErrorKind::device, fmt::format("its state is larger than {} MiB", largest_state >> 20));
    }
    PluginState state{std::move(answer.bytes)};
    for (std::string& file : texts_in(answer.json, "files")) state.files.emplace_back(std::move(file));
    return state;
  });
}

base::Result<std::vector<std::string>> LoadedPlugin::texts() {
  return process->ask({{"ask", "texts"}}).map([&](const Answer& answer) {
    auto texts = texts_in(answer.json, "texts");
    texts.resize(type.parameters.size());
    return texts;
  });
}

base::Result<LoadedPlugin::Reading> LoadedPlugin::read(int parameter, const std::string& text) {
  return process->ask({{"ask", "value"}, {"parameter", parameter}, {"text", text}})
      .and_then([&](const Answer& answer) -> base::Result<Reading> {
        const auto value = answer.json.find("value");
        if (value == answer.json.end() || !value->is_number())
          return base::fail(base::ErrorKind::device, "it gave no value");
        return Reading{value->get<double>(), text_in(answer.json, "said")};
      });
}

base::Result<std::vector<std::string>> LoadedPlugin::presets() {
  return process->ask({{"ask", "presets"}}).map([](const Answer& answer) { return texts_in(answer.json, "presets"); });
}

base::Result<void> LoadedPlugin::choose_preset(const std::string& name) {
  const auto answer = process->ask({{"ask", "preset"}, {"name", name}});
  if (!answer) return tl::unexpected(answer.error());
  values = values_in(answer->json);
  return {};
}

base::Result<void> LoadedPlugin::load_file(const std::string& name, const std::filesystem::path& file) {
  const auto answer = process->ask({{"ask", "file"}, {"name", name}, {"path", file.string()}});
  if (!answer) return tl::unexpected(answer.error());
  values = values_in(answer->json);
  return {};
}

base::Result<LoadedPlugin> load(const Loading& loading) {
  if (loading.state && loading.state->bytes.empty())
    return base::fail(base::ErrorKind::device, "its state is an empty file");
  auto process = HostProcess::start(loading.host);
  if (!process) return tl::unexpected(process.error());
  LoadedPlugin plugin;
  plugin.process = std::move(*process);
  plugin.type = loading.plugin.type;
  if (loading.settings.plugin) plugin.described = (*loading.settings.plugin)->parameters;
  const auto& origin = *plugin.type.plugin;
  // The host numbers its parameters as it describes them: what was scanned of the same file says how.
  plugin.places = places_of(loading.settings, plugin.type);
  const PluginState& state = loading.state ? *loading.state : PluginState{};
  Json files = Json::array();
  for (const auto& file : state.files) files.push_back(file.string());
  const Json question{{"ask", "load"},
                      {"format", origin.format},
                      {"file", loading.plugin.file},
                      {"id", origin.id},
                      {"rate", loading.rate.hertz},
                      {"grid", loading.settings.grid},
                      {"side_chain", loading.settings.has_side_chain},
                      {"values", wanted_values(plugin, loading.settings)},
                      {"files", files}};
  const auto answer = plugin.process->ask(question, state.bytes);
  if (!answer) return tl::unexpected(answer.error());
  auto description = description_of(answer->json);
  if (!description) return tl::unexpected(description.error());
  plugin.type = description->type;
  plugin.places = places_of(loading.settings, plugin.type);
  plugin.latency = time::Frames{std::max<std::int64_t>(whole_in(answer->json, "latency"), 0)};
  const double tail = number_in(answer->json, "tail", 0.0);
  if (tail > 0.0 && tail <= longest_tail) plugin.tail = time::frames_of({tail}, loading.rate);
  plugin.ins = description->ins;
  plugin.outs = description->outs;
  for (const auto& parameter : plugin.type.parameters) plugin.values.push_back(parameter.initial);
  plugin.values = plugin.values_in(answer->json);
  plugin.files = texts_in(answer->json, "files");
  return plugin;
}

}  // namespace firn::plugins
