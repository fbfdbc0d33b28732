// Parameter: what a device lets a user set, declared once. A value; any thread.
#pragma once

#include <string>
#include <vector>

namespace firn::devices {

// normalised: of 0 to 1, by which a plug-in goes inwardly; it prints another number, in a unit that it alone knows.
enum class Unit { none, hertz, decibels, seconds, milliseconds, percent, semitones, cents, beats, degrees, normalised };

// How 0 to 1 of a knob, and automation between two breakpoints, map to the value.
enum class Scale { linear, logarithmic, whole, choice, on_off };  // whole, choice and on_off step; they never ramp

struct Parameter {
  std::string name;  // lower case, words joined by '-': "decay", "band1-gain"
  double minimum = 0.0;
  double maximum = 1.0;
  double initial = 0.0;
  Unit unit = Unit::none;
  Scale scale = Scale::linear;
  bool automatable = true;             // false for what changes latency or allocates
  std::vector<std::string> choices{};  // for Scale::choice: the value is an index
  std::string title{};                 // as a plug-in shows it; empty: the name says it

  friend bool operator==(const Parameter&, const Parameter&) = default;
};

double nearest_of(const Parameter&, double value);  // the nearest value it can take; initial for not-a-number
double knob_of(const Parameter&, double value);     // value -> 0 to 1
double value_of(const Parameter&, double knob);     // 0 to 1 -> value

}  // namespace firn::devices
