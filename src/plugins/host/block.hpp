// Block: what a plug-in hears and is told in one call, and where its answer goes. A view; the audio thread's.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/exchange.hpp"

namespace firn::plugins::host {

// The MIDI messages that a plug-in sends, as many as the exchange has room for; those past it are lost.
class EventSink {
 public:
  EventSink() { events_.reserve(max_events); }

  void begin() { events_.clear(); }
  void begin_block(int offset, int frames) {
    offset_ = offset;
    frames_ = frames;
  }

  // `offset` is within the block. Takes what WireEvent can say: the messages of one channel.
  void add(std::int64_t offset, std::span<const std::uint8_t> message) {
    if (events_.size() >= static_cast<std::size_t>(max_events) || message.empty() || message.size() > 3) return;
    if (message[0] < 0x80 || message[0] >= 0xf0) return;
    WireEvent event;
    event.offset = offset_ + static_cast<std::int32_t>(offset < 0 ? 0 : offset < frames_ ? offset : frames_ - 1);
    event.length = static_cast<std::uint8_t>(message.size());
    for (std::size_t i = 0; i < message.size(); ++i) event.bytes[i] = message[i];
    event.bytes[0] &= 0xf0;
    events_.push_back(event);
  }

  std::span<const WireEvent> events() const { return events_; }

 private:
  std::vector<WireEvent> events_;
  int offset_ = 0;
  int frames_ = 0;
};

// Why a call failed, as a sentence, as much of it as the exchange has room for.
class Reason {
 public:
  void clear() { text_ = {}; }
  void say(std::string_view sentence) { sentence.copy(text_.data(), text_.size() - 1); }

  const std::array<char, max_reason>& text() const { return text_; }

 private:
  std::array<char, max_reason> text_{};
};

struct Block {
  int frames = 0;       // always the grid
  std::int64_t at = 0;  // of its first frame, on the timeline
  bool playing = true;
  WireTransport transport;
  std::span<const WireEvent> events;  // offsets from the block's first frame, as of the changes
  std::span<const WireChange> changes;
  std::array<const float*, 2> in{};
  std::array<const float*, 2> side_chain{};  // null where nothing is connected
  std::array<float*, 2> out{};
  int output = 0;  // as Exchange has it
  EventSink* sent = nullptr;
  Reason* reason = nullptr;
};

}  // namespace firn::plugins::host
