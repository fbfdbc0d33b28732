// The devices of each system, for audio_device.cpp alone.
#pragma once

#include "hardware/audio_device.hpp"

namespace firn::hardware {

std::optional<DeviceInfo> jack_device();  // none where no server runs
base::Result<std::unique_ptr<AudioDevice>> open_jack(const Wish&);

std::vector<DeviceInfo> rtaudio_devices(System);  // pulse or alsa
base::Result<std::unique_ptr<AudioDevice>> open_rtaudio(const DeviceInfo&, const Wish&);

std::unique_ptr<AudioDevice> open_null(const Wish&);

std::vector<std::string> jack_midi_inputs();

}  // namespace firn::hardware
