// What NAME=VALUE words set of a device, built in or plug-in. Each fails as a verb does (must.hpp). One thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/workspace.hpp"
#include "devices/device_type.hpp"

namespace firn::cli {

struct DeviceSettings {
  std::map<std::string, double> parameters;
  std::map<std::string, std::optional<document::FileRef>> files;
  std::optional<bool> on;
  std::optional<std::uint64_t> seed;
  bool sets_side_chain = false;
  std::optional<document::Tap> side_chain;
};

// `as_it_is` is the device before; of a new one, its type's defaults. A plug-in is loaded where a word asks for that: for a preset, and for
// a value that it alone can read.
DeviceSettings take_settings(Editing&, const devices::Settings& as_it_is, const std::vector<std::string>& words);

// A new device of a plug-in, loaded once to be seen to load: with what it starts with as its state, and the words' settings on top.
DeviceSettings new_plugin_settings(Editing&, const devices::DeviceType&, const std::vector<std::string>& words);

// The plug-in of that name, in that format if one is given. Fails with not_found, naming what is near of these and of the built-in
// devices, or with ambiguous.
const devices::DeviceType& plugin_named(const plugins::Catalogue&, const std::string& name, const std::string& format);

// "vst3", "lv2", "clap", "ladspa", whatever the case.
std::string parse_format(const std::string& word);

}  // namespace firn::cli
