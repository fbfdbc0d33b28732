#include "live/event_tape.hpp"

#include <algorithm>

namespace firn::live {

using time::Frames;

namespace {

constexpr std::size_t room = 1 << 14;  // events

}  // namespace

EventTape::EventTape(time::FrameRange range, Frames early)
    : start_(range.start), end_(range.end.count), early_(early), ring_(room), come_(range.start.count) {}

void EventTape::write(Frames at, int frames, const midi::EventList& events) {
  std::uint64_t written = written_.load(std::memory_order_relaxed);
  const std::uint64_t taken = taken_.load(std::memory_order_acquire);
  for (midi::Event event : events) {
    event.at += at;
    if (event.at < start_ - early_ || event.at >= end()) continue;
    event.at = std::max(event.at, start_);
    if (written - taken == room) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    ring_[written % room] = event;
    ++written;
  }
  written_.store(written, std::memory_order_release);
  come_.store(std::max(come_.load(std::memory_order_relaxed), (at + Frames{frames}).count), std::memory_order_release);
}

midi::EventList EventTape::take() {
  midi::EventList events;
  std::uint64_t taken = taken_.load(std::memory_order_relaxed);
  for (const std::uint64_t written = written_.load(std::memory_order_acquire); taken < written; ++taken)
    events.push_back(ring_[taken % room]);
  taken_.store(taken, std::memory_order_release);
  return events;
}

Frames EventTape::length() const {
  const Frames come{come_.load(std::memory_order_acquire)};
  return std::min(come, end()) - start_;
}

}  // namespace firn::live
