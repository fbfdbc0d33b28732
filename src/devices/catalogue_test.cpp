#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>
#include <set>

#include "devices/device_type.hpp"
#include "devices/processor.hpp"

namespace firn::devices {

TEST_CASE("the catalogue is sound") {
  std::set<std::string> names;
  for (const DeviceType& type : catalogue()) {
    CAPTURE(type.name);
    CHECK(names.insert(type.name).second);
    CHECK(!type.title.empty());
    CHECK(type.about.size() > 20);
    CHECK(type.about.back() == '.');
    CHECK(type.version >= 1);
    CHECK(find_type(type.name)->title == type.title);
    std::set<std::string> parameters;
    for (const Parameter& p : type.parameters) {
      CAPTURE(p.name);
      CHECK(parameters.insert(p.name).second);
      CHECK(p.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
      CHECK(p.minimum < p.maximum);
      CHECK(p.initial == nearest_of(p, p.initial));
      CHECK((p.scale != Scale::logarithmic || p.minimum > 0.0));
      CHECK((p.scale == Scale::choice) == !p.choices.empty());
      if (p.scale == Scale::choice) {
        CHECK(p.minimum == 0.0);
        CHECK(p.maximum == static_cast<double>(p.choices.size() - 1));
      }
      if (p.scale == Scale::on_off) CHECK((p.minimum == 0.0 && p.maximum == 1.0));
      CHECK(index_of(type, p.name) == static_cast<int>(parameters.size()) - 1);
    }
    CHECK(index_of(type, "no-such-parameter") == -1);
  }
}

TEST_CASE("the catalogue is sorted by class, then name") {
  for (std::size_t i = 1; i < catalogue().size(); ++i) {
    const DeviceType& a = catalogue()[i - 1];
    const DeviceType& b = catalogue()[i];
    CHECK(std::pair(a.device_class, a.name) < std::pair(b.device_class, b.name));
  }
}

TEST_CASE("every audio effect that the field expects is there, with its declaration") {
  for (const char* name : {"chorus", "compressor", "delay", "eq", "filter", "gate", "limiter", "phaser", "reverb",
                           "saturator", "utility"}) {
    CAPTURE(name);
    REQUIRE(find_type(name) != nullptr);
    CHECK(find_type(name)->device_class == DeviceClass::audio_effect);
    CHECK(!find_type(name)->parameters.empty());
  }
  CHECK(find_type("compressor")->side_chain);
  CHECK(find_type("gate")->side_chain);
  CHECK_FALSE(find_type("eq")->side_chain);
  CHECK(find_type("delay")->uses_tempo);
  CHECK_FALSE(find_type("reverb")->uses_tempo);
  CHECK(find_type("filter")->has_seed);
  CHECK(find_type("eq")->parameters.size() == 8 * 5 + 1);

  const DeviceType& limiter = *find_type("limiter");
  const Parameter& look_ahead = limiter.parameters[static_cast<std::size_t>(index_of(limiter, "look-ahead"))];
  CHECK_FALSE(look_ahead.automatable);
  CHECK(look_ahead.unit == Unit::milliseconds);
  const DeviceType& eq = *find_type("eq");
  const Parameter& frequency = eq.parameters[static_cast<std::size_t>(index_of(eq, "band4-frequency"))];
  CHECK(frequency.scale == Scale::logarithmic);
  CHECK(frequency.initial == 600.0);
  const Parameter& type = eq.parameters[static_cast<std::size_t>(index_of(eq, "band1-type"))];
  CHECK(type.choices == std::vector<std::string>{"low-cut", "low-shelf", "bell", "notch", "high-shelf", "high-cut"});
}

TEST_CASE("a device that is not in the catalogue") {
  CHECK(find_type("no-such-device") == nullptr);
  Settings settings;
  settings.type = "no-such-device";
  CHECK(facts_of(settings, {48000}, {}).known == Facts::Known::missing);
  const auto made = make_processor(settings, {48000}, {});
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().kind == base::ErrorKind::unsupported);
  CHECK(made.error().message.find("no-such-device") != std::string::npos);
}

TEST_CASE("facts stand for settings that are short or out of range") {
  Settings settings;
  settings.type = "limiter";
  CHECK(facts_of(settings, {48000}, {}) == facts_of(default_settings(*find_type("limiter")), {48000}, {}));
  settings.values = {0.0, -1.0, 80.0, 1e9};
  CHECK(facts_of(settings, {48000}, {}).latency == time::Frames{480});
}

TEST_CASE("knobs and values are inverse") {
  CHECK(rc::check("value_of(knob_of(v)) is v, and monotonic", [] {
    const DeviceType& type = *rc::gen::elementOf(catalogue());
    RC_PRE(!type.parameters.empty());
    const Parameter& p = *rc::gen::elementOf(type.parameters);
    const double knob = *rc::gen::inRange(0, 1'000'001) / 1e6;
    const double value = value_of(p, knob);
    RC_ASSERT(value >= p.minimum);
    RC_ASSERT(value <= p.maximum);
    RC_ASSERT(nearest_of(p, value) == value);
    RC_ASSERT(std::abs(value_of(p, knob_of(p, value)) - value) <= 1e-9 * (p.maximum - p.minimum));
    RC_ASSERT(value_of(p, std::min(1.0, knob + 0.01)) >= value);
  }));
}

TEST_CASE("knobs: ends, middles, steps") {
  const Parameter log{.name = "f", .minimum = 20.0, .maximum = 20000.0, .initial = 1000.0, .scale = Scale::logarithmic};
  CHECK(value_of(log, 0.0) == 20.0);
  CHECK(value_of(log, 1.0) == 20000.0);
  CHECK(value_of(log, 0.5) == doctest::Approx(632.4555).epsilon(1e-6));
  CHECK(knob_of(log, 200.0) == doctest::Approx(1.0 / 3.0));
  const Parameter whole{.name = "n", .minimum = -2.0, .maximum = 3.0, .initial = 0.0, .scale = Scale::whole};
  CHECK(value_of(whole, 0.49) == 0.0);
  CHECK(value_of(whole, 0.51) == 1.0);
  CHECK(nearest_of(whole, -9.0) == -2.0);
  CHECK(nearest_of(whole, std::numeric_limits<double>::quiet_NaN()) == 0.0);
}

}  // namespace firn::devices
