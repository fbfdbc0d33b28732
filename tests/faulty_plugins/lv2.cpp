// The plug-ins of faulty.lv2: gains of two channels that fail as those of faulty.clap do, and a delay. Their ports stand in lv2/*.ttl.in.
#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "faulty_plugins/faults.hpp"

namespace firn::tests::faulty {
namespace {

enum Port : std::uint32_t { in_left, in_right, out_left, out_right, gain, after, latency, port_count };

constexpr std::size_t lateness = 100;  // frames

struct Plugin {
  double rate = 0.0;
  std::array<float*, port_count> ports{};
  FaultClock clock{};
  std::array<std::array<float, lateness>, 2> late{};  // what Late still has to give, from its `next` on
  std::size_t next = 0;
  std::string kept_path{};  // of Keeper
  float kept_gain = 0.0f;
};

Plugin& self(LV2_Handle handle) { return *static_cast<Plugin*>(handle); }

template <Fault fault>
void run(LV2_Handle handle, std::uint32_t frames) {
  auto& [rate, ports, clock, late, next, kept_path, kept_gain] = self(handle);
  for (std::size_t side = 0; side < 2; ++side) {
    for (std::uint32_t frame = 0; frame < frames; ++frame) {
      ports[out_left + side][frame] = ports[in_left + side][frame] * *ports[gain];
    }
  }
  if (const auto moment = clock.pass(&ports[out_left], frames, *ports[after])) fault(*moment);
}

// Output = input, a little later, and only after a block does it say so.
void run_late(LV2_Handle handle, std::uint32_t frames) {
  auto& [rate, ports, clock, late, next, kept_path, kept_gain] = self(handle);
  for (std::uint32_t frame = 0; frame < frames; ++frame) {
    for (std::size_t side = 0; side < 2; ++side) {
      ports[out_left + side][frame] = late[side][next];
      late[side][next] = ports[in_left + side][frame];
    }
    next = (next + 1) % lateness;
  }
  if (frames > 0) *ports[latency] = lateness;
}

void activate(LV2_Handle handle) {
  Plugin& plugin = self(handle);
  plugin.clock.restart(plugin.rate);
  plugin.late = {};
}

// As some do whose threads are still at work.
void part_badly(LV2_Handle) { std::abort(); }

// ---- Keeper: its state is the path of a file, whose first byte, of 255, is its gain. That others map such paths it takes for granted. ----

void run_keeper(LV2_Handle handle, std::uint32_t frames) {
  auto& plugin = self(handle);
  for (std::size_t side = 0; side < 2; ++side) {
    for (std::uint32_t frame = 0; frame < frames; ++frame)
      plugin.ports[out_left + side][frame] = plugin.ports[in_left + side][frame] * plugin.kept_gain;
  }
}

LV2_URID number_of(const LV2_Feature* const* features, const char* uri) {
  for (; *features != nullptr; ++features) {
    if (std::string_view((*features)->URI) != LV2_URID__map) continue;
    const auto* map = static_cast<const LV2_URID_Map*>((*features)->data);
    return map->map(map->handle, uri);
  }
  return 0;
}

constexpr const char* kept_file = "urn:firn:faulty:keeper#file";

LV2_State_Status save_keeper(LV2_Handle handle, LV2_State_Store_Function store, LV2_State_Handle state, std::uint32_t,
                             const LV2_Feature* const* features) {
  const std::string& path = self(handle).kept_path;
  if (path.empty()) return LV2_STATE_SUCCESS;
  return store(state, number_of(features, kept_file), path.c_str(), path.size() + 1,
               number_of(features, LV2_ATOM__Path), LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
}

LV2_State_Status restore_keeper(LV2_Handle handle, LV2_State_Retrieve_Function retrieve, LV2_State_Handle state,
                                std::uint32_t, const LV2_Feature* const* features) {
  std::size_t size = 0;
  std::uint32_t type = 0;
  std::uint32_t flags = 0;
  const auto* path = static_cast<const char*>(retrieve(state, number_of(features, kept_file), &size, &type, &flags));
  if (path == nullptr) return LV2_STATE_SUCCESS;
  self(handle).kept_path = path;
  self(handle).kept_gain = static_cast<float>(std::ifstream(path).get()) / 255.0f;
  return LV2_STATE_SUCCESS;
}

const void* keeper_extension(const char* uri) {
  static const LV2_State_Interface interface { save_keeper, restore_keeper };
  return std::string_view(uri) == LV2_STATE__interface ? &interface : nullptr;
}

LV2_Descriptor describe(const char* uri, void (*run)(LV2_Handle, std::uint32_t)) {
  return {.URI = uri,
          .instantiate = [](const LV2_Descriptor*, double rate, const char*, const LV2_Feature* const*) -> LV2_Handle {
            return new Plugin{.rate = rate};
          },
          .connect_port =
              [](LV2_Handle handle, std::uint32_t port, void* data) {
                if (port < port_count) self(handle).ports[port] = static_cast<float*>(data);
              },
          .activate = activate,
          .run = run,
          .deactivate = nullptr,
          .cleanup = [](LV2_Handle handle) { delete &self(handle); },
          .extension_data = nullptr};
}

}  // namespace
}  // namespace firn::tests::faulty

LV2_SYMBOL_EXPORT const LV2_Descriptor* lv2_descriptor(std::uint32_t index) {
  using namespace firn::tests::faulty;
  static const auto with = [](LV2_Descriptor descriptor, auto member, auto value) {
    descriptor.*member = value;
    return descriptor;
  };
  static const std::array descriptors{
      describe("urn:firn:faulty:well", run<nothing>),
      describe("urn:firn:faulty:crash", run<crash>),
      describe("urn:firn:faulty:abort", run<abort>),
      describe("urn:firn:faulty:loop", run<loop>),
      describe("urn:firn:faulty:nan", run<write_nan>),
      describe("urn:firn:faulty:overrun", run<overrun>),
      describe("urn:firn:faulty:memory", run<allocate>),
      describe("urn:firn:faulty:late", run_late),
      with(describe("urn:firn:faulty:farewell", run<nothing>), &LV2_Descriptor::cleanup, part_badly),
      with(describe("urn:firn:faulty:keeper", run_keeper), &LV2_Descriptor::extension_data, keeper_extension),
  };
  return index < descriptors.size() ? &descriptors[index] : nullptr;
}
