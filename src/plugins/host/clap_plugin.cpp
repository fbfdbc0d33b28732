#include "plugins/host/clap_plugin.hpp"

#include <clap/ext/note-ports.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "plugins/host/process_limits.hpp"
#include "plugins/host/value_text.hpp"

namespace firn::plugins::host {
namespace {

const char* or_empty(const char* text) { return text == nullptr ? "" : text; }

bool has_feature(const clap_plugin_descriptor_t& descriptor, std::string_view wanted) {
  if (descriptor.features == nullptr) return false;
  for (const char** feature = descriptor.features; *feature != nullptr; ++feature) {
    if (*feature == wanted) return true;
  }
  return false;
}

// The first port that is marked as the main one comes first, as CLAP asks; a port past it that feeds an effect is its side-chain.
struct Ports {
  std::vector<int> channels;
  std::vector<std::string> names;
};

Ports ports_of(const clap_plugin_t* plugin, const clap_plugin_audio_ports_t& ports, bool input) {
  Ports all;
  for (std::uint32_t i = 0; i < ports.count(plugin, input); ++i) {
    clap_audio_port_info_t info{};
    const bool is_there = ports.get(plugin, i, input, &info);
    all.channels.push_back(is_there ? static_cast<int>(info.channel_count) : 0);
    all.names.emplace_back(info.name, ::strnlen(info.name, sizeof info.name));
  }
  return all;
}

std::vector<clap_audio_buffer_t> buffers_of(const std::vector<int>& channels, float* const* memory) {
  std::vector<clap_audio_buffer_t> ports;
  for (const int count : channels) {
    clap_audio_buffer_t port{};
    port.data32 = const_cast<float**>(memory);
    port.channel_count = static_cast<std::uint32_t>(count);
    ports.push_back(port);
    memory += count;
  }
  return ports;
}

}  // namespace

Result<std::unique_ptr<ClapPlugin>> ClapPlugin::make(std::shared_ptr<ClapLibrary> library, const std::string& file,
                                                     const std::string& id, const Setup& setup) {
  std::unique_ptr<ClapPlugin> made(new ClapPlugin(setup));
  made->library_ = std::move(library);
  made->plugin_ = made->library_->make(made->host_.as_clap(), id);
  if (made->plugin_ == nullptr) return fail(file + " has no plug-in " + id + ".");
  made->host_.attach(*made->plugin_, {.flush = [self = made.get()] { self->flush(); },
                                      .restart = [self = made.get()] { self->restart(); },
                                      .latency_changed = [self = made.get()] { self->read_latency(); },
                                      .state_changed = [self = made.get()] { self->moves_.note_state_changed(); },
                                      .resize =
                                          [self = made.get()](Size size) {
                                            if (!self->window_) return false;
                                            self->window_->resize(size);
                                            return true;
                                          },
                                      .window_closed = [self = made.get()] { self->moves_.note_closed(); }});
  if (!made->plugin_->init(made->plugin_)) return fail("The plug-in refuses to be made.");
  made->describe(file);
  return made;
}

ClapPlugin::~ClapPlugin() {
  if (plugin_ == nullptr) return;
  close_editor();
  deactivate();
  host_.detach();
  plugin_->destroy(plugin_);
}

void ClapPlugin::describe(const std::string& file) {
  const clap_plugin_descriptor_t& descriptor = *plugin_->desc;
  params_ = extension<clap_plugin_params_t>(CLAP_EXT_PARAMS);
  gui_ = extension<clap_plugin_gui_t>(CLAP_EXT_GUI);
  const Buses::Layout layout = choose_buses();
  buses_ = std::make_unique<Buses>(layout, setup_.grid);
  in_ports_ = buffers_of(layout.ins, buses_->ins());
  out_ports_ = buffers_of(layout.outs, buses_->outs());
  events_ = std::make_unique<ClapEvents>(parameters_, moves_, !reads_midi());

  const auto stereo = [](const std::vector<int>& channels, std::size_t port) {
    return port < channels.size() ? std::min(channels[port], 2) : 0;
  };
  description_.format = "clap";
  description_.id = descriptor.id;
  description_.file = file;
  description_.name = or_empty(descriptor.name);
  description_.maker = or_empty(descriptor.vendor);
  description_.version = or_empty(descriptor.version);
  description_.ins = stereo(layout.ins, 0);
  description_.outs = stereo(layout.outs, 0);
  description_.side_chain = stereo(layout.ins, 1);
  description_.plugin_class = has_feature(descriptor, CLAP_PLUGIN_FEATURE_INSTRUMENT)
                                  ? PluginClass::instrument
                                  : class_by_ports(takes_notes(), description_.ins, description_.outs);
  describe_parameters();
}

Buses::Layout ClapPlugin::choose_buses() {
  Buses::Layout layout;
  if (const auto* ports = extension<clap_plugin_audio_ports_t>(CLAP_EXT_AUDIO_PORTS)) {
    layout.ins = ports_of(plugin_, *ports, true).channels;
    const Ports outs = ports_of(plugin_, *ports, false);
    layout.outs = outs.channels;
    layout.side_chain = 1;
    description_.outputs = pair_names(outs.channels, outs.names);
  }
  return layout;
}

bool ClapPlugin::takes_notes() const {
  const auto* ports = extension<clap_plugin_note_ports_t>(CLAP_EXT_NOTE_PORTS);
  return ports != nullptr && ports->count(plugin_, true) > 0;
}

bool ClapPlugin::reads_midi() const {
  const auto* ports = extension<clap_plugin_note_ports_t>(CLAP_EXT_NOTE_PORTS);
  clap_note_port_info_t info{};
  if (ports == nullptr || ports->count(plugin_, true) == 0 || !ports->get(plugin_, 0, true, &info)) return true;
  return (info.supported_dialects & CLAP_NOTE_DIALECT_MIDI) != 0;
}

void ClapPlugin::describe_parameters() {
  if (params_ == nullptr) return;
  constexpr double most_choices = 128.0;
  for (std::uint32_t i = 0; i < params_->count(plugin_); ++i) {
    clap_param_info_t info{};
    if (!params_->get_info(plugin_, i, &info)) continue;
    if ((info.flags & (CLAP_PARAM_IS_READONLY | CLAP_PARAM_IS_HIDDEN)) != 0) continue;
    parameters_.push_back({info.id, info.cookie});
    Parameter parameter;
    parameter.title = info.name;
    parameter.minimum = info.min_value;
    parameter.maximum = info.max_value;
    parameter.initial = info.default_value;
    parameter.automatable = (info.flags & CLAP_PARAM_IS_AUTOMATABLE) != 0;
    const double values = info.max_value - info.min_value + 1.0;
    if ((info.flags & CLAP_PARAM_IS_STEPPED) != 0 && values >= 2.0 && values <= INT32_MAX) {
      parameter.steps = static_cast<int>(values);
    }
    const int index = static_cast<int>(parameters_.size()) - 1;
    if (parameter.steps > 0 && values <= most_choices) {
      for (int step = 0; step < parameter.steps; ++step)
        parameter.choices.push_back(text(index, info.min_value + step));
      const auto is_number = [](const std::string& choice) {
        return choice.find_first_not_of("-+0123456789. ") == std::string::npos;
      };
      if (std::ranges::all_of(parameter.choices, is_number)) parameter.choices.clear();
    }
    description_.parameters.push_back(std::move(parameter));
  }
  name_parameters(description_.parameters);
}

Result<void> ClapPlugin::activate() {
  if (const auto* render = extension<clap_plugin_render_t>(CLAP_EXT_RENDER)) render->set(plugin_, CLAP_RENDER_OFFLINE);
  const auto frames = static_cast<std::uint32_t>(setup_.grid);
  active_ = plugin_->activate(plugin_, setup_.rate, frames, frames);
  if (!active_) return fail("The plug-in refuses to be activated.");
  read_latency();
  description_.latency = latency_;
  description_.tail = tail();
  return {};
}

void ClapPlugin::deactivate() {
  if (!active_) return;
  host_.take_audio_role();
  if (std::exchange(processing_, false)) plugin_->stop_processing(plugin_);
  plugin_->deactivate(plugin_);
  active_ = false;
}

void ClapPlugin::restart() {
  const std::lock_guard lock(calls_);
  deactivate();
  if (auto activated = activate(); !activated) why_inactive_ = activated.error();
}

void ClapPlugin::read_latency() {
  const auto* latency = extension<clap_plugin_latency_t>(CLAP_EXT_LATENCY);
  if (latency != nullptr) latency_ = latency->get(plugin_);
}

double ClapPlugin::tail() {
  const auto* tail = extension<clap_plugin_tail_t>(CLAP_EXT_TAIL);
  if (tail == nullptr) return 0.0;
  const std::uint32_t frames = tail->get(plugin_);
  return frames >= INT32_MAX ? endless_tail : frames / static_cast<double>(setup_.rate);
}

// ---- Parameters and state ----

void ClapPlugin::set_value(int parameter, double value) {
  const std::lock_guard lock(calls_);
  if (params_ == nullptr) return;
  events_->begin(nullptr);
  events_->add_value(0, parameter, value);
  params_->flush(plugin_, events_->in(), events_->out());
}

// On behalf of the plug-in's window: what was moved there reaches the sound, and us, though nothing is played.
void ClapPlugin::flush() {
  const std::lock_guard lock(calls_);
  if (params_ == nullptr) return;
  if (active_) host_.take_audio_role();
  events_->begin(nullptr);
  params_->flush(plugin_, events_->in(), events_->out());
}

double ClapPlugin::value(int parameter) {
  const auto index = static_cast<std::size_t>(parameter);
  double value = description_.parameters[index].initial;
  params_->get_value(plugin_, parameters_[index].id, &value);
  return value;
}

Result<std::optional<PluginState>> ClapPlugin::state() {
  const auto* state = extension<clap_plugin_state_t>(CLAP_EXT_STATE);
  if (state == nullptr) return std::nullopt;
  std::string bytes;
  const clap_ostream_t stream{&bytes, [](const clap_ostream_t* to, const void* from, std::uint64_t size) {
                                static_cast<std::string*>(to->ctx)->append(static_cast<const char*>(from), size);
                                return static_cast<std::int64_t>(size);
                              }};
  if (!state->save(plugin_, &stream)) return fail("The plug-in can't save its state.");
  return PluginState{std::move(bytes)};
}

Result<void> ClapPlugin::restore(const PluginState& given) {
  const auto* state = extension<clap_plugin_state_t>(CLAP_EXT_STATE);
  if (state == nullptr) return fail("The plug-in has no state of its own.");
  auto bytes = std::as_bytes(std::span(given.bytes));
  const clap_istream_t stream{&bytes, [](const clap_istream_t* from, void* to, std::uint64_t size) {
                                auto& left = *static_cast<std::span<const std::byte>*>(from->ctx);
                                const std::size_t count = std::min<std::size_t>(size, left.size());
                                std::copy_n(left.data(), count, static_cast<std::byte*>(to));
                                left = left.subspan(count);
                                return static_cast<std::int64_t>(count);
                              }};
  if (!state->load(plugin_, &stream)) return fail("The plug-in can't read the state.");
  return {};
}

std::string ClapPlugin::text(int parameter, double value) {
  std::array<char, CLAP_NAME_SIZE> text{};
  const clap_id id = parameters_[static_cast<std::size_t>(parameter)].id;
  if (params_->value_to_text(plugin_, id, value, text.data(), text.size())) {
    return {text.begin(), std::find(text.begin(), text.end(), '\0')};
  }
  return shortest_text(value);
}

Result<double> ClapPlugin::value_of_text(int parameter, const std::string& text) {
  double value = 0.0;
  const clap_id id = parameters_[static_cast<std::size_t>(parameter)].id;
  if (params_->text_to_value(plugin_, id, text.c_str(), &value)) return value;
  return host::value_of_text(description_.parameters[static_cast<std::size_t>(parameter)], text);
}

// ---- Sound ----

bool ClapPlugin::process(const Block& block) {
  const std::lock_guard lock(calls_);
  host_.take_audio_role();
  if (!active_) {
    block.reason->say(why_inactive_);
    return false;
  }
  if (!processing_) processing_ = plugin_->start_processing(plugin_);
  if (!processing_) return false;

  buses_->take(block);
  events_->begin(block.sent);
  events_->add(block);
  const clap_event_transport_t transport = clap_transport(block, setup_.rate);
  clap_process_t call{};
  call.steady_time = steady_time_;
  call.frames_count = static_cast<std::uint32_t>(block.frames);
  call.transport = &transport;
  call.audio_inputs = in_ports_.data();
  call.audio_outputs = out_ports_.data();
  call.audio_inputs_count = static_cast<std::uint32_t>(in_ports_.size());
  call.audio_outputs_count = static_cast<std::uint32_t>(out_ports_.size());
  call.in_events = events_->in();
  call.out_events = events_->out();
  const clap_process_status status = plugin_->process(plugin_, &call);
  steady_time_ += block.frames;
  buses_->give(block);
  return status != CLAP_PROCESS_ERROR;
}

// ---- The window ----

Result<Size> ClapPlugin::open_editor(const std::string& title) {
  if (!has_display()) return fail("There is no display.");
  close_editor();
  if (gui_ == nullptr || !gui_->is_api_supported(plugin_, CLAP_WINDOW_API_X11, false)) {
    return fail("It has no window of its own.");
  }
  editor_made_ = gui_->create(plugin_, CLAP_WINDOW_API_X11, false);
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  if (!editor_made_ || !gui_->get_size(plugin_, &width, &height)) return fail("The plug-in can't make its window.");
  const Size size{static_cast<int>(width), static_cast<int>(height)};
  window_ = std::make_unique<EditorWindow>(title, [this] { moves_.note_closed(); });
  window_->resize(size);
  clap_window_t parent{};
  parent.api = CLAP_WINDOW_API_X11;
  parent.x11 = window_->parent();
  if (!gui_->set_parent(plugin_, &parent)) {
    close_editor();
    return fail("The plug-in can't make its window.");
  }
  gui_->show(plugin_);
  window_->show();
  return size;
}

void ClapPlugin::close_editor() {
  if (std::exchange(editor_made_, false)) {
    gui_->hide(plugin_);
    gui_->destroy(plugin_);
  }
  window_.reset();
}

}  // namespace firn::plugins::host
