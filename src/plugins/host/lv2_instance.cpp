#include "plugins/host/lv2_instance.hpp"

#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/parameters/parameters.h>
#include <lv2/port-props/port-props.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>

#include <algorithm>
#include <bit>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "plugins/host/lv2_world.hpp"

namespace firn::plugins::host {
namespace {

LV2_Options_Option option(const char* uri, const char* type, const void* value) {
  Lv2World& world = Lv2World::instance();
  static_assert(sizeof(std::int32_t) == sizeof(float));
  return {LV2_OPTIONS_INSTANCE, 0, world.map(uri), sizeof(float), world.map(type), value};
}

int print_log(LV2_Log_Handle, LV2_URID type, const char* format, va_list words) {
  Lv2World& world = Lv2World::instance();
  if (type != world.map(LV2_LOG__Error) && type != world.map(LV2_LOG__Warning)) return 0;
  return std::vfprintf(stderr, format, words);
}

int log_line(LV2_Log_Handle handle, LV2_URID type, const char* format, ...) {
  va_list words;
  va_start(words, format);
  const int printed = print_log(handle, type, format, words);
  va_end(words);
  return printed;
}

}  // namespace

Lv2Instance::Lv2Instance(const Setup& setup)
    : block_length_(setup.grid),
      rate_(static_cast<float>(setup.rate)),
      options_{option(LV2_BUF_SIZE__minBlockLength, LV2_ATOM__Int, &block_length_),
               option(LV2_BUF_SIZE__maxBlockLength, LV2_ATOM__Int, &block_length_),
               option(LV2_BUF_SIZE__nominalBlockLength, LV2_ATOM__Int, &block_length_),
               option(LV2_BUF_SIZE__sequenceSize, LV2_ATOM__Int, &sequence_bytes_),
               option(LV2_PARAMETERS__sampleRate, LV2_ATOM__Float, &rate_),
               LV2_Options_Option{}},
      log_{nullptr, log_line, print_log} {
  Lv2World& world = Lv2World::instance();
  offer(LV2_URID__map, world.map_feature());
  offer(LV2_URID__unmap, world.unmap_feature());
  offer(LV2_OPTIONS__options, options_.data());
  offer(LV2_WORKER__schedule, worker_.feature());
  offer(LV2_LOG__log, &log_);
  offer(LV2_BUF_SIZE__boundedBlockLength);
  offer(LV2_BUF_SIZE__fixedBlockLength);
  if (std::has_single_bit(static_cast<unsigned>(setup.grid))) offer(LV2_BUF_SIZE__powerOf2BlockLength);
  offer(LV2_STATE__loadDefaultState);
  offer(LV2_STATE__threadSafeRestore);
  offer(LV2_PORT_PROPS__supportsStrictBounds);
  offer(LV2_CORE__inPlaceBroken);  // inputs and outputs are never one memory here
  offer(LV2_CORE__hardRTCapable);
  feature_list_.push_back(nullptr);
}

Lv2Instance::~Lv2Instance() {
  if (instance_ == nullptr) return;
  deactivate();
  lilv_instance_free(instance_);
}

void Lv2Instance::offer(const char* uri, void* data) {
  offered_.push_back(std::make_unique<LV2_Feature>(LV2_Feature{uri, data}));
  feature_list_.push_back(offered_.back().get());
}

Result<void> Lv2Instance::check_requirements(const LilvPlugin* plugin) const {
  const NodeList required(lilv_plugin_get_required_features(plugin));
  LILV_FOREACH(nodes, i, required.get()) {
    const std::string_view uri = lilv_node_as_uri(lilv_nodes_get(required.get(), i));
    if (std::none_of(offered_.begin(), offered_.end(), [&](const auto& feature) { return feature->URI == uri; })) {
      return fail("The plug-in needs a host with the feature " + std::string(uri) + ".");
    }
  }
  return {};
}

Result<std::unique_ptr<Lv2Instance>> Lv2Instance::make(const LilvPlugin* plugin, const Setup& setup) {
  std::unique_ptr<Lv2Instance> made(new Lv2Instance(setup));
  if (auto met = made->check_requirements(plugin); !met) return tl::unexpected(met.error());
  made->instance_ = lilv_plugin_instantiate(plugin, setup.rate, made->features());
  if (made->instance_ == nullptr) return fail("The plug-in can't be loaded, or refuses to be made.");
  made->worker_.attach(lilv_instance_get_handle(made->instance_),
                       static_cast<const LV2_Worker_Interface*>(
                           lilv_instance_get_extension_data(made->instance_, LV2_WORKER__interface)));
  return made;
}

void Lv2Instance::activate() {
  if (active_) return;
  lilv_instance_activate(instance_);
  active_ = true;
}

void Lv2Instance::deactivate() {
  if (!active_) return;
  lilv_instance_deactivate(instance_);
  active_ = false;
}

void Lv2Instance::run(int frames) {
  lilv_instance_run(instance_, static_cast<std::uint32_t>(frames));
  worker_.deliver();
}

}  // namespace firn::plugins::host
