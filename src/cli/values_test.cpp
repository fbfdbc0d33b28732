#include "cli/values.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

#include "devices/device_type.hpp"

using namespace firn;
using namespace firn::cli;
using devices::Scale;
using devices::Unit;

namespace {

const devices::Parameter decay{.name = "decay", .minimum = 0.1, .maximum = 30.0, .initial = 2.0, .unit = Unit::seconds};
const devices::Parameter shape{
    .name = "shape", .maximum = 2.0, .scale = Scale::choice, .choices = {"low", "band", "high"}};

time::TimeSignature any_signature() {
  time::TimeSignature signature;
  signature.numerator = *rc::gen::inRange(1, 20);
  signature.denominator = 1 << *rc::gen::inRange(0, 7);
  return signature;
}

// On a grid that people use, or anywhere.
time::Beats any_beats() {
  const auto unit = *rc::gen::element<std::int64_t>(1, 5'600, 4'032'000, 5'376'000, time::Beats::ticks_per_quarter);
  return {unit * *rc::gen::inRange<std::int64_t>(0, 60'000)};  // within a million bars of 1/64
}

}  // namespace

TEST_CASE("values are read with a unit, without one, and with another of its kind") {
  CHECK(parse_value(decay, "2.4s").value() == 2.4);
  CHECK(parse_value(decay, "2.4 s").value() == 2.4);
  CHECK(parse_value(decay, "2.4").value() == 2.4);
  CHECK(parse_value(decay, "120ms").value() == 0.12);
  const devices::Parameter cutoff{.name = "cutoff", .minimum = 20.0, .maximum = 20000.0, .unit = Unit::hertz};
  CHECK(parse_value(cutoff, "1.2kHz").value() == 1200.0);
  CHECK(parse_value(cutoff, "440hz").value() == 440.0);
  CHECK(parse_value(cutoff, "1.2k").value() == 1200.0);
  CHECK(parse_value(cutoff, "1e3").value() == 1000.0);
  const devices::Parameter rate{.name = "rate", .maximum = 400'000.0, .unit = Unit::hertz, .scale = Scale::whole};
  CHECK(parse_value(rate, "11.025k").value() == 11025.0);
  CHECK(parse_value(rate, "44.1kHz").value() == 44100.0);
  CHECK(parse_value(rate, "352.8kHz").value() == 352'800.0);
  CHECK(parse_value(shape, "Band").value() == 1.0);
  CHECK(parse_switch("solo", "on").value());
  CHECK_FALSE(parse_switch("solo", "off").value());
  CHECK(parse_decibels("volume", "-6dB").value() == -6.0);
  CHECK(parse_decibels("volume", "+3 dB").value() == 3.0);
  CHECK(parse_decibels("volume", "-inf").value() == -std::numeric_limits<double>::infinity());
  CHECK(parse_decibels("volume", "-inf dB").value() == -std::numeric_limits<double>::infinity());
}

TEST_CASE("a wrong value says the range and the unit") {
  for (const char* text : {"40s", "", "s", "2.4dB", "2.4ss", "nan", "inf", "--1", "1e999", "2,4s"}) {
    CAPTURE(text);
    const auto value = parse_value(decay, text);
    REQUIRE_FALSE(value);
    CHECK(value.error().kind == base::ErrorKind::usage);
    CHECK(value.error().message.find("0.1 to 30 s") != std::string::npos);
  }
  CHECK(parse_value(shape, "notch").error().message == "shape can't be \"notch\": it is low, band or high.");
  CHECK(parse_decibels("volume", "7dB").error().message == "volume can't be \"7dB\": it is -inf to 6 dB.");
  CHECK(parse_switch("solo", "maybe").error().message == "solo can't be \"maybe\": it is on or off.");
  const devices::Parameter program{.name = "program", .maximum = 127.0, .scale = Scale::whole};
  CHECK(parse_value(program, "1.5").error().message == "program can't be \"1.5\": it is a whole number, 0 to 127.");
}

TEST_CASE("every value of every device's parameters is read back from its text") {
  CHECK(rc::check("parse_value(format_value(v)) == v", [] {
    const auto& type = *rc::gen::elementOf(devices::catalogue());
    RC_PRE(!type.parameters.empty());
    const auto parameter = *rc::gen::elementOf(type.parameters);
    const double value = devices::value_of(parameter, *rc::gen::inRange(0, 1'000'001) / 1e6);
    RC_ASSERT(parse_value(parameter, format_value(parameter, value)).value() == value);
  }));
}

TEST_CASE("pan is written as in a mixer") {
  CHECK(parse_pan("20L").value() == -0.4);
  CHECK(parse_pan("20r").value() == 0.4);
  CHECK(parse_pan("C").value() == 0.0);
  CHECK(parse_pan("0").value() == 0.0);
  CHECK_FALSE(std::signbit(parse_pan("0L").value()));
  CHECK(format_pan(-0.4) == "20L");
  CHECK(format_pan(0.28) == "14R");
  for (const char* text : {"51L", "20", "-20", "L", "", "20X"}) CHECK_FALSE(parse_pan(text));
  CHECK(rc::check("parse_pan(format_pan(p)) is p", [] {
    const double pan = *rc::gen::inRange(-1'000'000, 1'000'001) / 1e6;
    RC_ASSERT(std::abs(parse_pan(format_pan(pan)).value() - pan) < 1e-15);
  }));
}

TEST_CASE("durations") {
  CHECK(parse_duration("2.4s").value().count == 2.4);
  CHECK(parse_duration("120ms").value().count == 0.12);
  CHECK(parse_duration("1:02.500").value().count == 62.5);
  for (const char* text : {"2.4", "1:60", "-1s", ":5", "1:", "x", "", "-inf s"}) CHECK_FALSE(parse_duration(text));
}

TEST_CASE("keys are read by name and number, and every key is read back") {
  CHECK(parse_key("C3").value() == 60);
  CHECK(parse_key("Bb2").value() == 58);
  CHECK(parse_key("b2").value() == 59);
  CHECK(parse_key("c#-1").value() == 13);
  CHECK(parse_key("60").value() == 60);
  for (const char* text : {"H3", "C", "128", "G#8", "Cb-2", "C3x", "", "C9999999999999999999"})
    CHECK_FALSE(parse_key(text));
  for (int key = 0; key < 128; ++key) CHECK(parse_key(format_key(key)).value() == key);
}

TEST_CASE("colours") {
  CHECK(parse_color("ff8800").value().rgb == 0xff8800);
  CHECK(parse_color("#FF8800").value().rgb == 0xff8800);
  CHECK(format_color({0x00a0ff}) == "#00a0ff");
  for (const char* text : {"f80", "#ff88001", "gg0000", "", "-f8800"}) CHECK_FALSE(parse_color(text));
}

TEST_CASE("lengths and positions in a clip are read back, in every signature") {
  const time::TimeSignature common;
  CHECK(std::get<time::Beats>(parse_length("4", common).value()) == time::Beats::quarters(16));
  CHECK(std::get<time::Beats>(parse_length("0.1.2", common).value()) == time::Beats::fraction(3, 2));
  CHECK(std::get<time::Seconds>(parse_length("2.5s", common).value()).count == 2.5);
  CHECK(parse_inner("1.2.1", common).value() == time::Beats::quarters(1));
  CHECK(parse_inner("-0.1.0", common).value() == time::Beats::quarters(-1));
  CHECK(parse_inner("1.1.1+1/3", common).value() == time::Beats::fraction(1, 12));
  for (const char* text : {"0.1.1", "1.5.1", "1.1.5", "1.1.1+3/3", "1.1.1+1/0", "1.", "x", ""})
    CHECK_FALSE(parse_inner(text, common));
  CHECK(rc::check("lengths", [] {
    const auto signature = any_signature();
    const auto beats = any_beats();
    RC_ASSERT(std::get<time::Beats>(parse_length(format_length(beats, signature), signature).value()) == beats);
  }));
  CHECK(rc::check("positions", [] {
    const auto signature = any_signature();
    const time::Beats at = any_beats() * *rc::gen::element<std::int64_t>(-1, 1);
    RC_ASSERT(parse_inner(format_inner(at, signature), signature).value() == at);
  }));
}
