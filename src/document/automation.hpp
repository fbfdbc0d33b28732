// Automation: a parameter's breakpoints on the Arrangement. Values; any thread.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "document/ids.hpp"
#include "time/beats.hpp"

namespace firn::document {

// The segment that starts at a breakpoint goes to the next one as f(t), t from 0 to 1:
// f(t) = t / (t + (1 - t) (1 + curve) / (1 - curve)). curve 0 is a line; above 0 it starts slowly, below 0 fast.
struct Breakpoint {
  time::Beats at;
  double value = 0.0;  // in the parameter's unit; switches are 0 or 1
  bool hold = false;   // the value stays until the next breakpoint
  double curve = 0.0;  // -1 < curve < 1

  friend bool operator==(const Breakpoint&, const Breakpoint&) = default;
};

enum class MixerParameter { volume, pan, activator };

struct MixerTarget {
  MixerParameter parameter = MixerParameter::volume;
  friend auto operator<=>(const MixerTarget&, const MixerTarget&) = default;
};

struct SendTarget {
  TrackId to;
  friend auto operator<=>(const SendTarget&, const SendTarget&) = default;
};

// `parameter` is the device's own name for it, or "on" for its switch.
struct DeviceTarget {
  DeviceId device;
  std::string parameter;
  friend auto operator<=>(const DeviceTarget&, const DeviceTarget&) = default;
};

using AutomationTarget = std::variant<MixerTarget, SendTarget, DeviceTarget>;

// Breakpoints sorted by position; two at one position are a step. Before the first, its value; after the last, its value.
// Volume and sends are given in dB and move as amplitude; a device's parameter moves on its own scale (Parameter::scale).
struct Automation {
  AutomationTarget target;
  std::vector<Breakpoint> points;
  UnknownFields unknown = {};

  friend bool operator==(const Automation&, const Automation&) = default;
};

}  // namespace firn::document
