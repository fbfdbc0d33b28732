// The same plug-in in another format: which parameter is which there, and what its value is. Pure; any thread.
#pragma once

#include <vector>

#include "devices/device_type.hpp"

namespace firn::plugins {

// By a parameter's number in `from`: its number in `to`, or -1. Formats name parameters differently: letters and digits alone count,
// of the name, or of the title.
std::vector<int> counterparts(const devices::DeviceType& from, const devices::DeviceType& to);

// The value of the counterpart: a choice by its words; the same number where both have the same range; else the same place in the range,
// as where VST3 has 0 to 1 for it.
double carried(const devices::Parameter& from, const devices::Parameter& to, double value);

// The value of the same parameter in another version of the plug-in, where the same number is meant: but for choices, which a value counts.
double updated(const devices::Parameter& from, const devices::Parameter& to, double value);

}  // namespace firn::plugins
