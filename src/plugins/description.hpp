// Description: what a plug-in host says of a plug-in (protocol.md), and the DeviceType that the rest of Firn makes of it. Values; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "devices/device_type.hpp"
#include "plugins/json_fields.hpp"

namespace firn::plugins {

struct Description {
  devices::DeviceType type;
  std::string file;  // what the host loads it from: a bundle or a library
  int ins = 0;       // of its main bus; 0 of an instrument
  int outs = 0;      // of all its buses

  friend bool operator==(const Description&, const Description&) = default;
};

// Takes anything, for a plug-in may say anything: what is out of range is brought into it, and names are made fit and unique. Fails with
// malformed where there is no format or id.
base::Result<Description> description_of(const Json&);
Json json_of(const Description&);

std::string format_title(std::string_view format);  // "VST3", "LV2", "CLAP", "LADSPA"

}  // namespace firn::plugins
