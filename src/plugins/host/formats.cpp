#include "plugins/host/formats.hpp"

#include <algorithm>
#include <array>

namespace firn::plugins::host {
namespace {

constexpr std::array<Format, 4> formats{{{"vst3", list_vst3, scan_vst3, load_vst3},
                                         {"lv2", list_lv2, scan_lv2, load_lv2},
                                         {"clap", list_clap, scan_clap, load_clap},
                                         {"ladspa", list_ladspa, scan_ladspa, load_ladspa}}};

}  // namespace

const Format* find_format(std::string_view name) {
  const auto* found = std::find_if(formats.begin(), formats.end(), [&](const Format& f) { return f.name == name; });
  return found == formats.end() ? nullptr : found;
}

}  // namespace firn::plugins::host
