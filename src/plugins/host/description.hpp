// What a plug-in says that it is and can be told. Values; any thread. As JSON they are the descriptions of ../protocol.md.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace firn::plugins::host {

struct Parameter {
  std::string name;  // one word, of which each plug-in has it once
  std::string title;
  double minimum = 0.0;  // of its values, as are the next two
  double maximum = 1.0;
  double initial = 0.0;
  int steps = 0;  // how many values it can take; 0: any
  std::vector<std::string> choices;
  std::string unit;
  bool automatable = true;
};

// Between Firn and the host, the value of a parameter with choices counts them; all other values are the plug-in's own.
double to_wire(const Parameter&, double value);
double from_wire(const Parameter&, double value);

enum class PluginClass { audio_effect, instrument, midi_effect };

struct Description {
  std::string format;
  std::string id;
  std::string file;
  std::string name;
  std::string maker;
  std::string version;
  PluginClass plugin_class = PluginClass::audio_effect;
  int ins = 0;   // channels of the main input
  int outs = 0;  // of the main output
  int side_chain = 0;
  std::vector<std::string> outputs;  // names of the pairs of channels that can be given alone (Buses)
  std::int64_t latency = 0;
  double tail = 0.0;  // seconds; endless_tail
  std::vector<Parameter> parameters;
};

inline constexpr double endless_tail = -1.0;

nlohmann::json to_json(const Description&);

// "Master level (dB)" is "master-level--db-".
std::string as_word(std::string_view text);

// Gives every parameter its name: of the name it brings (a plug-in's own symbol) or else of its title.
void name_parameters(std::vector<Parameter>&);

// An instrument makes sound of notes, a MIDI effect has no sound at all, and everything else is an audio effect.
PluginClass class_by_ports(bool takes_notes, int ins, int outs);

}  // namespace firn::plugins::host
