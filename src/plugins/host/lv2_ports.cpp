#include "plugins/host/lv2_ports.hpp"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/midi/midi.h>
#include <lv2/patch/patch.h>
#include <lv2/port-groups/port-groups.h>
#include <lv2/port-props/port-props.h>
#include <lv2/resize-port/resize-port.h>
#include <lv2/time/time.h>
#include <lv2/units/units.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "plugins/host/lv2_world.hpp"

namespace firn::plugins::host {
namespace {

// One port of one plug-in, asked.
class PortReader {
 public:
  PortReader(const LilvPlugin* plugin, std::uint32_t index)
      : plugin_(plugin), port_(lilv_plugin_get_port_by_index(plugin, index)) {}

  const LilvPort* lilv() const { return port_; }
  bool is(const char* port_class) const { return lilv_port_is_a(plugin_, port_, world_.uri(port_class).get()); }
  bool has(const char* property) const { return lilv_port_has_property(plugin_, port_, world_.uri(property).get()); }
  bool supports(const char* event) const { return lilv_port_supports_event(plugin_, port_, world_.uri(event).get()); }
  Node get(const char* predicate) const { return Node(lilv_port_get(plugin_, port_, world_.uri(predicate).get())); }
  std::string symbol() const { return text_of(lilv_port_get_symbol(plugin_, port_)); }
  std::string title() const { return text_of(Node(lilv_port_get_name(plugin_, port_)).get()); }

  bool is_for_side_chain() const {
    constexpr const char* is_side_chain = LV2_CORE_PREFIX "isSideChain";  // newer than Debian 12's header
    if (has(is_side_chain)) return true;
    const Node group = get(LV2_PORT_GROUPS__group);
    return group && world_.states(group.get(), LV2_PORT_GROUPS__sideChainOf);
  }

  Parameter describe(int rate) const;
  float initial() const;

 private:
  double number(const LilvNode* node, double otherwise) const {
    const bool given = node != nullptr && (lilv_node_is_float(node) || lilv_node_is_int(node));
    const double value = given ? static_cast<double>(lilv_node_as_float(node)) : otherwise;
    return std::isfinite(value) ? value : otherwise;
  }
  std::string unit() const;
  void read_choices(Parameter&) const;

  const Lv2World& world_ = Lv2World::instance();
  const LilvPlugin* plugin_;
  const LilvPort* port_;
};

// LV2's own are known here, as its specification's bundle is not on every machine.
std::string PortReader::unit() const {
  constexpr std::pair<std::string_view, const char*> known[] = {
      {LV2_UNITS__bar, "bars"},      {LV2_UNITS__beat, "beats"}, {LV2_UNITS__bpm, "BPM"},
      {LV2_UNITS__cent, "ct"},       {LV2_UNITS__cm, "cm"},      {LV2_UNITS__coef, ""},
      {LV2_UNITS__db, "dB"},         {LV2_UNITS__degree, "deg"}, {LV2_UNITS__frame, "frames"},
      {LV2_UNITS__hz, "Hz"},         {LV2_UNITS__inch, "in"},    {LV2_UNITS__khz, "kHz"},
      {LV2_UNITS__km, "km"},         {LV2_UNITS__m, "m"},        {LV2_UNITS__mhz, "MHz"},
      {LV2_UNITS__midiNote, "note"}, {LV2_UNITS__mile, "mi"},    {LV2_UNITS__min, "min"},
      {LV2_UNITS__mm, "mm"},         {LV2_UNITS__ms, "ms"},      {LV2_UNITS__oct, "oct"},
      {LV2_UNITS__pc, "%"},          {LV2_UNITS__s, "s"},        {LV2_UNITS__semitone12TET, "semi"}};
  const Node unit = get(LV2_UNITS__unit);
  for (const auto& [uri, symbol] : known) {
    if (unit && uri == text_of(unit.get())) return symbol;
  }
  return unit ? world_.text_of(unit.get(), LV2_UNITS__symbol) : std::string();
}

// A list of named values is a choice where the values are evenly spaced: only then a description can say which is which.
void PortReader::read_choices(Parameter& parameter) const {
  std::vector<std::pair<double, std::string>> points;
  const ScalePoints all(lilv_port_get_scale_points(plugin_, port_));
  LILV_FOREACH(scale_points, i, all.get()) {
    const LilvScalePoint* point = lilv_scale_points_get(all.get(), i);
    points.emplace_back(number(lilv_scale_point_get_value(point), 0.0), text_of(lilv_scale_point_get_label(point)));
  }
  std::sort(points.begin(), points.end());
  const std::size_t count = points.size();
  if (count < 2) return;
  const bool only_these = has(LV2_CORE__enumeration);
  if (!only_these && parameter.steps != static_cast<int>(count)) return;
  const double step = (points.back().first - points.front().first) / static_cast<double>(count - 1);
  for (std::size_t i = 0; i < count; ++i) {
    const double even = points.front().first + step * static_cast<double>(i);
    if (step <= 0.0 || std::abs(points[i].first - even) > 1e-3 * step) return;
  }
  parameter.minimum = points.front().first;
  parameter.maximum = points.back().first;
  parameter.steps = static_cast<int>(count);
  for (auto& point : points) parameter.choices.push_back(std::move(point.second));
}

Parameter PortReader::describe(int rate) const {
  Parameter parameter;
  parameter.name = symbol();
  parameter.title = title();
  parameter.unit = unit();
  LilvNode* initial = nullptr;
  LilvNode* minimum = nullptr;
  LilvNode* maximum = nullptr;
  lilv_port_get_range(plugin_, port_, &initial, &minimum, &maximum);
  const Node owned[] = {Node(initial), Node(minimum), Node(maximum)};
  const double scale = has(LV2_CORE__sampleRate) ? rate : 1.0;
  parameter.minimum = number(minimum, 0.0) * scale;
  parameter.maximum = std::max(number(maximum, 1.0) * scale, parameter.minimum);
  parameter.initial = number(initial, std::clamp(0.0, parameter.minimum, parameter.maximum));
  parameter.automatable = !has(LV2_PORT_PROPS__notAutomatic);
  if (has(LV2_CORE__toggled)) {
    parameter.steps = 2;
  } else if (has(LV2_CORE__integer)) {
    parameter.steps = static_cast<int>(std::min(parameter.maximum - parameter.minimum, 1e6)) + 1;
  }
  read_choices(parameter);
  return parameter;
}

float PortReader::initial() const {
  LilvNode* initial = nullptr;
  lilv_port_get_range(plugin_, port_, &initial, nullptr, nullptr);
  const Node owned(initial);
  return static_cast<float>(number(initial, 0.0));
}

Lv2Ports::Kind kind_of(const PortReader& port) {
  if (port.is(LV2_CORE__AudioPort)) return Lv2Ports::Kind::audio;
  if (port.is(LV2_CORE__ControlPort)) return Lv2Ports::Kind::control;
  if (port.is(LV2_CORE__CVPort)) return Lv2Ports::Kind::cv;
  if (port.is(LV2_ATOM__AtomPort)) return Lv2Ports::Kind::atoms;
  return Lv2Ports::Kind::other;
}

int designated_input(const LilvPlugin* plugin, const char* designation) {
  const Lv2World& world = Lv2World::instance();
  const LilvPort* port =
      lilv_plugin_get_port_by_designation(plugin, world.uri(LV2_CORE__InputPort).get(), world.uri(designation).get());
  return port == nullptr ? -1 : static_cast<int>(lilv_port_get_index(plugin, port));
}

std::string version_of(const LilvPlugin* plugin) {
  const Lv2World& world = Lv2World::instance();
  const LilvNode* subject = lilv_plugin_get_uri(plugin);
  const std::string minor = world.text_of(subject, LV2_CORE__minorVersion);
  const std::string micro = world.text_of(subject, LV2_CORE__microVersion);
  return minor.empty() && micro.empty() ? "" : (minor.empty() ? "0" : minor) + "." + (micro.empty() ? "0" : micro);
}

// As its own bundle says: what lilv gives as its class takes the specification's bundle, which not every machine has.
bool is_instrument(const LilvPlugin* plugin) {
  const Lv2World& world = Lv2World::instance();
  return lilv_world_ask(world.lilv(), lilv_plugin_get_uri(plugin), world.uri(LILV_NS_RDF "type").get(),
                        world.uri(LV2_CORE__InstrumentPlugin).get());
}

Lv2Ports read_ports(const LilvPlugin* plugin, int rate, std::vector<Parameter>& parameters) {
  constexpr std::uint32_t usual_atom_bytes = 1u << 18u;  // a hand-off's worth of events, and more
  Lv2Ports read;
  if (lilv_plugin_has_latency(plugin)) read.latency = static_cast<int>(lilv_plugin_get_latency_port_index(plugin));
  read.freewheel = designated_input(plugin, LV2_CORE__freeWheeling);
  std::vector<std::uint32_t> side_chain;
  for (std::uint32_t index = 0; index < lilv_plugin_get_num_ports(plugin); ++index) {
    const PortReader reader(plugin, index);
    Lv2Ports::Port port;
    port.kind = kind_of(reader);
    port.input = reader.is(LV2_CORE__InputPort);
    switch (port.kind) {
      case Lv2Ports::Kind::audio:
        if (!port.input) {
          read.outs.push_back(index);
        } else {
          (reader.is_for_side_chain() ? side_chain : read.ins).push_back(index);
        }
        break;
      case Lv2Ports::Kind::control:
        port.initial = reader.initial();
        if (!port.input || static_cast<int>(index) == read.freewheel) break;
        parameters.push_back(reader.describe(rate));
        port.initial = static_cast<float>(parameters.back().initial);
        read.parameters.push_back(index);
        break;
      case Lv2Ports::Kind::atoms: {
        const Node wanted = reader.get(LV2_RESIZE_PORT__minimumSize);
        port.atom_bytes = usual_atom_bytes;
        if (wanted && lilv_node_is_int(wanted.get())) {
          port.atom_bytes = std::max(port.atom_bytes, static_cast<std::uint32_t>(lilv_node_as_int(wanted.get())));
        }
        port.notes = reader.supports(LV2_MIDI__MidiEvent);
        port.position = reader.supports(LV2_TIME__Position);
        port.patches = reader.supports(LV2_PATCH__Message);
        break;
      }
      case Lv2Ports::Kind::cv:
      case Lv2Ports::Kind::other: break;
    }
    read.usable = read.usable || port.kind == Lv2Ports::Kind::audio || port.notes;
    read.ports.push_back(port);
  }
  read.main_ins = static_cast<int>(read.ins.size());
  read.ins.insert(read.ins.end(), side_chain.begin(), side_chain.end());
  return read;
}

// Its properties whose values are paths.
std::vector<Lv2Ports::File> files_of(const LilvPlugin* plugin) {
  const Lv2World& world = Lv2World::instance();
  std::vector<Lv2Ports::File> files;
  const NodeList properties(lilv_plugin_get_value(plugin, world.uri(LV2_PATCH__writable).get()));
  LILV_FOREACH(nodes, i, properties.get()) {
    const LilvNode* property = lilv_nodes_get(properties.get(), i);
    if (world.text_of(property, LILV_NS_RDFS "range") != LV2_ATOM__Path) continue;
    const std::string uri = text_of(property);
    const std::string label = world.text_of(property, LILV_NS_RDFS "label");
    files.push_back({as_word(label.empty() ? uri.substr(uri.find_last_of("#/:") + 1) : label), uri});
  }
  return files;
}

struct Side {
  std::string stem;
  char side = ' ';  // 'l', 'r' or neither
};

// "Cymbals L" and "Output Right".
Side side_of(const std::string& title) {
  constexpr std::array words = {std::pair{"Left", 'l'}, std::pair{"Right", 'r'}, std::pair{"L", 'l'},
                                std::pair{"R", 'r'}};
  for (const auto& [word, side] : words) {
    const std::string_view ending(word);
    if (title.size() <= ending.size() || !title.ends_with(ending)) continue;
    std::string stem = title.substr(0, title.size() - ending.size());
    if (stem.back() != ' ' && stem.back() != '_' && stem.back() != '-') continue;
    stem.pop_back();
    return {std::move(stem), side};
  }
  return {title};
}

// Of an instrument with many outputs two ports that stand together are a pair where the bundle has them in one group or calls them left and
// right, and each other is a bus of its own. Of everything else they are paired as they come.
void find_out_buses(const LilvPlugin* plugin, bool instrument, Lv2Plan& plan) {
  const std::vector<std::uint32_t>& outs = plan.ports.outs;
  const bool by_names = instrument && outs.size() > 2;
  const Lv2World& world = Lv2World::instance();
  for (std::size_t i = 0; i < outs.size();) {
    const PortReader first(plugin, outs[i]);
    const Side side = side_of(first.title());
    std::string name = side.stem;
    bool paired = i + 1 < outs.size();
    if (paired && by_names) {
      const PortReader second(plugin, outs[i + 1]);
      const Node group = first.get(LV2_PORT_GROUPS__group);
      const Node other = second.get(LV2_PORT_GROUPS__group);
      const Side other_side = side_of(second.title());
      const bool grouped = group && other && lilv_node_equals(group.get(), other.get());
      paired = grouped || (side.side == 'l' && other_side.side == 'r' && side.stem == other_side.stem);
      if (const std::string known = grouped ? world.text_of(group.get(), LV2_CORE__name) : ""; !known.empty())
        name = known;
    }
    plan.ports.out_buses.push_back(paired ? 2 : 1);
    plan.description.outputs.push_back(paired ? name : first.title());
    i += paired ? 2 : 1;
  }
}

}  // namespace

Lv2Plan read_lv2_plugin(const LilvPlugin* plugin, int rate) {
  Lv2Plan plan;
  Description& description = plan.description;
  plan.ports = read_ports(plugin, rate, description.parameters);
  plan.ports.files = files_of(plugin);
  description.format = "lv2";
  description.id = text_of(lilv_plugin_get_uri(plugin));
  description.file = path_of(lilv_plugin_get_bundle_uri(plugin));
  if (description.file.size() > 1 && description.file.back() == '/') description.file.pop_back();
  description.name = text_of(Node(lilv_plugin_get_name(plugin)).get());
  description.maker = text_of(Node(lilv_plugin_get_author_name(plugin)).get());
  description.version = version_of(plugin);
  description.ins = std::min(plan.ports.main_ins, 2);
  description.outs = std::min(static_cast<int>(plan.ports.outs.size()), 2);
  description.side_chain = std::min(static_cast<int>(plan.ports.ins.size()) - plan.ports.main_ins, 2);
  const bool takes_notes = std::any_of(plan.ports.ports.begin(), plan.ports.ports.end(),
                                       [](const Lv2Ports::Port& port) { return port.input && port.notes; });
  description.plugin_class =
      is_instrument(plugin) ? PluginClass::instrument : class_by_ports(takes_notes, description.ins, description.outs);
  find_out_buses(plugin, description.plugin_class == PluginClass::instrument, plan);
  name_parameters(description.parameters);
  return plan;
}

}  // namespace firn::plugins::host
