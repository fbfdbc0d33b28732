#include "cli/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "edit/words.hpp"

namespace firn::cli {

using base::ErrorKind;
using base::Result;
using devices::Parameter;
using devices::Scale;
using devices::Unit;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double widest_pan = 50.0;  // as it is written

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

void drop_spaces(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes a number off the front: digits with a sign, a point, an exponent, or "-inf".
std::optional<double> take_number(std::string_view& text) {
  if (text.size() >= 4 && same_word(text.substr(0, 4), "-inf")) {
    text.remove_prefix(4);
    return -infinity;
  }
  std::string_view digits = text;
  if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
  const std::size_t first = !digits.empty() && digits.front() == '-' && digits.data() == text.data() ? 1 : 0;
  if (digits.size() <= first || (!is_digit(digits[first]) && digits[first] != '.')) return std::nullopt;
  double value = 0.0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// A unit's name, and what a value in it is in the parameter's unit: value * up / down.
struct UnitName {
  Unit unit;
  std::string_view name;
  double up = 1.0;
  double down = 1.0;
};

constexpr std::array unit_names = {
    UnitName{Unit::hertz, "Hz"},
    UnitName{Unit::hertz, "kHz", 1000.0},
    UnitName{Unit::hertz, "k", 1000.0},
    UnitName{Unit::decibels, "dB"},
    UnitName{Unit::seconds, "s"},
    UnitName{Unit::seconds, "ms", 1.0, 1000.0},
    UnitName{Unit::milliseconds, "ms"},
    UnitName{Unit::milliseconds, "s", 1000.0},
    UnitName{Unit::percent, "%"},
    UnitName{Unit::semitones, "st"},
    UnitName{Unit::semitones, "semitones"},
    UnitName{Unit::cents, "ct"},
    UnitName{Unit::cents, "cents"},
    UnitName{Unit::beats, "beats"},
    UnitName{Unit::beats, "beat"},
    UnitName{Unit::degrees, "°"},
    UnitName{Unit::degrees, "deg"},
    UnitName{Unit::normalised, "raw"},
};

// The value and its unit's name; none where the number or the unit can't be read.
std::optional<double> number_in(Unit unit, std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  drop_spaces(text);
  if (text.empty()) return unit == Unit::normalised ? std::nullopt : number;  // is it meant as the plug-in prints it?
  const auto found = std::find_if(unit_names.begin(), unit_names.end(), [&](const UnitName& known) {
    return known.unit == unit && same_word(known.name, text);
  });
  if (found == unit_names.end()) return std::nullopt;
  return *number * found->up / found->down;
}

std::string_view suffix_of(Unit unit) {
  const auto found =
      std::find_if(unit_names.begin(), unit_names.end(), [&](const UnitName& known) { return known.unit == unit; });
  return found == unit_names.end() ? std::string_view() : found->name;
}

std::string number_text(double value) {
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return fmt::format("{}", value == 0.0 ? 0.0 : value);
}

std::string with_unit(double value, Unit unit) {
  const std::string_view suffix = suffix_of(unit);
  const bool close = suffix.empty() || unit == Unit::percent || unit == Unit::degrees;
  return fmt::format("{}{}{}", number_text(value), close ? "" : " ", suffix);
}

std::string or_list(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::optional<double> switch_of(std::string_view text) {
  for (const std::string_view word : {"on", "yes", "true", "1"}) {
    if (same_word(text, word)) return 1.0;
  }
  for (const std::string_view word : {"off", "no", "false", "0"}) {
    if (same_word(text, word)) return 0.0;
  }
  return std::nullopt;
}

std::optional<double> choice_of(const Parameter& parameter, std::string_view text) {
  for (std::size_t i = 0; i < parameter.choices.size(); ++i) {
    if (same_word(parameter.choices[i], text)) return static_cast<double>(i);
  }
  return std::nullopt;
}

std::optional<std::int64_t> take_whole(std::string_view& text) {
  std::int64_t value = 0;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

devices::Parameter fader(std::string name) {
  return {.name = std::move(name), .minimum = -infinity, .maximum = 6.0, .unit = Unit::decibels};
}

devices::Parameter clip_gain() {
  return {.name = "gain", .minimum = -infinity, .maximum = 24.0, .unit = Unit::decibels};
}

devices::Parameter on_off(std::string name) {
  return {.name = std::move(name), .initial = 1.0, .scale = Scale::on_off};
}

std::string format_range(const Parameter& parameter) {
  switch (parameter.scale) {
    case Scale::on_off: return "on or off";
    case Scale::choice: return or_list(parameter.choices);
    case Scale::whole:
      return fmt::format("a whole number, {} to {}", number_text(parameter.minimum),
                         with_unit(parameter.maximum, parameter.unit));
    default:
      return fmt::format("{} to {}", number_text(parameter.minimum), with_unit(parameter.maximum, parameter.unit));
  }
}

Result<double> parse_value(const Parameter& parameter, std::string_view text) {
  const std::string_view given = text;
  drop_spaces(text);
  std::optional<double> value;
  switch (parameter.scale) {
    case Scale::on_off: value = switch_of(text); break;
    case Scale::choice: value = choice_of(parameter, text); break;
    default: value = number_in(parameter.unit, text);
  }
  const bool inside = value && *value >= parameter.minimum && *value <= parameter.maximum;
  const bool whole = value && (parameter.scale != Scale::whole || *value == std::floor(*value));
  if (inside && whole) return *value == 0.0 ? 0.0 : *value;
  return base::fail(ErrorKind::usage,
                    fmt::format("{} can't be \"{}\": it is {}.", parameter.name, given, format_range(parameter)));
}

std::string format_value(const Parameter& parameter, double value) {
  const auto index = static_cast<std::size_t>(std::max(value, 0.0));
  if (parameter.scale == Scale::on_off && (value == 0.0 || value == 1.0)) return value == 1.0 ? "on" : "off";
  if (parameter.scale == Scale::choice && value >= 0.0 && index < parameter.choices.size())
    return parameter.choices[index];
  return with_unit(value, parameter.unit);
}

Result<double> parse_decibels(std::string_view name, std::string_view text) {
  return parse_value(fader(std::string(name)), text);
}

Result<bool> parse_switch(std::string_view name, std::string_view text) {
  return parse_value(on_off(std::string(name)), text).map([](double value) { return value == 1.0; });
}

std::string format_decibels(double db) { return with_unit(db, Unit::decibels); }

Result<double> parse_pan(std::string_view text) {
  const std::string_view given = text;
  drop_spaces(text);
  if (same_word(text, "C")) return 0.0;
  if (const auto number = take_number(text); number && *number >= 0.0 && *number <= widest_pan) {
    if (same_word(text, "L")) return *number == 0.0 ? 0.0 : -*number / widest_pan;
    if (same_word(text, "R") || (text.empty() && *number == 0.0)) return *number / widest_pan;
  }
  return base::fail(ErrorKind::usage,
                    fmt::format("pan can't be \"{}\": it is 50L to 50R, with C (or 0) as the centre.", given));
}

std::string format_pan(double pan) {
  if (pan == 0.0) return "C";
  // The shortest text that reads back as this pan: 0.28 is 14R, though 0.28 * 50 is not quite 14.
  std::string text;
  for (int digits = 0; digits <= 17; ++digits) {
    text = fmt::format("{:.{}f}", std::abs(pan) * widest_pan, digits);
    if (std::stod(text) / widest_pan == std::abs(pan)) break;
  }
  return text + (pan < 0.0 ? "L" : "R");
}

Result<time::Seconds> parse_duration(std::string_view text) {
  std::string_view rest = text;
  drop_spaces(rest);
  constexpr double longest = 1e6;
  if (rest.find(':') != std::string_view::npos) {
    const auto minutes = take_whole(rest);
    const bool colon = take(rest, ':');
    const auto seconds = take_number(rest);
    if (minutes && *minutes <= 20'000 && colon && rest.empty() && seconds && *seconds >= 0.0 && *seconds < 60.0) {
      return time::Seconds{static_cast<double>(*minutes) * 60.0 + *seconds};
    }
  } else if (!rest.empty() && !is_digit(rest.back())) {
    const auto seconds = number_in(Unit::seconds, rest);
    if (seconds && *seconds >= 0.0 && *seconds <= longest) return time::Seconds{*seconds};
  }
  return base::fail(ErrorKind::usage,
                    fmt::format("\"{}\" is not a duration. Give seconds (2.4s), milliseconds (120ms) or "
                                "minutes:seconds (1:02.500).",
                                text));
}

Result<int> parse_key(std::string_view text) {
  static constexpr std::array<int, 7> steps = {9, 11, 0, 2, 4, 5, 7};  // A to G, from C
  std::string_view rest = text;
  std::optional<std::int64_t> key;
  if (!rest.empty() && is_digit(rest.front())) {
    key = take_whole(rest);
  } else if (!rest.empty() && lower(rest.front()) >= 'a' && lower(rest.front()) <= 'g') {
    const int step = steps[static_cast<std::size_t>(lower(rest.front()) - 'a')];
    rest.remove_prefix(1);
    const int shift = take(rest, '#') ? 1 : take(rest, 'b') ? -1 : 0;
    const int sign = take(rest, '-') ? -1 : 1;
    if (const auto octave = take_whole(rest); octave && *octave <= 8) key = (sign * *octave + 2) * 12 + step + shift;
  }
  if (key && rest.empty() && *key >= 0 && *key <= 127) return static_cast<int>(*key);
  return base::fail(
      ErrorKind::usage,
      fmt::format("\"{}\" is not a key. Give a name from C-2 to G8 (C3 is middle C) or a number from 0 to 127.", text));
}

std::string format_key(int key) { return edit::key_text(key); }

Result<document::Color> parse_color(std::string_view text) {
  std::string_view digits = text;
  take(digits, '#');
  std::uint32_t rgb = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rgb, 16);
  if (digits.size() != 6 || error != std::errc() || end != digits.data() + digits.size()) {
    return base::fail(ErrorKind::usage,
                      fmt::format("\"{}\" is not a colour. Give six hexadecimal digits: ff8800.", text));
  }
  return document::Color{rgb};
}

std::string format_color(document::Color color) { return fmt::format("#{:06x}", color.rgb); }

Result<std::int64_t> parse_whole(std::string_view name, std::string_view text, std::int64_t least, std::int64_t most) {
  std::string_view rest = text;
  const bool negative = take(rest, '-');
  if (!negative) take(rest, '+');
  const auto number = take_whole(rest);
  const std::int64_t value = number ? (negative ? -*number : *number) : 0;
  if (number && rest.empty() && value >= least && value <= most) return value;
  return base::fail(ErrorKind::usage,
                    fmt::format("{} can't be \"{}\": it is a whole number, {} to {}.", name, text, least, most));
}

// ---- Bars, beats and sixteenths of one signature

namespace {

constexpr std::int64_t sixteenth_ticks = time::Beats::ticks_per_quarter / 4;

struct Grid {
  std::int64_t beat;    // ticks
  std::int64_t bar;     // ticks
  std::int64_t number;  // of sixteenths in a beat; 1 where a beat is no longer than one

  explicit Grid(time::TimeSignature signature)
      : beat(4 * time::Beats::ticks_per_quarter / signature.denominator),
        bar(beat * signature.numerator),
        number(std::max<std::int64_t>(1, beat / sixteenth_ticks)) {}
};

// "bars.beats.sixteenths+n/d" counted from `first`.
std::string grid_text(std::int64_t ticks, const Grid& grid, int first) {
  const std::int64_t in_beat = ticks % grid.bar % grid.beat;
  const std::int64_t sixteenth = std::min(in_beat / sixteenth_ticks, grid.number - 1);
  const std::int64_t rest = in_beat - sixteenth * sixteenth_ticks;
  std::string text =
      fmt::format("{}.{}.{}", ticks / grid.bar + first, ticks % grid.bar / grid.beat + first, sixteenth + first);
  if (rest != 0) {
    const std::int64_t common = std::gcd(rest, sixteenth_ticks);
    text += fmt::format("+{}/{}", rest / common, sixteenth_ticks / common);
  }
  return text;
}

std::optional<std::int64_t> ticks_of_grid(std::string_view text, const Grid& grid, int first) {
  constexpr std::int64_t most_bars = 1'000'000;
  const auto bars = take_whole(text);
  std::int64_t beats = first;
  std::int64_t sixteenths = first;
  std::int64_t fine = 0;
  if (!bars || *bars < first || *bars > most_bars) return std::nullopt;
  if (take(text, '.')) {
    const auto given = take_whole(text);
    if (!given) return std::nullopt;
    beats = *given;
    if (take(text, '.')) {
      const auto given_sixteenths = take_whole(text);
      if (!given_sixteenths) return std::nullopt;
      sixteenths = *given_sixteenths;
    }
  }
  if (take(text, '+')) {
    const auto part = take_whole(text);
    const auto whole = take(text, '/') ? take_whole(text) : std::nullopt;
    if (!part || !whole || *whole > sixteenth_ticks || *part >= *whole) return std::nullopt;
    fine = *part * sixteenth_ticks / *whole;
  }
  const bool inside =
      beats >= first && beats - first < grid.bar / grid.beat && sixteenths >= first && sixteenths - first < grid.number;
  if (!text.empty() || !inside) return std::nullopt;
  const std::int64_t in_beat = (sixteenths - first) * sixteenth_ticks + fine;
  if (in_beat >= grid.beat) return std::nullopt;
  return (*bars - first) * grid.bar + (beats - first) * grid.beat + in_beat;
}

std::string signature_text(time::TimeSignature signature) {
  return fmt::format("{}/{}", signature.numerator, signature.denominator);
}

}  // namespace

Result<Length> parse_length(std::string_view text, time::TimeSignature signature) {
  if (const auto ticks = ticks_of_grid(text, Grid(signature), 0)) return Length(time::Beats{*ticks});
  if (const auto duration = parse_duration(text)) return Length(*duration);
  return base::fail(ErrorKind::usage,
                    fmt::format("\"{}\" is not a length. Give bars.beats.sixteenths, counted from 0 (in {}: 4.0.0 is "
                                "four bars), seconds (2.4s), milliseconds (120ms) or minutes:seconds.",
                                text, signature_text(signature)));
}

std::string format_length(time::Beats length, time::TimeSignature signature) {
  return grid_text(length.ticks, Grid(signature), 0);
}

time::Beats beats_of(const Length& length, time::Beats start, const time::TempoMap& map) {
  if (const auto* beats = std::get_if<time::Beats>(&length)) return *beats;
  return map.beats_at(time::Seconds{map.seconds_at(start).count + std::get<time::Seconds>(length).count}) - start;
}

time::Frames frames_of(const Length& length, time::Beats start, const time::TempoMap& map, time::SampleRate rate) {
  if (const auto* seconds = std::get_if<time::Seconds>(&length)) return time::frames_of(*seconds, rate);
  return map.frame_at(start + std::get<time::Beats>(length), rate) - map.frame_at(start, rate);
}

Result<time::Beats> parse_grid(std::string_view text) {
  std::string_view rest = text;
  const bool is_triplet = !rest.empty() && (rest.back() == 'T' || rest.back() == 't');
  if (is_triplet) rest.remove_suffix(1);
  const auto slash = rest.find('/');
  const auto above = parse_whole("", rest.substr(0, slash), 1, 64);
  const auto below = parse_whole("", slash == std::string_view::npos ? "1" : rest.substr(slash + 1), 1, 128);
  if (above && below) return time::Beats::fraction(4 * *above * (is_triplet ? 2 : 1), *below * (is_triplet ? 3 : 1));
  return base::fail(
      ErrorKind::usage,
      fmt::format("\"{}\" is not the value of a note. Give it as 1/4, 1/16, or 1/8T for triplets.", text));
}

Result<time::Beats> parse_inner(std::string_view text, time::TimeSignature signature) {
  std::string_view rest = text;
  const bool before = take(rest, '-');
  if (const auto ticks = ticks_of_grid(rest, Grid(signature), before ? 0 : 1))
    return time::Beats{before ? -*ticks : *ticks};
  return base::fail(
      ErrorKind::usage,
      fmt::format("\"{}\" is not a position in the clip. Give bars.beats.sixteenths, from 1.1.1 where the "
                  "clip's content begins (its bars are {}).",
                  text, signature_text(signature)));
}

std::string format_inner(time::Beats at, time::TimeSignature signature) {
  return at.ticks < 0 ? "-" + grid_text(-at.ticks, Grid(signature), 0) : grid_text(at.ticks, Grid(signature), 1);
}

}  // namespace firn::cli
