// BuiltIn: a built-in device, declared and made in one place; the lists that the catalogue is assembled from. Any thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "devices/device_type.hpp"
#include "devices/processor.hpp"
#include "time/frames.hpp"

namespace firn::devices {

// What facts depend on beside the settings.
struct Timing {
  time::SampleRate rate;
  time::Seconds quarter;  // what a quarter note lasts where the tempo is slowest
};

// `facts` and `make` are handed settings that are complete: a value for each parameter, within its range. `facts` leaves the
// version to the type.
struct BuiltIn {
  DeviceType type;
  Facts (*facts)(const Settings&, const Timing&) = nullptr;
  base::Result<std::unique_ptr<Processor>> (*make)(const Settings&, time::SampleRate, const FileFinder&) = nullptr;
};

std::vector<BuiltIn> midi_effects();
std::vector<BuiltIn> instruments();
std::vector<BuiltIn> audio_effects();

// Neither latency nor a tail of its own.
inline Facts no_facts(const Settings&, const Timing&) { return {}; }

const BuiltIn* find_built_in(std::string_view name);  // null if there is none

// The settings with a value for each of the type's parameters: those given, brought into range, then the initial ones.
Settings completed(const Settings&, const DeviceType&);

// The value of one parameter of complete settings.
double setting_of(const Settings&, std::string_view parameter);

constexpr double longest_tail = 60.0;  // seconds (SPEC C1)

}  // namespace firn::devices
