#include "plugins/host/value_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace firn::plugins::host {
namespace {

template <class Number>
std::string digits_of(Number value) {
  std::array<char, 64> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

double value_of_choice(const Parameter& parameter, std::size_t choice) {
  const auto last = static_cast<double>(parameter.choices.size() - 1);
  return parameter.minimum + static_cast<double>(choice) * (parameter.maximum - parameter.minimum) / last;
}

}  // namespace

std::string shortest_text(double value) { return digits_of(value); }

std::string text_of_value(const Parameter& parameter, double value) {
  if (parameter.choices.size() > 1 && parameter.maximum > parameter.minimum) {
    const double part = (value - parameter.minimum) / (parameter.maximum - parameter.minimum);
    const auto last = static_cast<double>(parameter.choices.size() - 1);
    return parameter.choices[static_cast<std::size_t>(std::lround(std::clamp(part, 0.0, 1.0) * last))];
  }
  const std::string number = digits_of(static_cast<float>(value));
  return parameter.unit.empty() ? number : number + ' ' + parameter.unit;
}

Result<double> value_of_text(const Parameter& parameter, const std::string& text) {
  for (std::size_t i = 0; i < parameter.choices.size(); ++i) {
    if (parameter.choices[i] == text && parameter.choices.size() > 1) return value_of_choice(parameter, i);
  }
  double value = 0.0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
    return fail("\"" + text + "\" is not a value of " + parameter.title + ".");
  }
  return value;
}

}  // namespace firn::plugins::host
