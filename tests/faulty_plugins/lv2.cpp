// The plug-ins of faulty.lv2: gains of two channels that fail as those of faulty.clap do, and a delay. Their ports stand in lv2/*.ttl.in.
#include <lv2/core/lv2.h>

#include <array>

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
};

Plugin& self(LV2_Handle handle) { return *static_cast<Plugin*>(handle); }

template <Fault fault>
void run(LV2_Handle handle, std::uint32_t frames) {
  auto& [rate, ports, clock, late, next] = self(handle);
  for (std::size_t side = 0; side < 2; ++side) {
    for (std::uint32_t frame = 0; frame < frames; ++frame) {
      ports[out_left + side][frame] = ports[in_left + side][frame] * *ports[gain];
    }
  }
  if (const auto moment = clock.pass(&ports[out_left], frames, *ports[after])) fault(*moment);
}

// Output = input, a little later, and only after a block does it say so.
void run_late(LV2_Handle handle, std::uint32_t frames) {
  auto& [rate, ports, clock, late, next] = self(handle);
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
  static const std::array descriptors{
      describe("urn:firn:faulty:well", run<nothing>),    describe("urn:firn:faulty:crash", run<crash>),
      describe("urn:firn:faulty:abort", run<abort>),     describe("urn:firn:faulty:loop", run<loop>),
      describe("urn:firn:faulty:nan", run<write_nan>),   describe("urn:firn:faulty:overrun", run<overrun>),
      describe("urn:firn:faulty:memory", run<allocate>), describe("urn:firn:faulty:late", run_late),
  };
  return index < descriptors.size() ? &descriptors[index] : nullptr;
}
