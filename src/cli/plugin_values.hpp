// What a plug-in is asked when its parameters are set, loaded the first time that is needed. Each fails as a verb does (must.hpp). One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/workspace.hpp"
#include "plugins/loaded_plugin.hpp"

namespace firn::cli {

class PluginValues {
 public:
  // The settings of a plug-in's device; a device that is built in is never loaded.
  PluginValues(const Editing& editing, devices::Settings as_it_is)
      : editing_(editing), as_it_is_(std::move(as_it_is)), type_(*devices::type_of(as_it_is_)) {}

  // A parameter's value: as Firn reads it where Firn knows its unit; else, or where Firn can't read it, as the plug-in does. What it prints
  // otherwise than it was given, it has not understood, and is refused.
  double value_of(int parameter, const std::string& text);

  plugins::LoadedPlugin& plugin();

 private:
  const Editing& editing_;
  const devices::Settings as_it_is_;
  const devices::DeviceType& type_;
  std::optional<plugins::LoadedPlugin> plugin_;
};

// Is what a plug-in prints of a value what a person wrote? The words, or the number, to as many places as are printed; thousands may be a k.
bool says_the_same(std::string_view written, std::string_view printed);

}  // namespace firn::cli
