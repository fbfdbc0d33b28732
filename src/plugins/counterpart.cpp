#include "plugins/counterpart.hpp"

#include <algorithm>
#include <cmath>

namespace firn::plugins {
namespace {

using devices::DeviceType;
using devices::Parameter;

std::string essence(const std::string& text) {
  std::string kept;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') kept += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) kept += c;
  }
  return kept;
}

bool is_called(const Parameter& parameter, const Parameter& other) {
  const auto same = [](const std::string& a, const std::string& b) { return !a.empty() && essence(a) == essence(b); };
  return same(parameter.name, other.name) || same(parameter.title, other.title) || same(parameter.name, other.title) ||
         same(parameter.title, other.name);
}

// The choice of the same words, or -1.
int same_choice(const Parameter& from, const Parameter& to, double value) {
  const auto choice = static_cast<std::size_t>(std::max(0L, std::lround(value)));
  if (choice >= from.choices.size()) return -1;
  const auto same = std::find(to.choices.begin(), to.choices.end(), from.choices[choice]);
  return same == to.choices.end() ? -1 : static_cast<int>(same - to.choices.begin());
}

}  // namespace

std::vector<int> counterparts(const DeviceType& from, const DeviceType& to) {
  std::vector<int> places;
  std::vector<bool> taken(to.parameters.size());
  for (const Parameter& parameter : from.parameters) {
    int place = -1;
    for (std::size_t i = 0; i < taken.size() && place < 0; ++i) {
      if (!taken[i] && is_called(to.parameters[i], parameter)) place = static_cast<int>(i);
    }
    if (place >= 0) taken[static_cast<std::size_t>(place)] = true;
    places.push_back(place);
  }
  return places;
}

double carried(const Parameter& from, const Parameter& to, double value) {
  if (const int same = same_choice(from, to, value); same >= 0) return same;
  const double range = from.maximum - from.minimum;
  if ((from.minimum == to.minimum && from.maximum == to.maximum) || !(range > 0.0))
    return devices::nearest_of(to, value);
  const double place = (value - from.minimum) / range;
  return devices::nearest_of(to, to.minimum + place * (to.maximum - to.minimum));
}

double updated(const Parameter& from, const Parameter& to, double value) {
  if (from.choices == to.choices) return value;
  if (from.choices.empty() || to.choices.empty()) return carried(from, to, value);
  const int same = same_choice(from, to, value);
  return same >= 0 ? same : devices::nearest_of(to, value);
}

}  // namespace firn::plugins
