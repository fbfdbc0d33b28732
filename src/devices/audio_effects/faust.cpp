#include "devices/audio_effects/faust.hpp"

#include <fmt/format.h>

#include <cassert>
#include <cstdlib>
#include <string_view>

namespace firn::devices::faust {
namespace {

// The number as the file has it: 0.3f is 0.3, not 0.30000001192….
double written(FAUSTFLOAT value) { return std::strtod(fmt::format("{}", value).c_str(), nullptr); }

Unit unit_of(std::string_view name) {
  static constexpr std::pair<std::string_view, Unit> names[] = {
      {"Hz", Unit::hertz},        {"dB", Unit::decibels}, {"s", Unit::seconds},
      {"ms", Unit::milliseconds}, {"%", Unit::percent},   {"semitones", Unit::semitones},
      {"cents", Unit::cents},     {"beats", Unit::beats}, {"degrees", Unit::degrees}};
  for (const auto& [known, unit] : names) {
    if (known == name) return unit;
  }
  assert(name.empty());
  return Unit::none;
}

// The names in "menu{'low':0;'high':1}", whose numbers count from 0.
std::vector<std::string> choices_of(std::string_view style) {
  std::vector<std::string> choices;
  for (auto open = style.find('\''); open != std::string_view::npos; open = style.find('\'', open)) {
    const auto close = style.find('\'', open + 1);
    choices.emplace_back(style.substr(open + 1, close - open - 1));
    open = close + 1;
  }
  return choices;
}

}  // namespace

void Declarations::declare(const char* key, const char* value) {
  const std::string_view name = key;
  const auto slash = name.find('/');
  if (slash == std::string_view::npos) {
    values_[key] = value;
  } else if (name.substr(0, slash).ends_with(".dsp")) {  // of the program inside a wrapper (cmake/FirnFaust.cmake)
    values_[std::string(name.substr(slash + 1))] = value;
  }
}

std::string Declarations::operator[](const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string() : found->second;
}

void Panel::declare(FAUSTFLOAT* zone, const char* key, const char* value) {
  if (zone != nullptr) metadata_[key] = value;
}

void Panel::addCheckButton(const char* label, FAUSTFLOAT* zone) {
  add({.name = label, .minimum = 0.0, .maximum = 1.0, .initial = 0.0, .scale = Scale::on_off}, zone);
}

void Panel::addHorizontalSlider(const char* label, FAUSTFLOAT* zone, FAUSTFLOAT initial, FAUSTFLOAT minimum,
                                FAUSTFLOAT maximum, FAUSTFLOAT) {
  add({.name = label, .minimum = written(minimum), .maximum = written(maximum), .initial = written(initial)}, zone);
}

void Panel::addNumEntry(const char* label, FAUSTFLOAT* zone, FAUSTFLOAT initial, FAUSTFLOAT minimum, FAUSTFLOAT maximum,
                        FAUSTFLOAT) {
  add({.name = label,
       .minimum = written(minimum),
       .maximum = written(maximum),
       .initial = written(initial),
       .scale = Scale::whole},
      zone);
}

void Panel::add(Parameter parameter, FAUSTFLOAT* zone) {
  Metadata metadata;
  metadata.swap(metadata_);
  if (metadata["host"] == "beat") {
    beat = zone;
  } else if (metadata["host"] == "seed") {
    seed = zone;
  } else {
    parameter.unit = unit_of(metadata["unit"]);
    parameter.automatable = metadata["automatable"] != "no";
    parameter.choices = choices_of(metadata["style"]);
    if (metadata["scale"] == "log") parameter.scale = Scale::logarithmic;
    if (metadata["style"] == "switch") parameter.scale = Scale::on_off;
    if (!parameter.choices.empty()) parameter.scale = Scale::choice;
    parameters.push_back(std::move(parameter));
    zones.push_back(zone);
  }
}

}  // namespace firn::devices::faust
