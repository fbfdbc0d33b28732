#include "devices/parameter.hpp"

#include <algorithm>
#include <cmath>

namespace firn::devices {
namespace {

bool steps(Scale scale) { return scale == Scale::whole || scale == Scale::choice || scale == Scale::on_off; }

}  // namespace

double nearest_of(const Parameter& parameter, double value) {
  if (std::isnan(value)) return parameter.initial;
  const double inside = std::clamp(value, parameter.minimum, parameter.maximum);
  return steps(parameter.scale) ? std::floor(inside + 0.5) : inside;
}

double knob_of(const Parameter& parameter, double value) {
  const double inside = nearest_of(parameter, value);
  const double low = parameter.minimum;
  const double high = parameter.maximum;
  if (!(high > low)) return 0.0;
  if (parameter.scale == Scale::logarithmic) return std::log(inside / low) / std::log(high / low);
  return (inside - low) / (high - low);
}

double value_of(const Parameter& parameter, double knob) {
  const double turn = std::isnan(knob) ? 0.0 : std::clamp(knob, 0.0, 1.0);
  const double low = parameter.minimum;
  const double high = parameter.maximum;
  if (turn == 0.0) return low;
  if (turn == 1.0) return high;
  const double value =
      parameter.scale == Scale::logarithmic ? low * std::exp(turn * std::log(high / low)) : low + turn * (high - low);
  return nearest_of(parameter, value);
}

}  // namespace firn::devices
