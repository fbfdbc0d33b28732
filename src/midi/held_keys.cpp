#include "midi/held_keys.hpp"

#include <algorithm>

#include "midi/controllers.hpp"
#include "midi/note.hpp"

namespace firn::midi {

namespace {

constexpr std::uint16_t bend_at_rest = 0x2000;

}  // namespace

void HeldKeys::note(const Message& message) noexcept {
  Channel& channel = channels_[static_cast<std::size_t>(channel_of(message) - 1)];
  const Event event = event_of(message);
  std::uint8_t& presses = channel.keys[event.number];
  switch (event.kind) {
    case EventKind::note_on:
      if (presses < 255) ++presses;
      break;
    case EventKind::note_off:
      if (presses > 0) --presses;
      break;
    case EventKind::controller:
      if (event.number >= first_pedal && event.number <= last_pedal) channel.pedals[event.number] = event.value > 0;
      break;
    case EventKind::pitch_bend: channel.is_bent = event.value != bend_at_rest; break;
    case EventKind::channel_pressure: channel.is_pressed = event.value > 0; break;
    default: break;
  }
}

bool HeldKeys::let_go(int frame, int port, std::vector<Message>& messages) noexcept {
  for (std::uint8_t number = 0; number < channels_.size(); ++number) {
    Channel& channel = channels_[number];
    const auto say = [&](int status, int first, int second) {
      if (messages.size() == messages.capacity()) return false;
      const auto byte = [](int value) { return static_cast<std::uint8_t>(value); };
      messages.push_back({frame, port, {byte(status | number), byte(first), byte(second)}});
      return true;
    };
    for (int key = 0; key < 128; ++key) {
      for (std::uint8_t& presses = channel.keys[static_cast<std::size_t>(key)]; presses > 0; --presses) {
        if (!say(0x80, key, Note{}.release_velocity)) return false;
      }
    }
    for (int pedal = first_pedal; pedal <= last_pedal; ++pedal) {
      const auto place = static_cast<std::size_t>(pedal);
      if (channel.pedals[place] && !say(0xB0, pedal, 0)) return false;
      channel.pedals[place] = false;
    }
    if (channel.is_bent && !say(0xE0, bend_at_rest & 0x7F, bend_at_rest >> 7)) return false;
    channel.is_bent = false;
    if (channel.is_pressed && !say(0xD0, 0, 0)) return false;
    channel.is_pressed = false;
  }
  return true;
}

}  // namespace firn::midi
