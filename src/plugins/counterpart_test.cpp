#include "plugins/counterpart.hpp"

#include <doctest/doctest.h>

using namespace firn;
using devices::DeviceType;
using devices::Parameter;
using devices::Scale;
using plugins::carried;

namespace {

DeviceType with(std::vector<Parameter> parameters) {
  DeviceType type = devices::plugin_type({"lv2", "id", "", ""}, "Plug-in", devices::DeviceClass::audio_effect);
  type.parameters = std::move(parameters);
  return type;
}

Parameter named(const std::string& name, const std::string& title = {}) { return {.name = name, .title = title}; }

}  // namespace

TEST_CASE("A parameter is found under its name or its title, however it is spelt, and only once") {
  const DeviceType lv2 = with({named("wetdry", "Wet / Dry"), named("gain"), named("gone"), named("q", "Q")});
  const DeviceType vst3 =
      with({named("current-program"), named("gain-2", "Gain"), named("wet---dry"), named("q-1", "q")});
  CHECK(plugins::counterparts(lv2, vst3) == std::vector<int>{2, 1, -1, 3});
  CHECK(plugins::counterparts(with({named("a"), named("A")}), with({named("a")})) == std::vector<int>{0, -1});
}

TEST_CASE("A value is the same number in the same range, the same place in another, and a choice the same words") {
  const Parameter decibels{.name = "gain", .minimum = -30.0, .maximum = 10.0};
  const Parameter knob{.name = "gain"};
  CHECK(carried(decibels, decibels, -6.0) == -6.0);
  CHECK(carried(decibels, knob, -20.0) == 0.25);
  CHECK(carried(knob, decibels, 0.25) == -20.0);
  const Parameter rooms{.name = "room", .maximum = 2.0, .scale = Scale::choice, .choices = {"Small", "Large", "Hall"}};
  const Parameter halls{.name = "room", .maximum = 1.0, .scale = Scale::choice, .choices = {"Hall", "Small"}};
  CHECK(carried(rooms, halls, 2.0) == 0.0);
  CHECK(carried(rooms, halls, 0.0) == 1.0);
  const Parameter one_value{.name = "x", .minimum = 1.0, .maximum = 1.0};
  CHECK(carried(one_value, knob, 1.0) == 1.0);
}

TEST_CASE("After an update a value is the same number, or the same choice, however that is counted now") {
  const Parameter narrow{.name = "gain", .minimum = 0.0, .maximum = 1.0};
  const Parameter wide{.name = "gain", .minimum = 0.0, .maximum = 2.0};
  CHECK(plugins::updated(narrow, wide, 0.5) == 0.5);
  CHECK(plugins::updated(wide, narrow, 1.5) == 1.5);  // the plug-in takes what it can
  const Parameter two{.name = "room", .maximum = 1.0, .scale = Scale::choice, .choices = {"Small", "Large"}};
  const Parameter three{.name = "room", .maximum = 2.0, .scale = Scale::choice, .choices = {"Tiny", "Small", "Huge"}};
  CHECK(plugins::updated(two, three, 0.0) == 1.0);
  CHECK(plugins::updated(two, three, 1.0) == 1.0);  // no such words any more: the same number
  const Parameter unnamed{.name = "room", .minimum = 1.0, .maximum = 3.0, .scale = Scale::whole};
  CHECK(plugins::updated(unnamed, three, 2.0) == 1.0);
  CHECK(plugins::updated(three, unnamed, 2.0) == 3.0);
}
