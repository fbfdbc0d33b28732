// LoadedPlugin: a plug-in in a process of its own, loaded with its settings and state, ready to be handed blocks. One thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "devices/device_type.hpp"
#include "plugins/description.hpp"
#include "plugins/host_process.hpp"
#include "time/frames.hpp"

namespace firn::plugins {

constexpr std::int64_t largest_state = 1 << 29;  // bytes

// What a plug-in keeps besides its parameters.
struct PluginState {
  std::string bytes;                              // a state file (protocol.md)
  std::vector<std::filesystem::path> files = {};  // that it refers to, by number; empty for one that is not to be had

  friend bool operator==(const PluginState&, const PluginState&) = default;
};

// What to load, and how.
struct Loading {
  std::filesystem::path host;
  Description plugin;  // as it is installed now
  devices::Settings settings;
  time::SampleRate rate;
  std::optional<PluginState> state;  // what the plug-in gave once; nothing: as it starts
};

struct LoadedPlugin {
  std::unique_ptr<HostProcess> process;
  devices::DeviceType type;  // as the plug-in describes itself now
  time::Frames latency;      // its own
  time::Frames tail;
  std::vector<double> values;                 // of its type's parameters, as they are now
  std::vector<int> places;                    // by the settings' parameter: its number in the type; -1 where it is gone
  std::vector<devices::Parameter> described;  // the settings' parameters
  std::vector<std::string> files;             // names of those that it can be told to load
  int ins = 0;
  int outs = 0;

  // Each asks the plug-in, and fails with device, as a clause, where it fails or has none. Parameters by their number in the type.
  base::Result<PluginState> state();
  base::Result<std::vector<std::string>> texts();  // of its parameters' values, as it prints them
  struct Reading {
    double value = 0.0;  // in range or not
    std::string said;    // as it prints that
  };
  base::Result<Reading> read(int parameter, const std::string& text);  // as the plug-in does, whatever the text
  base::Result<std::vector<std::string>> presets();
  base::Result<void> choose_preset(const std::string& name);  // `values` and its state are then the preset's
  base::Result<void> load_file(const std::string& name, const std::filesystem::path&);  // its state then refers to it

  // A value of one of the settings' parameters, which has a place, as the plug-in counts it now; and the other way.
  double value_here(std::size_t parameter, double value) const;
  double value_there(std::size_t parameter, double value) const;

  // The values that its host gave in an answer, in the type's order.
  std::vector<double> values_in(const Json& answer) const;
};

// Fails with device, as a clause: "it crashed (segmentation fault)"; and as HostProcess::start().
base::Result<LoadedPlugin> load(const Loading&);

}  // namespace firn::plugins
