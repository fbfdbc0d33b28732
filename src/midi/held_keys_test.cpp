#include "midi/held_keys.hpp"

#include <doctest/doctest.h>

#include "midi/ports.hpp"

namespace firn::midi {

TEST_CASE("What a keyboard that goes has held is let go of, once, in as many blocks as it takes") {
  HeldKeys held;
  const std::vector<Message> played{{0, 0, {0x90, 60, 100}}, {1, 0, {0x91, 60, 100}},  {2, 0, {0x90, 62, 100}},
                                    {3, 0, {0x90, 62, 0}},   {4, 0, {0x91, 60, 90}},   {5, 0, {0xB1, 64, 127}},
                                    {6, 0, {0xB0, 64, 127}}, {7, 0, {0xB0, 64, 0}},    {8, 0, {0xB0, 7, 100}},
                                    {9, 0, {0xE1, 0, 0x50}}, {10, 0, {0xD2, 33, 0}},   {11, 0, {0xE2, 1, 2}},
                                    {12, 0, {0x9F, 127, 1}}, {13, 0, {0xE2, 0, 0x40}}, {14, 0, {0x80, 1, 0}}};
  for (const Message& message : played) held.note(message);
  std::vector<std::array<std::uint8_t, 3>> all;
  bool is_at_rest = false;
  for (int block = 0; !is_at_rest && block < 9; ++block) {
    std::vector<Message> messages;
    messages.reserve(2);
    is_at_rest = held.let_go(5, 3, messages);
    for (const Message& message : messages) {
      CHECK(message.frame == 5);
      CHECK(message.port == 3);
      all.push_back(message.bytes);
    }
  }
  CHECK(all == std::vector<std::array<std::uint8_t, 3>>{{0x80, 60, 64},
                                                        {0x81, 60, 64},
                                                        {0x81, 60, 64},
                                                        {0xB1, 64, 0},
                                                        {0xE1, 0, 0x40},
                                                        {0xD2, 0, 0},
                                                        {0x8F, 127, 64}});
  std::vector<Message> none;
  CHECK(held.let_go(0, 0, none));
}

TEST_CASE("A MIDI input that comes back has its old number; there are only so many") {
  Ports ports{"One", "Two"};
  CHECK(ports.add("One") == 0);
  CHECK(ports.add("Three") == 2);
  CHECK(ports.count() == 3);
  CHECK(ports.name(2) == "Three");
  for (int i = 3; i < Ports::most; ++i) CHECK(ports.add(std::to_string(i)) == i);
  CHECK_FALSE(ports.add("another"));
  CHECK(ports.add("Two") == 1);
}

}  // namespace firn::midi
