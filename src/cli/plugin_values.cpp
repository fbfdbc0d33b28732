#include "cli/plugin_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/values.hpp"

namespace firn::cli {

using base::ErrorKind;
using devices::Parameter;
using devices::Scale;

namespace {

// Letters and digits, in lower case.
std::string plain_of(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return plain;
}

struct Number {
  double value = 0.0;
  double place = 1.0;  // of its last digit
  char unit = 0;       // the first letter of what follows; 0: none
};

// The first in the text.
std::optional<Number> number_in(std::string_view text) {
  auto begin = text.find_first_of("0123456789");
  if (begin == std::string_view::npos) return std::nullopt;
  if (begin > 0 && text[begin - 1] == '.') --begin;
  const bool is_below = begin > 0 && text[begin - 1] == '-';
  text.remove_prefix(begin);
  Number number;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number.value);
  if (read.ec != std::errc()) return std::nullopt;
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(read.ptr - text.data()));
  if (const auto dot = digits.find('.'); dot != std::string_view::npos)
    number.place = std::pow(10.0, -static_cast<double>(digits.size() - dot - 1));
  std::string unit = plain_of(text.substr(digits.size()));
  if (unit.starts_with('k')) {
    number.value *= 1000.0;
    number.place *= 1000.0;
    unit.erase(0, 1);
  }
  if (!unit.empty()) number.unit = unit.front();
  if (is_below) number.value = -number.value;
  return number;
}

}  // namespace

bool says_the_same(std::string_view written, std::string_view printed) {
  const auto mine = number_in(written);
  const auto its = number_in(printed);
  if (!mine || !its) return !plain_of(written).empty() && plain_of(printed).starts_with(plain_of(written));
  if (mine->unit != 0 && its->unit != 0 && mine->unit != its->unit) return false;
  const double near = std::max({its->place, mine->place * 0.5, 0.001 * std::abs(its->value)});
  return std::abs(mine->value - its->value) <= near;
}

plugins::LoadedPlugin& PluginValues::plugin() {
  if (!plugin_) {
    const auto files = files_of(editing_.session.directory(), editing_.project());
    plugin_ = must(editing_.machine.open(as_it_is_, editing_.project().rate, files));
  }
  return *plugin_;
}

double PluginValues::value_of(int index, const std::string& text) {
  const Parameter& parameter = type_.parameters[static_cast<std::size_t>(index)];
  auto value = parse_value(parameter, text);
  const bool is_raw = parameter.unit == devices::Unit::normalised && plain_of(text).ends_with("raw");
  if (value || is_raw || !type_.plugin) return must(value);
  const int place = plugin().places[static_cast<std::size_t>(index)];
  if (place < 0) return must(value);
  const auto read = plugin().read(place, text);
  if (!read) return must(value);
  if (!says_the_same(text, read->said)) {
    refuse(ErrorKind::usage,
           fmt::format("{} can't be \"{}\": {} reads that as \"{}\"{}.", parameter.name, text, type_.title, read->said,
                       parameter.unit == devices::Unit::normalised ? "; 0raw to 1raw is all of its range" : ""));
  }
  const bool is_value = read->value >= parameter.minimum && read->value <= parameter.maximum;
  return is_value ? devices::nearest_of(parameter, read->value) : must(value);
}

}  // namespace firn::cli
