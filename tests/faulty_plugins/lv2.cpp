// The plug-ins of faulty.lv2: gains of two channels that fail as those of faulty.clap do. Its ports stand in lv2/plugin.ttl.in.
#include <lv2/core/lv2.h>

#include <array>

#include "faulty_plugins/faults.hpp"

namespace firn::tests::faulty {
namespace {

enum Port : std::uint32_t { in_left, in_right, out_left, out_right, gain, after, port_count };

struct Plugin {
  double rate = 0.0;
  std::array<float*, port_count> ports{};
  FaultClock clock{};
};

Plugin& self(LV2_Handle handle) { return *static_cast<Plugin*>(handle); }

template <Fault fault>
void run(LV2_Handle handle, std::uint32_t frames) {
  auto& [rate, ports, clock] = self(handle);
  for (std::size_t side = 0; side < 2; ++side) {
    for (std::uint32_t frame = 0; frame < frames; ++frame) {
      ports[out_left + side][frame] = ports[in_left + side][frame] * *ports[gain];
    }
  }
  if (const auto moment = clock.pass(&ports[out_left], frames, *ports[after])) fault(*moment);
}

template <Fault fault>
LV2_Descriptor describe(const char* uri) {
  return {.URI = uri,
          .instantiate = [](const LV2_Descriptor*, double rate, const char*, const LV2_Feature* const*) -> LV2_Handle {
            return new Plugin{.rate = rate};
          },
          .connect_port =
              [](LV2_Handle handle, std::uint32_t port, void* data) {
                if (port < port_count) self(handle).ports[port] = static_cast<float*>(data);
              },
          .activate = [](LV2_Handle handle) { self(handle).clock.restart(self(handle).rate); },
          .run = run<fault>,
          .deactivate = nullptr,
          .cleanup = [](LV2_Handle handle) { delete &self(handle); },
          .extension_data = nullptr};
}

}  // namespace
}  // namespace firn::tests::faulty

LV2_SYMBOL_EXPORT const LV2_Descriptor* lv2_descriptor(std::uint32_t index) {
  using namespace firn::tests::faulty;
  static const std::array descriptors{
      describe<nothing>("urn:firn:faulty:well"),    describe<crash>("urn:firn:faulty:crash"),
      describe<abort>("urn:firn:faulty:abort"),     describe<loop>("urn:firn:faulty:loop"),
      describe<write_nan>("urn:firn:faulty:nan"),   describe<overrun>("urn:firn:faulty:overrun"),
      describe<allocate>("urn:firn:faulty:memory"),
  };
  return index < descriptors.size() ? &descriptors[index] : nullptr;
}
