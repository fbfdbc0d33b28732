// The file behind a slot of a device, as a path that exists. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "devices/device_type.hpp"
#include "devices/processor.hpp"

namespace firn::devices {

// Fails (not_found) if the slot is empty or its file is gone.
base::Result<std::string> path_of(const Settings&, std::string_view slot, const FileFinder&);

}  // namespace firn::devices
