#include "midi/message.hpp"

#include <algorithm>

#include "midi/note.hpp"

namespace firn::midi {
namespace {

// The upper half of a status.
enum class Status : std::uint8_t {
  note_off = 0x8,
  note_on,
  key_pressure,
  controller,
  program,
  channel_pressure,
  pitch_bend,
  system,
};

Status status_of(std::uint8_t byte) { return static_cast<Status>(byte >> 4); }

}  // namespace

std::optional<Message> message_of(std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.empty() || bytes[0] < 0x80 || status_of(bytes[0]) == Status::system) return std::nullopt;
  const Status status = status_of(bytes[0]);
  const std::size_t size = status == Status::program || status == Status::channel_pressure ? 2 : 3;
  if (bytes.size() < size) return std::nullopt;
  Message message;
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0 && bytes[i] > 127) return std::nullopt;
    message.bytes[i] = bytes[i];
  }
  return message;
}

int channel_of(const Message& message) noexcept { return (message.bytes[0] & 0xF) + 1; }

Event event_of(const Message& message) noexcept {
  const auto [status, first, second] = message.bytes;
  const time::Frames at{message.frame};
  switch (status_of(status)) {
    case Status::note_on:
      if (second == 0) return {at, EventKind::note_off, first, Note{}.release_velocity};
      return {at, EventKind::note_on, first, second};
    case Status::note_off: return {at, EventKind::note_off, first, second};
    case Status::key_pressure: return {at, EventKind::key_pressure, first, second};
    case Status::controller: return {at, EventKind::controller, first, second};
    case Status::program: return {at, EventKind::program, 0, first};
    case Status::channel_pressure: return {at, EventKind::channel_pressure, 0, first};
    default: return {at, EventKind::pitch_bend, 0, static_cast<std::uint16_t>(first | (second << 7))};
  }
}

}  // namespace firn::midi
