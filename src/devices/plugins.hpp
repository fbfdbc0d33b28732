// Plugins: how third-party plug-ins reach what plans and runs them, with nothing of a plug-in format in it. Values; any thread.
//
// Whoever opens a project fills them in (plugins/machine.hpp); left empty, no plug-in is to be had.
#pragma once

#include <functional>
#include <memory>

#include "base/result.hpp"
#include "devices/device_type.hpp"
#include "devices/processor.hpp"

namespace firn::devices {

struct Plugins {
  // What the plug-in says of itself, set like that. Loads it, where that is not known from before.
  std::function<Facts(const Settings&, time::SampleRate, const FileFinder&)> facts = {};

  // The plug-in at work, in a process of its own. Fails with not_found, or with device for one that can't be loaded.
  std::function<base::Result<std::unique_ptr<Processor>>(const Settings&, time::SampleRate, const FileFinder&)> make =
      {};
};

}  // namespace firn::devices
