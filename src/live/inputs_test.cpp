#include "live/inputs.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace firn::live {

TEST_CASE("Channels of a device by their numbers; anything else is none") {
  CHECK(channels_of("hw:3")->right == 3);
  CHECK(channels_of("hw:1-2")->left == 1);
  CHECK(channels_of("hw:1-2")->right == 2);
  for (const char* none : {"", "hw:", "hw:0", "hw:1-", "hw:-1", "hw:1-2-3", "hw:1x", "HW:1", "hw:9999", "midi"}) {
    CAPTURE(none);
    CHECK_FALSE(channels_of(none));
  }
}

TEST_CASE("Keyboards by a part of their names, and a channel of them; anything else is none") {
  CHECK(keyboard_of("midi")->port.empty());
  CHECK(keyboard_of("midi")->channel == 0);
  CHECK(keyboard_of("midi#16")->channel == 16);
  CHECK(keyboard_of("midi:Key #1#2")->port == "Key #1");
  CHECK(keyboard_of("midi:Key #1#2")->channel == 2);
  CHECK(is_port_of({"station", 0}, "USB KeyStation 61"));
  CHECK(is_port_of({"", 0}, "anything"));
  CHECK_FALSE(is_port_of({"pad", 0}, "USB KeyStation 61"));
  for (const char* none : {"", "midi:", "midi#", "midi#0", "midi#17", "midi:x#y", "midix", "Midi", "hw:1"}) {
    CAPTURE(none);
    CHECK_FALSE(keyboard_of(none));
  }
}

TEST_CASE("What comes in during a part of a block lies at frames of that part; what is no port of theirs is left out") {
  const auto ports = std::make_shared<midi::Ports>(std::initializer_list<std::string>{"One", "Two"});
  Inputs inputs(100, ports);
  const auto all = inputs.find_events("midi");
  const auto two = inputs.find_events("midi:two#1");
  const std::vector<midi::Message> messages{
      {10, 0, {0x90, 60, 1}}, {49, 1, {0x91, 61, 2}}, {50, 1, {0x90, 62, 3}}, {60, 7, {0x90, 63, 4}}};
  const Incoming block{{}, messages};
  inputs.take(block, 50);
  CHECK(all->events.size() == 2);
  CHECK(two->events.empty());  // another channel
  inputs.take(block.from(50), 50);
  REQUIRE(two->events.size() == 1);
  CHECK(two->events.front() == midi::Event{time::Frames{0}, midi::EventKind::note_on, 62, 3});
  CHECK(all->events == two->events);
  // A keyboard that comes while they are asked for.
  const auto three = inputs.find_events("midi:three");
  const std::vector<midi::Message> later{{0, 2, {0x90, 64, 5}}};
  inputs.take({{}, later}, 50);
  CHECK(three->events.empty());
  CHECK(ports->add("Three") == 2);
  inputs.take({{}, later}, 50);
  CHECK(three->events.size() == 1);
  CHECK(all->events == three->events);
  CHECK(two->events.empty());
}

TEST_CASE("Sound that comes in is kept for the block; keys of a block that is missed come with the next") {
  Inputs inputs(64, std::make_shared<midi::Ports>(std::initializer_list<std::string>{"One"}));
  const auto right = inputs.find("hw:2");
  const auto both = inputs.find("hw:1-2");
  const auto none = inputs.find("hw:3");
  const auto keys = inputs.find_events("midi");
  std::vector<float> device(64, 0.5f);
  const float* const channels[] = {nullptr, device.data()};
  const std::vector<midi::Message> off{{40, 0, {0x80, 60, 1}}};
  inputs.take({channels, {}, 0}, 64);
  std::ranges::fill(device, 0.25f);  // the device's next block
  CHECK(right->block.left[63] == 0.5f);
  CHECK(right->block.right[0] == 0.5f);
  CHECK(both->block.left[0] == 0.0f);
  CHECK(both->block.right[0] == 0.5f);
  CHECK(none->block.left[0] == 0.0f);
  inputs.pass_over({channels, off, 32}, 32);
  CHECK(right->block.left[0] == 0.5f);
  const std::vector<midi::Message> on{{3, 0, {0x90, 62, 2}}};
  inputs.take({channels, on, 0}, 32);
  CHECK(keys->events ==
        midi::EventList{{{}, midi::EventKind::note_off, 60, 1}, {{3}, midi::EventKind::note_on, 62, 2}});
  CHECK(right->block.left[31] == 0.25f);
  inputs.take({channels, {}, 0}, 32);
  CHECK(keys->events.empty());
}

}  // namespace firn::live
