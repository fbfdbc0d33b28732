// A LADSPA library that has the same plug-in at whatever index it is asked for.
#include <ladspa.h>

namespace {

constexpr LADSPA_PortDescriptor ports[] = {LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,
                                           LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO};
constexpr const char* names[] = {"In", "Out"};
constexpr LADSPA_PortRangeHint hints[2] = {};

struct Wire {
  LADSPA_Data* ends[2] = {};
};

const LADSPA_Descriptor same{
    .UniqueID = 4711,
    .Label = "same",
    .Properties = 0,
    .Name = "Faulty Same",
    .Maker = "Firn",
    .Copyright = "GPL",
    .PortCount = 2,
    .PortDescriptors = ports,
    .PortNames = names,
    .PortRangeHints = hints,
    .ImplementationData = nullptr,
    .instantiate = [](const LADSPA_Descriptor*, unsigned long) -> LADSPA_Handle { return new Wire; },
    .connect_port = [](LADSPA_Handle handle, unsigned long port,
                       LADSPA_Data* data) { static_cast<Wire*>(handle)->ends[port] = data; },
    .activate = nullptr,
    .run =
        [](LADSPA_Handle handle, unsigned long frames) {
          const auto& wire = *static_cast<Wire*>(handle);
          for (unsigned long i = 0; i < frames; ++i) wire.ends[1][i] = wire.ends[0][i];
        },
    .run_adding = nullptr,
    .set_run_adding_gain = nullptr,
    .deactivate = nullptr,
    .cleanup = [](LADSPA_Handle handle) { delete static_cast<Wire*>(handle); }};

}  // namespace

extern "C" __attribute__((visibility("default"))) const LADSPA_Descriptor* ladspa_descriptor(unsigned long) {
  return &same;
}
