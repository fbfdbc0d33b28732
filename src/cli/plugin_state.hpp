// What a plug-in keeps besides its parameters, as files of a project. Fails as a verb does (must.hpp). One thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "devices/device_type.hpp"
#include "document/device.hpp"
#include "plugins/loaded_plugin.hpp"
#include "store/store.hpp"

namespace firn::cli {

// Takes a plug-in's state into the project, with the files that it refers to: all of its file slots, of a device that is set as `before`. A slot that
// this state has no more use for holds nothing.
std::map<std::string, std::optional<document::FileRef>> adopt_state(store::Store&, const plugins::PluginState&,
                                                                    const devices::Settings& before);

}  // namespace firn::cli
