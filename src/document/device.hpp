// Device: one link of a track's device chain, as the document holds it. A value; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/box.hpp"
#include "devices/device_type.hpp"
#include "document/ids.hpp"

namespace firn::document {

enum class TapPoint { pre_fx, post_fx, post_mixer };

struct Tap {
  TrackId track;
  TapPoint point = TapPoint::post_fx;
  int pad = 0;  // at Pre FX: this pad of the drum rack, or output of the plug-in, counted from 1; 0: all of it
  friend auto operator<=>(const Tap&, const Tap&) = default;
};

struct Device {
  DeviceId id;
  std::string type;                          // its DeviceType's name: "reverb", "soundfont", "lv2:urn:zamaudio:ZamVerb"
  std::string name;                          // as shown; unique in its track
  bool on = true;                            // off: bypassed, its latency kept
  std::map<std::string, double> parameters;  // those that differ from their default, in their unit
  std::map<std::string, FileRef> files;      // by file slot: "soundfont", "sample", "pad1"
  std::uint64_t seed = 0;                    // of its random elements
  std::optional<Tap> side_chain;
  std::optional<base::Box<devices::DeviceType>> plugin = {};  // of a plug-in: what it was when it was added
  UnknownFields unknown;

  friend bool operator==(const Device&, const Device&) = default;
};

// Null for a device that is neither built in nor a plug-in.
inline const devices::DeviceType* type_of(const Device& device) {
  return device.plugin ? device.plugin->get() : devices::find_type(device.type);
}

}  // namespace firn::document
