#include "engine/event_player.hpp"

#include <algorithm>

namespace firn::engine {

EventPlayer::EventPlayer(base::Box<midi::EventList> events) : events_(std::move(events)) {}

void EventPlayer::run(time::Frames at, int frames, Signal& out) {
  const midi::EventList& events = *events_;
  out.ended_at = events.empty() ? time::Frames{} : events.back().at + time::Frames{1};
  out.tail = time::Frames{};
  const auto before = [](const midi::Event& event, time::Frames frame) { return event.at < frame; };
  const bool in_order = (next_ == events.size() || events[next_].at >= at) && (next_ == 0 || events[next_ - 1].at < at);
  if (!in_order)
    next_ = static_cast<std::size_t>(std::lower_bound(events.begin(), events.end(), at, before) - events.begin());
  for (; next_ < events.size() && events[next_].at < at + time::Frames{frames}; ++next_)
    out.events->push_back(events[next_]);
}

}  // namespace firn::engine
