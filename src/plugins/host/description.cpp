#include "plugins/host/description.hpp"

#include <cctype>
#include <cmath>
#include <set>

namespace firn::plugins::host {
namespace {

const char* word(PluginClass plugin_class) {
  switch (plugin_class) {
    case PluginClass::audio_effect: return "audio effect";
    case PluginClass::instrument: return "instrument";
    case PluginClass::midi_effect: return "midi effect";
  }
  return "audio effect";
}

nlohmann::json to_json(const Parameter& parameter) {
  return {{"name", parameter.name},
          {"title", parameter.title},
          {"minimum", parameter.minimum},
          {"maximum", parameter.maximum},
          {"initial", to_wire(parameter, parameter.initial)},
          {"steps", parameter.steps},
          {"choices", parameter.choices},
          {"unit", parameter.unit},
          {"automatable", parameter.automatable}};
}

// How far two choices are apart.
double step_of(const Parameter& parameter) {
  return (parameter.maximum - parameter.minimum) / (static_cast<double>(parameter.choices.size()) - 1.0);
}

bool has_choices(const Parameter& parameter) {
  return parameter.choices.size() > 1 && parameter.maximum > parameter.minimum;
}

}  // namespace

double to_wire(const Parameter& parameter, double value) {
  return has_choices(parameter) ? std::round((value - parameter.minimum) / step_of(parameter)) : value;
}

double from_wire(const Parameter& parameter, double value) {
  return has_choices(parameter) ? parameter.minimum + value * step_of(parameter) : value;
}

nlohmann::json to_json(const Description& description) {
  nlohmann::json parameters = nlohmann::json::array();
  for (const Parameter& parameter : description.parameters) parameters.push_back(to_json(parameter));
  return {{"format", description.format},
          {"id", description.id},
          {"file", description.file},
          {"name", description.name},
          {"maker", description.maker},
          {"version", description.version},
          {"class", word(description.plugin_class)},
          {"ins", description.ins},
          {"outs", description.outs},
          {"side_chain", description.side_chain},
          {"outputs", description.outputs},
          {"latency", description.latency},
          {"tail", description.tail},
          {"parameters", std::move(parameters)}};
}

std::string as_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    word += byte < 0x80 && std::isalnum(byte) ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return word;
}

void name_parameters(std::vector<Parameter>& parameters) {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Parameter& parameter = parameters[i];
    std::string stem = as_word(parameter.name.empty() ? parameter.title : parameter.name);
    if (stem.empty()) stem = "parameter-" + std::to_string(i + 1);
    parameter.name = stem;
    for (int again = 2; !taken.insert(parameter.name).second; ++again) {
      parameter.name = stem + "-" + std::to_string(again);
    }
  }
}

PluginClass class_by_ports(bool takes_notes, int ins, int outs) {
  if (ins == 0 && outs == 0) return PluginClass::midi_effect;
  return takes_notes && ins == 0 ? PluginClass::instrument : PluginClass::audio_effect;
}

}  // namespace firn::plugins::host
