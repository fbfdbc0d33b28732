// PluginScene: a scene with the plug-ins that fail each in its own way, and with those of the machine. One thread.
#pragma once

#include <map>
#include <string>

#include "plugins/machine.hpp"
#include "support/scene.hpp"

namespace firn::tests {

// All of a test program's scenes share a machine, scanned once, with a cache of its own.
plugins::Machine& machine();

class PluginScene : public Scene {
 public:
  explicit PluginScene(int hertz = 48000);

  // Adds a plug-in by its name, in the format given or in the one that is preferred. Fails the test if it is not there.
  document::DeviceId add_plugin(document::TrackId, const std::string& name,
                                const std::map<std::string, double>& parameters = {}, const std::string& format = {});

  // The track's sound at Post FX, all of it.
  audio::StereoBuffer hear(document::TrackId, const Listening& = {});
  // Freezes tracks; the outcome is not applied.
  convert::Outcome freeze(const std::vector<document::TrackId>&);
};

}  // namespace firn::tests
