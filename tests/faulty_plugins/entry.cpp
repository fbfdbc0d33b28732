// The entry of faulty.clap: what the library has, and how each is made.
#include <clap/entry.h>

#include <algorithm>

#include "faulty_plugins/faulty.hpp"

namespace firn::tests::faulty {
namespace {

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = [] {
    std::vector<Kind> found;
    for (const auto& some : {failing_kinds(), instrument_kinds(), effect_kinds()}) {
      found.insert(found.end(), some.begin(), some.end());
    }
    return found;
  }();
  return all;
}

const clap_plugin_factory_t factory{
    .get_plugin_count = [](const clap_plugin_factory_t*) { return static_cast<std::uint32_t>(kinds().size()); },
    .get_plugin_descriptor = [](const clap_plugin_factory_t*, std::uint32_t index) -> const clap_plugin_descriptor_t* {
      return index < kinds().size() ? &kinds()[index].descriptor : nullptr;
    },
    .create_plugin = [](const clap_plugin_factory_t*, const clap_host_t* host, const char* id) -> const clap_plugin_t* {
      const auto found = std::find_if(kinds().begin(), kinds().end(),
                                      [&](const Kind& one) { return one.descriptor.id == std::string_view(id); });
      return found == kinds().end() ? nullptr : Faulty::hand_over(found->create(), found->descriptor, *host);
    },
};

}  // namespace
}  // namespace firn::tests::faulty

extern "C" {
const clap_plugin_entry_t clap_entry{
    .clap_version = CLAP_VERSION_INIT,
    .init = [](const char*) { return true; },
    .deinit = [] {},
    .get_factory = [](const char* id) -> const void* {
      return std::string_view(id) == CLAP_PLUGIN_FACTORY_ID ? &firn::tests::faulty::factory : nullptr;
    },
};
}
