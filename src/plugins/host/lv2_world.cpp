#include "plugins/host/lv2_world.hpp"

#include <lv2/core/lv2.h>

#include <algorithm>
#include <filesystem>

namespace firn::plugins::host {

Lv2World& Lv2World::instance() {
  static Lv2World world;
  return world;
}

Lv2World::Lv2World()
    : world_(lilv_world_new()),
      map_{this, [](LV2_URID_Map_Handle self, const char* uri) { return static_cast<Lv2World*>(self)->map(uri); }},
      unmap_{this,
             [](LV2_URID_Unmap_Handle self, LV2_URID number) { return static_cast<Lv2World*>(self)->unmap(number); }} {}

void Lv2World::read_all() {
  if (!has_read_all_) lilv_world_load_all(world_.get());
  has_read_all_ = true;
}

const LilvPlugin* Lv2World::find(const std::string& uri_text, const std::string& bundle) {
  if (!has_read_all_ && std::filesystem::is_directory(bundle)) {
    const Node node(lilv_new_file_uri(world_.get(), nullptr, (bundle + '/').c_str()));
    lilv_world_load_bundle(world_.get(), node.get());
    if (const LilvPlugin* found = find_known(uri_text)) return found;
  }
  read_all();
  return find_known(uri_text);
}

const LilvPlugin* Lv2World::find_known(const std::string& uri_text) const {
  const Node node = uri(uri_text.c_str());
  return node ? lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world_.get()), node.get()) : nullptr;
}

std::vector<std::string> Lv2World::plugin_uris() {
  read_all();
  std::vector<std::string> uris;
  const LilvPlugins* plugins = lilv_world_get_all_plugins(world_.get());
  LILV_FOREACH(plugins, i, plugins) {
    uris.emplace_back(lilv_node_as_uri(lilv_plugin_get_uri(lilv_plugins_get(plugins, i))));
  }
  std::sort(uris.begin(), uris.end());
  return uris;
}

std::string Lv2World::binary_of(const std::string& uri_text) {
  const Node binary(lilv_world_get(world_.get(), uri(uri_text.c_str()).get(), uri(LV2_CORE__binary).get(), nullptr));
  return path_of(binary ? binary.get() : lilv_plugin_get_library_uri(find(uri_text)));
}

std::string Lv2World::text_of(const LilvNode* subject, const char* predicate) const {
  const Node object(lilv_world_get(world_.get(), subject, uri(predicate).get(), nullptr));
  return host::text_of(object.get());
}

bool Lv2World::states(const LilvNode* subject, const char* predicate) const {
  return lilv_world_ask(world_.get(), subject, uri(predicate).get(), nullptr);
}

LV2_URID Lv2World::map(const char* uri) {
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = numbers_.try_emplace(uri, static_cast<LV2_URID>(uris_.size() + 1));
  if (is_new) uris_.push_back(&found->first);
  return found->second;
}

const char* Lv2World::unmap(LV2_URID number) {
  const std::lock_guard lock(mutex_);
  return number == 0 || number > uris_.size() ? nullptr : uris_[number - 1]->c_str();
}

std::string text_of(const LilvNode* node) {
  const char* text = node == nullptr ? nullptr : lilv_node_as_string(node);
  return text == nullptr ? std::string() : std::string(text);
}

std::string path_of(const LilvNode* file_uri) {
  if (file_uri == nullptr) return {};
  const LilvText path(lilv_node_get_path(file_uri, nullptr));
  return path ? path.get() : "";
}

}  // namespace firn::plugins::host
