#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "time/tempo_map.hpp"

namespace firn::time {
namespace {

constexpr std::int64_t ticks_per_sixteenth = Beats::ticks_per_quarter / 4;
constexpr std::int64_t last_bar = 1'000'000;
constexpr double last_second = 1e6;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes a whole number off the front of `text`.
std::optional<std::int64_t> take_whole(std::string_view& text) {
  std::int64_t value = 0;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// The whole of `text` as digits with at most one point.
std::optional<double> decimal_of(std::string_view text) {
  double value = 0.0;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value, std::chars_format::fixed);
  if (error != std::errc{} || end != last) return std::nullopt;
  return value;
}

tl::unexpected<base::Error> bad_position(std::string_view text) {
  return base::fail(
      base::ErrorKind::usage,
      fmt::format("\"{}\" is not a position. Give bars.beats.sixteenths (17.3.2), minutes:seconds (1:02.500) "
                  "or seconds (62.5s).",
                  text));
}

base::Result<Beats> beats_of_clock(double seconds, std::string_view text, const TempoMap& map) {
  if (seconds > last_second) {
    return base::fail(base::ErrorKind::usage, fmt::format("\"{}\" lies beyond 1000000 seconds.", text));
  }
  return map.beats_at(Seconds{seconds});
}

base::Result<Beats> parse_musical(std::string_view text, const TempoMap& map) {
  std::string_view rest = text;
  const auto bar = take_whole(rest);
  std::int64_t beat = 1;
  std::int64_t sixteenth = 1;
  std::int64_t fine_ticks = 0;
  if (!bar) return bad_position(text);
  if (take(rest, '.')) {
    const auto given = take_whole(rest);
    if (!given) return bad_position(text);
    beat = *given;
    if (take(rest, '.')) {
      const auto given_sixteenth = take_whole(rest);
      if (!given_sixteenth) return bad_position(text);
      sixteenth = *given_sixteenth;
    }
  }
  if (take(rest, '+')) {
    const auto part = take_whole(rest);
    const auto whole = take(rest, '/') ? take_whole(rest) : std::nullopt;
    if (!part || !whole || *whole > ticks_per_sixteenth || *part >= *whole) return bad_position(text);
    fine_ticks = *part * ticks_per_sixteenth / *whole;
  }
  if (!rest.empty()) return bad_position(text);

  const auto refuse = [&](std::string_view why) {
    return base::fail(base::ErrorKind::usage, fmt::format("There is no position \"{}\": {}.", text, why));
  };
  if (*bar < 1 || *bar > last_bar) return refuse("bars count from 1 to 1000000");
  const Beats start = map.start_of_bar(*bar);
  const TimeSignature signature = map.signature_at(start);
  const std::int64_t ticks_per_beat = 4 * Beats::ticks_per_quarter / signature.denominator;
  if (beat < 1 || beat > signature.numerator) {
    return refuse(fmt::format("bar {} has beats 1 to {}", *bar, signature.numerator));
  }
  const std::int64_t sixteenths = std::max<std::int64_t>(1, ticks_per_beat / ticks_per_sixteenth);
  if (sixteenth < 1 || sixteenth > sixteenths) {
    return refuse(fmt::format("a beat of bar {} has sixteenths 1 to {}", *bar, sixteenths));
  }
  const std::int64_t in_beat = (sixteenth - 1) * ticks_per_sixteenth + fine_ticks;
  const Beats at = start + Beats{(beat - 1) * ticks_per_beat + in_beat};
  if (in_beat >= ticks_per_beat || at >= map.start_of_bar(*bar + 1))
    return refuse("the next beat or bar begins before it");
  return at;
}

}  // namespace

base::Result<Beats> parse_position(std::string_view text, const TempoMap& map) {
  if (!text.empty() && text.back() == 's') {
    const auto seconds = decimal_of(text.substr(0, text.size() - 1));
    return seconds ? beats_of_clock(*seconds, text, map) : bad_position(text);
  }
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    std::string_view head = text.substr(0, colon);
    const auto minutes = take_whole(head);
    const auto seconds = decimal_of(text.substr(colon + 1));
    if (!minutes || !head.empty() || !seconds || *seconds >= 60.0) return bad_position(text);
    return beats_of_clock(static_cast<double>(*minutes) * 60.0 + *seconds, text, map);
  }
  return parse_musical(text, map);
}

std::string format_position(Beats at, const TempoMap& map) {
  const MusicalPosition position = map.position_of(at);
  std::string text = fmt::format("{}.{}.{}", position.bar, position.beat, position.sixteenth);
  if (const std::int64_t rest = position.rest.ticks; rest != 0) {
    const std::int64_t common = std::gcd(rest, ticks_per_sixteenth);
    text += fmt::format("+{}/{}", rest / common, ticks_per_sixteenth / common);
  }
  return text;
}

std::string format_clock(Seconds at) {
  const auto milliseconds = static_cast<std::int64_t>(std::floor(std::abs(at.count) * 1000.0 + 0.5));
  const char* sign = at.count < 0.0 && milliseconds > 0 ? "-" : "";
  return fmt::format("{}{}:{:02}.{:03}", sign, milliseconds / 60'000, milliseconds / 1000 % 60, milliseconds % 1000);
}

}  // namespace firn::time
