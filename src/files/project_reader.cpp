#include "files/project_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "document/check.hpp"
#include "files/project_writer.hpp"

namespace firn::files {
namespace {

using nlohmann::json;

std::string shown(const json& value) {
  switch (value.type()) {
    case json::value_t::object: return "an object";
    case json::value_t::array: return fmt::format("an array of {}", value.size());
    case json::value_t::string:
      if (value.get_ref<const std::string&>().size() > 60) return "a long text";
      break;
    default: break;
  }
  return value.dump(-1, ' ', true, json::error_handler_t::replace);
}

template <class Number>
std::optional<Number> number_of(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "n/d" as ticks, if it is a whole number of them.
std::optional<std::int64_t> ticks_of_fraction(std::string_view text) {
  constexpr std::int64_t quarter = time::Beats::ticks_per_quarter;
  const auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto over = number_of<std::int64_t>(text.substr(0, slash));
  const auto under = number_of<std::int64_t>(text.substr(slash + 1));
  if (!over || !under || *under < 1 || quarter % *under != 0) return std::nullopt;
  const std::int64_t factor = quarter / *under;
  if (std::abs(static_cast<double>(*over)) * static_cast<double>(factor) > 4e18) return std::nullopt;
  return *over * factor;
}

}  // namespace

void Reader::wrong(std::string_view expected) const {
  throw Malformed{fmt::format("{}: expected {}, found {}", place_.pointer(), expected, shown(value_))};
}

void Reader::wrong_range(std::string_view least, std::string_view most) const {
  wrong(fmt::format("a whole number from {} to {}", least, most));
}

const std::string& Reader::text() const {
  if (!value_.is_string()) wrong("a text");
  return value_.get_ref<const std::string&>();
}

bool Reader::flag() const {
  if (!value_.is_boolean()) wrong("true or false");
  return value_.get<bool>();
}

double Reader::real() const {
  if (value_.is_string() && text() == "-inf") return -std::numeric_limits<double>::infinity();
  if (!value_.is_number()) wrong("a number or \"-inf\"");
  return value_.get<double>();
}

time::Beats Reader::beats() const {
  constexpr std::int64_t quarter = time::Beats::ticks_per_quarter;
  if (value_.is_string()) {
    if (const auto ticks = ticks_of_fraction(text())) return {*ticks};
  } else if (value_.is_number_integer()) {
    return {whole<std::int64_t>(-document::furthest_quarter, document::furthest_quarter) * quarter};
  } else if (value_.is_number_float()) {
    const double quarters = value_.get<double>();
    if (std::abs(quarters) <= static_cast<double>(furthest_decimal)) {
      return {std::llround(quarters * static_cast<double>(quarter))};
    }
  }
  wrong("quarter notes, such as 1.5 or \"4/3\"");
}

time::Frames Reader::frames() const { return {whole<std::int64_t>()}; }

base::Digest Reader::digest() const {
  const auto digest = value_.is_string() ? base::digest_of_hex(text()) : std::nullopt;
  if (!digest) wrong("64 hexadecimal digits in lower case");
  return *digest;
}

document::Color Reader::color() const {
  const bool shaped = value_.is_string() && text().size() == 7 && text()[0] == '#';
  const auto rgb = shaped ? number_of<std::uint32_t>(std::string_view(text()).substr(1), 16) : std::nullopt;
  if (!rgb) wrong("a colour such as \"#3a7bd5\"");
  return {*rgb};
}

std::uint64_t Reader::seed() const {
  const auto seed = value_.is_string() && text().size() == 16 ? number_of<std::uint64_t>(text(), 16) : std::nullopt;
  if (!seed) wrong("16 hexadecimal digits");
  return *seed;
}

std::pair<int, int> Reader::ratio() const {
  const std::string_view whole_text = value_.is_string() ? std::string_view(text()) : std::string_view();
  const auto slash = std::min(whole_text.find('/'), whole_text.size());
  const auto over = number_of<int>(whole_text.substr(0, slash));
  const auto under = number_of<int>(whole_text.substr(std::min(slash + 1, whole_text.size())));
  if (!over || !under) wrong("a time signature such as \"4/4\"");
  return {*over, *under};
}

std::size_t Reader::size(std::size_t least, std::size_t most) const {
  if (!value_.is_array()) wrong("an array");
  if (value_.size() < least || value_.size() > most) {
    wrong(least == most ? fmt::format("an array of {}", least) : fmt::format("an array of {} to {}", least, most));
  }
  return value_.size();
}

Fields::Fields(const Reader& object) : object_(object) {
  if (!object.value().is_object()) object.wrong("an object");
}

const json* Fields::find(std::string_view name) const {
  const auto& fields = object_.value().get_ref<const json::object_t&>();
  const auto found = fields.find(name);
  return found == fields.end() ? nullptr : &found->second;
}

bool Fields::has(std::string_view name) const { return find(name) != nullptr; }

Reader Fields::operator[](std::string_view name) {
  const json* value = find(name);
  if (!value) throw Malformed{fmt::format("{}: the field \"{}\" is missing", object_.place().pointer(), name)};
  taken_.push_back(name);
  return {*value, object_.place().field(name)};
}

document::UnknownFields Fields::unknown() const {
  document::UnknownFields unknown;
  if (taken_.size() == object_.value().size()) return unknown;
  for (const auto& [name, value] : object_.value().get_ref<const json::object_t&>()) {
    if (std::find(taken_.begin(), taken_.end(), name) == taken_.end()) unknown.emplace(name, value.dump());
  }
  return unknown;
}

void Fields::end() const {
  for (const auto& [name, value] : unknown()) {
    throw Malformed{fmt::format("{}: there is no such field here", object_.place().field(name).pointer())};
  }
}

}  // namespace firn::files
