#include "plugins/host/lv2_plugin.hpp"

#include <lv2/midi/midi.h>
#include <lv2/patch/patch.h>
#include <lv2/presets/presets.h>
#include <lv2/state/state.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "plugins/host/formats.hpp"
#include "plugins/host/process_limits.hpp"
#include "plugins/host/value_text.hpp"

namespace firn::plugins::host {
namespace {

constexpr const char* state_uri = "urn:firn:state";
constexpr std::uint32_t state_flags = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;

Buses::Layout buses_of(const Lv2Ports& ports) {
  Buses::Layout layout{in_pairs(ports.main_ins), ports.out_buses};
  const int side_chain = static_cast<int>(ports.ins.size()) - ports.main_ins;
  if (side_chain == 0) return layout;
  layout.side_chain = static_cast<int>(layout.ins.size());
  layout.ins.push_back(side_chain);
  return layout;
}

}  // namespace

Result<std::unique_ptr<Lv2Plugin>> Lv2Plugin::make(const LilvPlugin* plugin, const Setup& setup) {
  Lv2Plan plan = read_lv2_plugin(plugin, setup.rate);
  if (!plan.ports.usable) return fail("It has neither sound nor notes, only signals for other plug-ins.");
  auto instance = Lv2Instance::make(plugin, setup);
  if (!instance) return tl::unexpected(instance.error());
  std::unique_ptr<Lv2Plugin> made(new Lv2Plugin(plugin, std::move(plan), std::move(*instance), setup));
  Lv2World& world = Lv2World::instance();
  if (world.states(lilv_plugin_get_uri(plugin), LV2_STATE__state)) {  // a state to begin with, in the bundle
    const Lv2State first(lilv_state_new_from_world(world.lilv(), world.map_feature(), lilv_plugin_get_uri(plugin)));
    if (first) made->restore(*first, made->instance_->lilv());
  }
  return made;
}

Lv2Plugin::Lv2Plugin(const LilvPlugin* plugin, Lv2Plan plan, std::unique_ptr<Lv2Instance> instance, const Setup& setup)
    : plugin_(plugin),
      setup_(setup),
      ports_(std::move(plan.ports)),
      instance_(std::move(instance)),
      state_files_(*instance_, path_of(lilv_plugin_get_bundle_uri(plugin))),
      buses_(buses_of(ports_), setup.grid),
      controls_(ports_.ports.size()),
      connected_(ports_.ports.size()),
      atoms_(ports_.ports.size()),
      cvs_(ports_.ports.size()),
      midi_event_(Lv2World::instance().map(LV2_MIDI__MidiEvent)),
      atom_object_(Lv2World::instance().map(LV2_ATOM__Object)),
      state_changed_(Lv2World::instance().map(LV2_STATE__StateChanged)) {
  description_ = std::move(plan.description);
  for (std::size_t port = 0; port < controls_.size(); ++port) controls_[port] = ports_.ports[port].initial;
  if (ports_.freewheel >= 0) controls_[static_cast<std::size_t>(ports_.freewheel)] = 1.0f;
  connect_ports();
}

void Lv2Plugin::connect_ports() {
  for (std::uint32_t index = 0; index < ports_.ports.size(); ++index) {
    const Lv2Ports::Port& port = ports_.ports[index];
    switch (port.kind) {
      case Lv2Ports::Kind::control: instance_->connect(index, &connected_[index]); break;
      case Lv2Ports::Kind::atoms:
        atoms_[index] = std::make_unique<Lv2Atoms>(port.atom_bytes);
        instance_->connect(index, atoms_[index]->data());
        break;
      case Lv2Ports::Kind::cv:
        cvs_[index].resize(static_cast<std::size_t>(setup_.grid));
        instance_->connect(index, cvs_[index].data());
        break;
      case Lv2Ports::Kind::audio: break;
      case Lv2Ports::Kind::other: instance_->connect(index, nullptr); break;
    }
  }
  for (std::size_t i = 0; i < ports_.ins.size(); ++i) instance_->connect(ports_.ins[i], buses_.ins()[i]);
  for (std::size_t i = 0; i < ports_.outs.size(); ++i) instance_->connect(ports_.outs[i], buses_.outs()[i]);
}

// A run makes a plug-in say how late it will be: one of no frames should (lv2.h), but some know only after a block.
Result<void> Lv2Plugin::activate() {
  load_controls();  // some look at them as they are activated
  instance_->activate();
  if (ports_.latency >= 0) {
    run_silence();
    instance_->deactivate();
    instance_->activate();
  }
  description_.latency = latency_;
  return {};
}

void Lv2Plugin::run_silence(const LV2_Atom* message) {
  Block silence;
  silence.frames = setup_.grid;
  silence.playing = false;
  load_controls();
  buses_.take(silence);
  write_atoms(silence);
  const auto to = std::find_if(ports_.ports.begin(), ports_.ports.end(),
                               [](const Lv2Ports::Port& port) { return port.input && port.patches; });
  if (message != nullptr && to != ports_.ports.end())
    atoms_[static_cast<std::size_t>(to - ports_.ports.begin())]->add(0, message->type, message + 1, message->size);
  instance_->run(silence.frames);
  read_latency();
}

void Lv2Plugin::load_controls() {
  for (std::size_t port = 0; port < controls_.size(); ++port) {
    if (ports_.ports[port].input) connected_[port] = controls_[port];
  }
}

void Lv2Plugin::read_latency() {
  if (ports_.latency < 0) return;
  const float frames = connected_[static_cast<std::size_t>(ports_.latency)];
  latency_ = std::isfinite(frames) && frames > 0.0f ? std::lround(frames) : 0;
}

// ---- Sound ----

bool Lv2Plugin::process(const Block& block) {
  for (const WireChange& change : block.changes) set_value(change.parameter, change.value);
  load_controls();
  buses_.take(block);
  write_atoms(block);
  instance_->run(block.frames);
  read_atoms(block);
  buses_.give(block);
  for (std::size_t port = 0; port < controls_.size(); ++port) {
    const bool is_output = ports_.ports[port].kind == Lv2Ports::Kind::control && !ports_.ports[port].input;
    if (is_output) controls_[port] = connected_[port];
  }
  read_latency();
  return true;
}

void Lv2Plugin::write_atoms(const Block& block) {
  const LV2_Atom* position = nullptr;
  for (std::size_t index = 0; index < atoms_.size(); ++index) {
    if (!atoms_[index]) continue;
    Lv2Atoms& list = *atoms_[index];
    const Lv2Ports::Port& port = ports_.ports[index];
    if (!port.input) {
      list.begin_output();
      continue;
    }
    list.begin_input();
    if (port.position) {
      if (position == nullptr) position = position_.write(block);
      list.add(0, position->type, position + 1, position->size);
    }
    if (!port.notes) continue;
    for (const WireEvent& event : block.events) list.add(event.offset, midi_event_, event.bytes, event.length);
  }
  if (!editor_listens_) return;
  const std::lock_guard lock(mail_mutex_);
  to_plugin_.take_all([&](std::uint32_t port, const void* data, std::uint32_t bytes) {
    if (port >= atoms_.size() || !atoms_[port] || !ports_.ports[port].input) return;
    const auto* atom = static_cast<const LV2_Atom*>(data);
    if (atom->size > bytes - sizeof(LV2_Atom)) return;
    // Behind all others: a list is sorted by its frames.
    atoms_[port]->add(block.frames - 1, atom->type, atom + 1, atom->size);
  });
}

void Lv2Plugin::read_atoms(const Block& block) {
  for (std::uint32_t index = 0; index < atoms_.size(); ++index) {
    if (!atoms_[index] || ports_.ports[index].input) continue;
    atoms_[index]->for_each([&](const LV2_Atom_Event& event) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(&event + 1);
      if (event.body.type == midi_event_) block.sent->add(event.time.frames, {bytes, event.body.size});
      if (event.body.type == atom_object_ && event.body.size >= sizeof(LV2_Atom_Object_Body) &&
          reinterpret_cast<const LV2_Atom_Object_Body*>(bytes)->otype == state_changed_) {
        moves_.note_state_changed();
      }
      if (!editor_listens_) return;
      const std::lock_guard lock(mail_mutex_);
      to_editor_.add(index, &event.body, static_cast<std::uint32_t>(sizeof(LV2_Atom)) + event.body.size);
    });
  }
}

// ---- Parameters and state ----

int Lv2Plugin::parameter_of_port(std::uint32_t port) const {
  const auto found = std::find(ports_.parameters.begin(), ports_.parameters.end(), port);
  return found == ports_.parameters.end() ? -1 : static_cast<int>(found - ports_.parameters.begin());
}

int Lv2Plugin::parameter_of_symbol(const char* symbol) const {
  const Node node(lilv_new_string(Lv2World::instance().lilv(), symbol));
  const LilvPort* port = lilv_plugin_get_port_by_symbol(plugin_, node.get());
  return port == nullptr ? -1 : parameter_of_port(lilv_port_get_index(plugin_, port));
}

std::string Lv2Plugin::text(int parameter, double value) {
  return text_of_value(description_.parameters[static_cast<std::size_t>(parameter)], value);
}

Result<double> Lv2Plugin::value_of_text(int parameter, const std::string& text) {
  return host::value_of_text(description_.parameters[static_cast<std::size_t>(parameter)], text);
}

Result<std::optional<PluginState>> Lv2Plugin::state() {
  Lv2World& world = Lv2World::instance();
  const auto value_of_symbol = [](const char* symbol, void* data, std::uint32_t* size, std::uint32_t* type) {
    auto& self = *static_cast<Lv2Plugin*>(data);
    const int parameter = self.parameter_of_symbol(symbol);
    if (parameter < 0) return static_cast<const void*>(nullptr);
    static thread_local float value;  // lilv copies it at once
    value = self.control_of(parameter);
    *size = sizeof(float);
    *type = Lv2World::instance().map(LV2_ATOM__Float);
    return static_cast<const void*>(&value);
  };
  state_files_.begin_save();
  const Lv2State state(lilv_state_new_from_instance(plugin_, state_files_.instance(), world.map_feature(), nullptr,
                                                    nullptr, nullptr, nullptr, value_of_symbol, this, state_flags,
                                                    instance_->features()));
  if (!state) return fail("The plug-in can't save its state.");
  const LilvText text(
      lilv_state_to_string(world.lilv(), world.map_feature(), world.unmap_feature(), state.get(), state_uri, nullptr));
  if (!text) return fail("The plug-in's state can't be written.");
  return PluginState{text.get(), state_files_.files()};
}

Result<void> Lv2Plugin::restore(const PluginState& given) {
  Lv2World& world = Lv2World::instance();
  const Lv2State state(lilv_state_new_from_string(world.lilv(), world.map_feature(), given.bytes.c_str()));
  if (!state) return fail("The plug-in can't read the state.");
  state_files_.begin_restore(given.files);
  restore(*state, state_files_.instance());
  if (state_files_.missing().empty()) return {};
  return fail("Its state refers to a file that did not come with it: " + state_files_.missing() + ".");
}

// Through the instance given, as a state's files are named: by Firn, or, in a bundle, as lilv does.
void Lv2Plugin::restore(const LilvState& state, LilvInstance* instance) {
  const auto set_by_symbol = [](const char* symbol, void* data, const void* value, std::uint32_t, std::uint32_t type) {
    auto& self = *static_cast<Lv2Plugin*>(data);
    Lv2World& types = Lv2World::instance();
    const int parameter = self.parameter_of_symbol(symbol);
    if (parameter < 0) return;
    if (type == types.map(LV2_ATOM__Float)) self.set_value(parameter, *static_cast<const float*>(value));
    if (type == types.map(LV2_ATOM__Double)) self.set_value(parameter, *static_cast<const double*>(value));
    if (type == types.map(LV2_ATOM__Int)) self.set_value(parameter, *static_cast<const std::int32_t*>(value));
  };
  lilv_state_restore(&state, instance, set_by_symbol, this, state_flags, instance_->features());
  instance_->finish_work();
}

std::vector<Lv2Plugin::Preset> Lv2Plugin::find_presets() const {
  Lv2World& world = Lv2World::instance();
  world.read_all();  // many are in bundles of their own
  constexpr const char* label = "http://www.w3.org/2000/01/rdf-schema#label";
  std::vector<Preset> presets;
  const NodeList related(lilv_plugin_get_related(plugin_, world.uri(LV2_PRESETS__Preset).get()));
  LILV_FOREACH(nodes, i, related.get()) {
    const LilvNode* uri = lilv_nodes_get(related.get(), i);
    lilv_world_load_resource(world.lilv(), uri);
    const std::string name = world.text_of(uri, label);
    if (!name.empty()) presets.push_back({name, Node(lilv_node_duplicate(uri))});
  }
  std::stable_sort(presets.begin(), presets.end(), [](const Preset& a, const Preset& b) { return a.name < b.name; });
  return presets;
}

std::vector<std::string> Lv2Plugin::presets() {
  std::vector<std::string> names;
  for (const Preset& preset : find_presets()) names.push_back(preset.name);
  return names;
}

Result<void> Lv2Plugin::apply_preset(const std::string& name) {
  Lv2World& world = Lv2World::instance();
  for (const Preset& preset : find_presets()) {
    if (preset.name != name) continue;
    const Lv2State state(lilv_state_new_from_world(world.lilv(), world.map_feature(), preset.uri.get()));
    if (!state) return fail("The preset \"" + name + "\" can't be read.");
    restore(*state, instance_->lilv());
    return {};
  }
  return fail("It has no preset \"" + name + "\".");
}

std::vector<std::string> Lv2Plugin::file_names() {
  std::vector<std::string> names;
  for (const Lv2Ports::File& file : ports_.files) names.push_back(file.name);
  return names;
}

Result<void> Lv2Plugin::load_file(const std::string& name, const std::string& path) {
  const auto file = std::find_if(ports_.files.begin(), ports_.files.end(),
                                 [&](const Lv2Ports::File& known) { return known.name == name; });
  if (file == ports_.files.end()) return fail("It loads no file \"" + name + "\".");
  Lv2World& world = Lv2World::instance();
  std::vector<std::uint64_t> memory(64 + path.size() / sizeof(std::uint64_t));
  LV2_Atom_Forge forge;
  LV2_Atom_Forge_Frame message;
  lv2_atom_forge_init(&forge, world.map_feature());
  lv2_atom_forge_set_buffer(&forge, reinterpret_cast<std::uint8_t*>(memory.data()),
                            memory.size() * sizeof(std::uint64_t));
  lv2_atom_forge_object(&forge, &message, 0, world.map(LV2_PATCH__Set));
  lv2_atom_forge_key(&forge, world.map(LV2_PATCH__property));
  lv2_atom_forge_urid(&forge, world.map(file->property.c_str()));
  lv2_atom_forge_key(&forge, world.map(LV2_PATCH__value));
  lv2_atom_forge_path(&forge, path.c_str(), static_cast<std::uint32_t>(path.size() + 1));
  lv2_atom_forge_pop(&forge, &message);
  run_silence(reinterpret_cast<const LV2_Atom*>(memory.data()));
  run_silence();  // some take it up only then
  return {};
}

// ---- The window ----

Result<Size> Lv2Plugin::open_editor(const std::string& title) {
  if (!has_display()) return fail("There is no display.");
  close_editor();
  Lv2World::instance().read_all();  // a window may be in a bundle of its own
  auto opened = Lv2Editor::open(*this, title);
  if (!opened) return tl::unexpected(opened.error());
  editor_ = std::move(*opened);
  editor_listens_ = true;
  return editor_->size();
}

void Lv2Plugin::set_control(std::uint32_t port, float value) {
  const int parameter = parameter_of_port(port);
  if (parameter < 0) return;
  controls_[port] = value;
  moves_.add({parameter, value, Gesture::change});
}

void Lv2Plugin::touch(std::uint32_t port, bool held) {
  const int parameter = parameter_of_port(port);
  if (parameter >= 0) moves_.add({parameter, 0.0, held ? Gesture::begin : Gesture::end});
}

void Lv2Plugin::send(std::uint32_t port, const void* atom, std::uint32_t bytes) {
  const std::lock_guard lock(mail_mutex_);
  to_plugin_.add(port, atom, bytes);
}

void Lv2Plugin::receive(Lv2Pieces& atoms) {
  const std::lock_guard lock(mail_mutex_);
  std::swap(to_editor_, atoms);
}

// ---- The format ----

std::vector<Candidate> list_lv2() {
  Lv2World& world = Lv2World::instance();
  std::vector<Candidate> candidates;
  for (const std::string& uri : world.plugin_uris()) {
    candidates.push_back({uri, path_of(lilv_plugin_get_library_uri(world.find(uri)))});
  }
  return candidates;
}

Result<void> scan_lv2(const std::string& uri, const Scanning& scanning) {
  auto plugin = load_lv2({uri, uri}, Setup{});
  if (!plugin) return tl::unexpected(plugin.error());
  if (auto activated = (*plugin)->activate(); !activated) return tl::unexpected(activated.error());
  scanning.found((*plugin)->description());
  return {};
}

Result<std::unique_ptr<HostedPlugin>> load_lv2(const Source& source, const Setup& setup) {
  const LilvPlugin* plugin = Lv2World::instance().find(source.id, source.file);
  if (plugin == nullptr) return fail("No LV2 bundle on this machine has " + source.id + ".");
  return Lv2Plugin::make(plugin, setup);
}

}  // namespace firn::plugins::host
