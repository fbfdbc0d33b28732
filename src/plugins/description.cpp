#include "plugins/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace firn::plugins {
namespace {

using base::ErrorKind;
using devices::DeviceClass;
using devices::Parameter;
using devices::Scale;
using devices::Unit;

constexpr std::array unit_texts = {
    std::pair{Unit::hertz, "Hz"},       std::pair{Unit::decibels, "dB"},         std::pair{Unit::seconds, "s"},
    std::pair{Unit::percent, "%"},      std::pair{Unit::milliseconds, "ms"},     std::pair{Unit::cents, "cents"},
    std::pair{Unit::cents, "ct"},       std::pair{Unit::semitones, "semitones"}, std::pair{Unit::semitones, "st"},
    std::pair{Unit::beats, "beats"},    std::pair{Unit::degrees, "°"},           std::pair{Unit::degrees, "deg"},
    std::pair{Unit::normalised, "raw"},
};

constexpr std::array class_texts = {
    std::pair{DeviceClass::midi_effect, "midi effect"},
    std::pair{DeviceClass::instrument, "instrument"},
    std::pair{DeviceClass::audio_effect, "audio effect"},
};

int count_in(const Json& json, const char* key) {
  return static_cast<int>(std::clamp(number_in(json, key, 0.0), 0.0, 1e6));
}

Unit unit_of(const std::string& text) {
  const auto found =
      std::find_if(unit_texts.begin(), unit_texts.end(), [&](const auto& u) { return u.second == text; });
  return found == unit_texts.end() ? Unit::none : found->first;
}

std::string text_of(Unit unit) {
  const auto found = std::find_if(unit_texts.begin(), unit_texts.end(), [&](const auto& u) { return u.first == unit; });
  return found == unit_texts.end() ? "" : found->second;
}

DeviceClass class_of(const std::string& text) {
  const auto found =
      std::find_if(class_texts.begin(), class_texts.end(), [&](const auto& c) { return text == c.second; });
  return found == class_texts.end() ? DeviceClass::audio_effect : found->first;
}

// Lower-case letters, digits and '-', not yet in `taken`, and not "on", which is every device's switch.
std::string fit_name(const std::string& wanted, std::size_t number, std::set<std::string>& taken) {
  std::string name;
  for (const char c : wanted) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    const bool upper = c >= 'A' && c <= 'Z';
    name += fits ? c : upper ? static_cast<char>(c - 'A' + 'a') : '-';
  }
  name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
  while (!name.empty() && name.back() == '-') name.pop_back();
  if (name.empty()) name = fmt::format("parameter-{}", number + 1);
  std::string unique = name == "on" ? "on-1" : name;
  for (int k = 2; !taken.insert(unique).second; ++k) unique = fmt::format("{}-{}", name, k);
  return unique;
}

// Each of them once, and none empty; as many as Firn can name.
std::vector<std::string> fit_titles(const std::vector<std::string>& wanted) {
  constexpr std::size_t most = 128;
  std::vector<std::string> titles;
  std::set<std::string> taken;
  for (const std::string& title : wanted) {
    if (titles.size() == most) break;
    const std::string stem = title.empty() ? fmt::format("Output {}", titles.size() + 1) : title;
    std::string unique = stem;
    for (int k = 2; !taken.insert(unique).second; ++k) unique = fmt::format("{} ({})", stem, k);
    titles.push_back(unique);
  }
  return titles;
}

Parameter parameter_of(const Json& json, std::size_t number, bool is_normalised, std::set<std::string>& taken) {
  Parameter parameter;
  parameter.name = fit_name(text_in(json, "name"), number, taken);
  parameter.title = text_in(json, "title");
  parameter.automatable = flag_in(json, "automatable", true);
  parameter.choices = texts_in(json, "choices");
  if (parameter.choices.size() > 1) {
    parameter.scale = Scale::choice;
    parameter.maximum = static_cast<double>(parameter.choices.size()) - 1.0;
    parameter.initial = devices::nearest_of(parameter, number_in(json, "initial", 0.0));
    return parameter;
  }
  parameter.choices.clear();
  parameter.minimum = number_in(json, "minimum", 0.0);
  parameter.maximum = std::max(number_in(json, "maximum", 1.0), parameter.minimum);
  parameter.unit = unit_of(text_in(json, "unit"));
  const double steps = number_in(json, "steps", 0.0);
  const bool whole = std::floor(parameter.minimum) == parameter.minimum &&
                     steps == parameter.maximum - parameter.minimum + 1.0;  // one for each whole number
  if (whole && parameter.minimum == 0.0 && parameter.maximum == 1.0) {
    parameter.scale = Scale::on_off;
  } else if (whole) {
    parameter.scale = Scale::whole;
  } else if (is_normalised) {
    parameter.unit = Unit::normalised;
  }
  parameter.initial = devices::nearest_of(parameter, number_in(json, "initial", parameter.minimum));
  return parameter;
}

Json json_of(const Parameter& parameter) {
  Json json{{"name", parameter.name}};
  if (!parameter.title.empty()) json["title"] = parameter.title;
  json["minimum"] = parameter.minimum;
  json["maximum"] = parameter.maximum;
  json["initial"] = parameter.initial;
  if (parameter.scale == Scale::whole || parameter.scale == Scale::on_off)
    json["steps"] = parameter.maximum - parameter.minimum + 1.0;
  if (!parameter.choices.empty()) json["choices"] = parameter.choices;
  if (parameter.unit != Unit::none) json["unit"] = text_of(parameter.unit);
  if (!parameter.automatable) json["automatable"] = false;
  return json;
}

}  // namespace

base::Result<Description> description_of(const Json& json) {
  if (!json.is_object()) return base::fail(ErrorKind::malformed, "A plug-in's description is not a JSON object.");
  Description description;
  devices::PluginOrigin origin{text_in(json, "format"), text_in(json, "id"), text_in(json, "maker"),
                               text_in(json, "version")};
  if (origin.format.empty() || origin.id.empty())
    return base::fail(ErrorKind::malformed, "A plug-in's description has no format or id.");
  std::string title = text_in(json, "name");
  if (title.empty()) title = origin.id;
  devices::DeviceType& type = description.type;
  type = devices::plugin_type(std::move(origin), std::move(title), class_of(text_in(json, "class")));
  type.side_chain = count_in(json, "side_chain") > 0;
  std::set<std::string> taken;
  if (const auto parameters = json.find("parameters"); parameters != json.end() && parameters->is_array()) {
    const bool is_normalised = type.plugin->format == "vst3";
    for (const Json& parameter : *parameters)
      type.parameters.push_back(parameter_of(parameter, type.parameters.size(), is_normalised, taken));
  }
  const std::vector<std::string> outputs = texts_in(json, "outputs");
  if (type.device_class == DeviceClass::instrument && outputs.size() > 1) type.pads = fit_titles(outputs);
  description.file = text_in(json, "file");
  description.ins = count_in(json, "ins");
  description.outs = count_in(json, "outs");
  return description;
}

Json json_of(const Description& description) {
  const devices::DeviceType& type = description.type;
  const auto text =
      std::find_if(class_texts.begin(), class_texts.end(), [&](const auto& c) { return c.first == type.device_class; });
  Json parameters = Json::array();
  for (const Parameter& parameter : type.parameters) parameters.push_back(json_of(parameter));
  return {{"format", type.plugin->format},
          {"id", type.plugin->id},
          {"name", type.title},
          {"maker", type.plugin->maker},
          {"version", type.plugin->version},
          {"class", text->second},
          {"file", description.file},
          {"ins", description.ins},
          {"outs", description.outs},
          {"side_chain", type.side_chain ? 2 : 0},
          {"outputs", type.pads},
          {"parameters", std::move(parameters)}};
}

std::string format_title(std::string_view format) {
  if (format == "vst3") return "VST3";
  if (format == "lv2") return "LV2";
  if (format == "clap") return "CLAP";
  if (format == "ladspa") return "LADSPA";
  return std::string(format);
}

}  // namespace firn::plugins
