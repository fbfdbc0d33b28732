#include "hardware/audio_device.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hardware/devices.hpp"
#include "hardware/sequencer_inputs.hpp"

namespace firn::hardware {

std::string name_of(System system) {
  switch (system) {
    case System::jack: return "jack";
    case System::pulse: return "pulse";
    case System::alsa: return "alsa";
    case System::null: return "null";
  }
  return {};
}

std::string title_of(System system) {
  switch (system) {
    case System::jack: return "JACK";
    case System::pulse: return "PulseAudio";
    case System::alsa: return "ALSA";
    case System::null: return "no hardware";
  }
  return {};
}

std::vector<DeviceInfo> audio_devices() {
  std::vector<DeviceInfo> all;
  if (auto jack = jack_device()) all.push_back(std::move(*jack));
  for (const System system : {System::pulse, System::alsa}) {
    for (DeviceInfo& device : rtaudio_devices(system)) all.push_back(std::move(device));
  }
  all.push_back({System::null, "null", 2, 2, {}, true});
  return all;
}

std::vector<std::string> midi_inputs(System system) {
  switch (system) {
    case System::jack: return jack_midi_inputs();
    case System::null: return {};
    default: return SequencerInputs::names();
  }
}

base::Result<std::unique_ptr<AudioDevice>> AudioDevice::open(const Wish& wish) {
  const std::vector<DeviceInfo> all = audio_devices();
  const auto is_wanted = [&](const DeviceInfo& device) {
    if (wish.device.empty()) return device.system != System::null && device.is_default;
    return device.name == wish.device || (device.is_default && name_of(device.system) == wish.device);
  };
  const auto found = std::ranges::find_if(all, is_wanted);
  if (found == all.end()) {
    std::string names;
    for (const DeviceInfo& device : all) names += (names.empty() ? "" : ", ") + device.name;
    return base::fail(
        base::ErrorKind::not_found,
        wish.device.empty()
            ? "There is no audio device here: no JACK server runs, and neither PulseAudio nor ALSA has one. "
              "`--device null` keeps time without one."
            : fmt::format("There is no audio device \"{}\". There are: {}.", wish.device, names));
  }
  // JACK's ports can be connected by hand, as many as there are.
  if (found->system != System::jack && wish.inputs > found->inputs) {
    return base::fail(base::ErrorKind::not_found, fmt::format("{} has {} input channels, and channel {} is wanted.",
                                                              found->name, found->inputs, wish.inputs));
  }
  switch (found->system) {
    case System::jack: return open_jack(wish);
    case System::null: return open_null(wish);
    default: return open_rtaudio(*found, wish);
  }
}

}  // namespace firn::hardware
