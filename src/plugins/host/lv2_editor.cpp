#include "plugins/host/lv2_editor.hpp"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/instance-access/instance-access.h>

#include <chrono>
#include <cmath>
#include <cstring>

#include "plugins/host/lv2_world.hpp"

namespace firn::plugins::host {
namespace {

constexpr auto frame_time = std::chrono::milliseconds(33);

std::vector<std::uint32_t> ports_of_controls(const LilvPlugin* plugin) {
  const Lv2World& world = Lv2World::instance();
  std::vector<std::uint32_t> ports;
  for (std::uint32_t i = 0; i < lilv_plugin_get_num_ports(plugin); ++i) {
    const LilvPort* port = lilv_plugin_get_port_by_index(plugin, i);
    if (lilv_port_is_a(plugin, port, world.uri(LV2_CORE__ControlPort).get())) ports.push_back(i);
  }
  return ports;
}

}  // namespace

Lv2Editor::Lv2Editor(Plugin& plugin, const std::string& title)
    : plugin_(plugin),
      window_(title, [&plugin] { plugin.closed(); }),
      resize_{this,
              [](LV2UI_Feature_Handle self, int width, int height) {
                static_cast<Lv2Editor*>(self)->asked_for_size_ = true;
                static_cast<Lv2Editor*>(self)->resize({width, height});
                return 0;
              }},
      port_map_{this,
                [](LV2UI_Feature_Handle self, const char* symbol) -> std::uint32_t {
                  const LilvPlugin* lilv = static_cast<Lv2Editor*>(self)->plugin_.lilv();
                  const Node node(lilv_new_string(Lv2World::instance().lilv(), symbol));
                  const LilvPort* port = lilv_plugin_get_port_by_symbol(lilv, node.get());
                  return port == nullptr ? LV2UI_INVALID_PORT_INDEX : lilv_port_get_index(lilv, port);
                }},
      touch_{this, [](LV2UI_Feature_Handle self, std::uint32_t port,
                      bool held) { static_cast<Lv2Editor*>(self)->plugin_.touch(port, held); }},
      control_ports_(ports_of_controls(plugin.lilv())),
      shown_(control_ports_.size()),
      event_transfer_(Lv2World::instance().map(LV2_ATOM__eventTransfer)) {}

Lv2Editor::~Lv2Editor() {
  ticker_.reset();
  if (ui_ != nullptr) descriptor_->cleanup(ui_);
}

Result<std::unique_ptr<Lv2Editor>> Lv2Editor::open(Plugin& plugin, const std::string& title) {
  const Lv2World& world = Lv2World::instance();
  const UiList uis(lilv_plugin_get_uis(plugin.lilv()));
  LILV_FOREACH(uis, i, uis.get()) {
    const LilvUI* ui = lilv_uis_get(uis.get(), i);
    if (!lilv_ui_is_a(ui, world.uri(LV2_UI__X11UI).get())) continue;
    std::unique_ptr<Lv2Editor> editor(new Lv2Editor(plugin, title));
    if (auto made = editor->make(ui); !made) return tl::unexpected(made.error());
    return editor;
  }
  return fail("It has no window of its own that can be shown here.");
}

Result<void> Lv2Editor::make(const LilvUI* ui) {
  auto library = Library::open(path_of(lilv_ui_get_binary_uri(ui)));
  if (!library) return tl::unexpected(library.error());
  library_ = *library;
  const auto descriptor_of = library_->find<LV2UI_DescriptorFunction>("lv2ui_descriptor");
  const std::string uri = text_of(lilv_ui_get_uri(ui));
  for (std::uint32_t i = 0; descriptor_of != nullptr; ++i) {
    descriptor_ = descriptor_of(i);
    if (descriptor_ == nullptr || descriptor_->URI == uri) break;
  }
  if (descriptor_ == nullptr) return fail("The plug-in's window is not where its bundle says.");

  const std::vector<LV2_Feature> features = this->features();
  std::vector<const LV2_Feature*> list;
  for (const LV2_Feature& feature : features) list.push_back(&feature);
  list.push_back(nullptr);
  LV2UI_Widget widget = nullptr;
  ui_ = descriptor_->instantiate(
      descriptor_, lilv_node_as_uri(lilv_plugin_get_uri(plugin_.lilv())), path_of(lilv_ui_get_bundle_uri(ui)).c_str(),
      [](LV2UI_Controller self, std::uint32_t port, std::uint32_t bytes, std::uint32_t protocol, const void* data) {
        static_cast<Lv2Editor*>(self)->write(port, bytes, protocol, data);
      },
      this, &widget, list.data());
  if (ui_ == nullptr) return fail("The plug-in can't make its window.");
  // One that never said how large it is, shows it.
  const Size drawn = EditorWindow::size_of(reinterpret_cast<unsigned long>(widget));
  resize(asked_for_size_ || drawn.width == 0 ? size_ : drawn);
  window_.show();
  if (descriptor_->extension_data != nullptr) {
    idle_ = static_cast<const LV2UI_Idle_Interface*>(descriptor_->extension_data(LV2_UI__idleInterface));
  }
  for (float& value : shown_) value = std::nanf("");  // not shown yet
  show_controls();
  ticker_.emplace(frame_time, [this] { tick(); });
  return {};
}

std::vector<LV2_Feature> Lv2Editor::features() {
  Lv2World& world = Lv2World::instance();
  Lv2Instance& instance = plugin_.instance();
  return {{LV2_UI__parent, reinterpret_cast<void*>(window_.parent())},
          {LV2_UI__resize, &resize_},
          {LV2_UI__portMap, &port_map_},
          {LV2_UI__touch, &touch_},
          {LV2_UI__idleInterface, nullptr},
          {LV2_UI__noUserResize, nullptr},
          {LV2_URID__map, world.map_feature()},
          {LV2_URID__unmap, world.unmap_feature()},
          {LV2_OPTIONS__options, const_cast<LV2_Options_Option*>(instance.options())},
          {LV2_INSTANCE_ACCESS_URI, lilv_instance_get_handle(instance.lilv())}};
}

void Lv2Editor::resize(Size size) {
  size_ = size;
  window_.resize(size);
}

void Lv2Editor::write(std::uint32_t port, std::uint32_t bytes, std::uint32_t protocol, const void* data) {
  if (protocol == 0) {
    float value = 0.0f;
    if (bytes != sizeof value) return;
    std::memcpy(&value, data, sizeof value);
    plugin_.set_control(port, value);
  } else if (protocol == event_transfer_ && bytes >= sizeof(LV2_Atom)) {
    plugin_.send(port, data, bytes);
  }
}

void Lv2Editor::tick() {
  show_controls();
  plugin_.receive(received_);
  received_.take_all([&](std::uint32_t port, const void* atom, std::uint32_t bytes) {
    if (descriptor_->port_event != nullptr) descriptor_->port_event(ui_, port, bytes, event_transfer_, atom);
  });
  if (idle_ != nullptr && idle_->idle(ui_) != 0) {  // it closed itself
    ticker_.reset();
    plugin_.closed();
  }
}

void Lv2Editor::show_controls() {
  if (descriptor_->port_event == nullptr) return;
  for (std::size_t i = 0; i < control_ports_.size(); ++i) {
    const float value = plugin_.control(control_ports_[i]);
    if (shown_[i] == value) continue;
    shown_[i] = value;
    descriptor_->port_event(ui_, control_ports_[i], sizeof value, 0, &value);
  }
}

}  // namespace firn::plugins::host
