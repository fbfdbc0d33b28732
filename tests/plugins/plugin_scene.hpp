// PluginScene: a scene with the plug-ins that fail each in its own way, and with those of the machine. One thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

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
  document::DeviceId add_plugin(document::TrackId, const devices::DeviceType&,
                                const std::map<std::string, double>& parameters = {});

  // The track's sound at Post FX, all of it.
  audio::StereoBuffer hear(document::TrackId, const Listening& = {});
  // Freezes tracks, on so many threads; the outcome is not applied. Those that make no sound are left.
  convert::Outcome freeze(const std::vector<document::TrackId>&, int threads = 2);
};

// What a freeze made of a track: its print, or the error that it was left with. Null if it has none.
const convert::Printed* print_of(const convert::Outcome&, document::TrackId);
const base::Error* fault_of(const convert::Outcome&, document::TrackId);

// Of what was begun, nothing may be left half done.
int files_in(const std::filesystem::path& folder);

}  // namespace firn::tests
