// Message: a MIDI message as it comes in from a keyboard, and the event that it stands for. Values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "midi/event.hpp"

namespace firn::midi {

struct Message {
  int frame = 0;  // of the block in which it came
  int port = 0;   // of those that are open, from 0
  std::array<std::uint8_t, 3> bytes{};
};

// The message of these bytes, a status and what belongs to it; none for what is no channel message, or not whole (MIDI 1.0 Detailed
// Specification, table I).
std::optional<Message> message_of(std::span<const std::uint8_t> bytes) noexcept;

int channel_of(const Message&) noexcept;  // 1 to 16
// At the message's frame. A note-on of velocity 0 is a note-off.
Event event_of(const Message&) noexcept;

}  // namespace firn::midi
