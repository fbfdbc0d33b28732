#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>

#include "time/tempo_map.hpp"

using namespace firn;
using namespace firn::time;

namespace {

TempoMap odd_map() {
  return *TempoMap::make({{Beats{}, 90.0, true}, {Beats::quarters(20), 140.0}},
                         {{Beats{}, 4, 4}, {Beats::quarters(8), 7, 8}, {Beats::quarters(13), 5, 32}});
}

}  // namespace

TEST_CASE("positions: bars.beats.sixteenths, minutes:seconds, seconds") {
  const TempoMap map;
  CHECK(parse_position("1", map) == Beats{});
  CHECK(parse_position("17", map) == Beats::quarters(64));
  CHECK(parse_position("17.3", map) == Beats::quarters(66));
  CHECK(parse_position("17.3.2", map) == Beats::fraction(265, 4));
  CHECK(parse_position("17.3.2+1/3", map) == Beats::fraction(265, 4) + Beats::fraction(1, 12));
  CHECK(parse_position("1:02.500", map) == Beats::quarters(125));
  CHECK(parse_position("0:07", map) == Beats::quarters(14));
  CHECK(parse_position("62.5s", map) == Beats::quarters(125));
  CHECK(parse_position("3s", map) == Beats::quarters(6));
  CHECK(format_position(Beats::fraction(265, 4), map) == "17.3.2");
  CHECK(format_position(Beats::fraction(1, 12), map) == "1.1.1+1/3");
}

TEST_CASE("positions: what is not one names the three forms") {
  const TempoMap map;
  for (const char* text : {"",
                           "x",
                           "1.",
                           ".1",
                           "1.1.1.1",
                           "1:60",
                           "1:-3",
                           "1:2:3",
                           "inf",
                           "infs",
                           "nans",
                           "-1s",
                           "s",
                           "1e3s",
                           "1 ",
                           "1+1/0",
                           "1+1/1",
                           "1+1",
                           "1:",
                           ":1",
                           "99999999999999999999",
                           "1.1.1+99999999999999999999/3"}) {
    CAPTURE(text);
    const auto position = parse_position(text, map);
    REQUIRE_FALSE(position);
    CHECK(position.error().kind == base::ErrorKind::usage);
    CHECK(position.error().message.find("bars.beats.sixteenths") != std::string::npos);
  }
}

TEST_CASE("positions: one that the bars do not have says what they have") {
  const TempoMap map;
  const auto message = [&](std::string_view text) { return parse_position(text, map).error().message; };
  CHECK(message("0") == "There is no position \"0\": bars count from 1 to 1000000.");
  CHECK(message("1000001") == "There is no position \"1000001\": bars count from 1 to 1000000.");
  CHECK(message("3.5") == "There is no position \"3.5\": bar 3 has beats 1 to 4.");
  CHECK(message("3.4.5") == "There is no position \"3.4.5\": a beat of bar 3 has sixteenths 1 to 4.");
  CHECK(message("2000000s") == "\"2000000s\" lies beyond 1000000 seconds.");
  // Bar 4 of this map ends after three of its seven eighths.
  CHECK(parse_position("4.3", odd_map()) == Beats::fraction(25, 2));
  CHECK(parse_position("4.4", odd_map()).error().message ==
        "There is no position \"4.4\": the next beat or bar begins before it.");
}

TEST_CASE("positions round trip, to the tick") {
  CHECK(rc::check("parse(format(b)) == b", [] {
    const auto map = odd_map();
    const Beats at{*rc::gen::inRange<std::int64_t>(0, 60 * Beats::ticks_per_quarter)};
    RC_ASSERT(parse_position(format_position(at, map), map) == at);
  }));
  CHECK(rc::check("parse(format_clock(s)) is within half a millisecond", [] {
    const auto map = odd_map();
    const Seconds at{*rc::gen::inRange(0, 10'000'000) / 1e4};
    const auto parsed = parse_position(format_clock(at), map);
    RC_ASSERT(parsed);
    RC_ASSERT(std::abs(map.seconds_at(*parsed).count - at.count) < 0.000501);
  }));
}

TEST_CASE("the clock: minutes, seconds, thousandths") {
  CHECK(format_clock(Seconds{62.5}) == "1:02.500");
  CHECK(format_clock(Seconds{0.0}) == "0:00.000");
  CHECK(format_clock(Seconds{59.9996}) == "1:00.000");
  CHECK(format_clock(Seconds{3661.0}) == "61:01.000");
  CHECK(format_clock(Seconds{-1.25}) == "-0:01.250");
  CHECK(format_clock(Seconds{-0.0001}) == "0:00.000");
}
