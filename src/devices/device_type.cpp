#include "devices/device_type.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "devices/built_in.hpp"

namespace firn::devices {
namespace {

std::vector<BuiltIn> assemble() {
  std::vector<BuiltIn> all;
  for (auto family : {midi_effects(), instruments(), audio_effects()}) {
    std::move(family.begin(), family.end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end(), [](const BuiltIn& a, const BuiltIn& b) {
    return std::pair(a.type.device_class, a.type.name) < std::pair(b.type.device_class, b.type.name);
  });
  return all;
}

const std::vector<BuiltIn>& built_ins() {
  static const std::vector<BuiltIn> all = assemble();
  return all;
}

}  // namespace

const BuiltIn* find_built_in(std::string_view name) {
  const auto& all = built_ins();
  const auto found = std::find_if(all.begin(), all.end(), [&](const BuiltIn& b) { return b.type.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const std::vector<DeviceType>& catalogue() {
  static const std::vector<DeviceType> types = [] {
    std::vector<DeviceType> list;
    for (const BuiltIn& built_in : built_ins()) list.push_back(built_in.type);
    return list;
  }();
  return types;
}

const DeviceType* find_type(std::string_view name) {
  const BuiltIn* built_in = find_built_in(name);
  return built_in == nullptr ? nullptr : &built_in->type;
}

int index_of(const DeviceType& type, std::string_view parameter) {
  const auto found = std::find_if(type.parameters.begin(), type.parameters.end(),
                                  [&](const Parameter& p) { return p.name == parameter; });
  return found == type.parameters.end() ? -1 : static_cast<int>(found - type.parameters.begin());
}

std::string state_file_slot(int number) { return "file" + std::to_string(number); }

bool has_file_slot(const DeviceType& type, std::string_view name) {
  if (std::any_of(type.files.begin(), type.files.end(), [&](const FileSlot& slot) { return slot.name == name; }))
    return true;
  int number = 0;
  const std::string_view digits = name.substr(std::min<std::size_t>(name.size(), 4));
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return type.plugin && number >= 1 && number <= most_state_files && name == state_file_slot(number);
}

DeviceType plugin_type(PluginOrigin origin, std::string title, DeviceClass device_class) {
  DeviceType type;
  type.name = origin.format + ":" + origin.id;
  type.title = std::move(title);
  type.device_class = device_class;
  type.files = {{std::string(state_slot), "what the plug-in keeps besides its parameters", false}};
  type.uses_tempo = true;
  type.keeps_state = false;
  type.plugin = std::move(origin);
  return type;
}

Settings default_settings(const DeviceType& type) {
  Settings settings;
  settings.type = type.name;
  if (type.plugin) settings.plugin = type;
  for (const Parameter& parameter : type.parameters) settings.values.push_back(parameter.initial);
  return settings;
}

const DeviceType* type_of(const Settings& settings) {
  return settings.plugin ? settings.plugin->get() : find_type(settings.type);
}

Settings completed(const Settings& settings, const DeviceType& type) {
  Settings complete = settings;
  complete.values = default_settings(type).values;
  for (std::size_t i = 0; i < std::min(settings.values.size(), complete.values.size()); ++i) {
    complete.values[i] = nearest_of(type.parameters[i], settings.values[i]);
  }
  return complete;
}

double setting_of(const Settings& settings, std::string_view parameter) {
  const int index = index_of(*find_type(settings.type), parameter);
  return settings.values[static_cast<std::size_t>(index)];
}

Facts facts_of(const Settings& settings, time::SampleRate rate, const time::TempoMap& tempo) {
  const BuiltIn* built_in = find_built_in(settings.type);
  if (built_in == nullptr) return {.latency = {}, .tail = {}, .version = 0, .known = Facts::Known::missing};
  const auto slower = [](const time::TempoPoint& a, const time::TempoPoint& b) { return a.bpm < b.bpm; };
  const auto slowest = std::min_element(tempo.tempos().begin(), tempo.tempos().end(), slower);  // ramps lie between
  Facts facts = built_in->facts(completed(settings, built_in->type), {rate, {60.0 / slowest->bpm}});
  facts.version = built_in->type.version;
  return facts;
}

}  // namespace firn::devices
