#include "engine/event_player.hpp"

#include <algorithm>

namespace firn::engine {
namespace {

using midi::EventList;
using time::Frames;

std::size_t place_of(const EventList& events, Frames at) {
  const auto before = [](const midi::Event& event, Frames frame) { return event.at < frame; };
  return static_cast<std::size_t>(std::lower_bound(events.begin(), events.end(), at, before) - events.begin());
}

}  // namespace

void EventPlayer::run(const time::Run& run, Frames at, int frames, Signal& out) {
  const auto hand_out = [&](const midi::Event& event, Frames in_run) {
    out.events->push_back(event);
    out.events->back().at = in_run;
  };
  time::for_each_stretch(run, at, frames, [&](const time::Stretch& stretch, int) {
    const bool is_first_time = !run.loop() || stretch.run < run.loop()->end;
    if (stretch.jumps) {  // what ends at the loop's end
      const bool was_first_time = stretch.run == run.loop()->end;
      const EventList& before = was_first_time ? *work_.events : *work_.again;
      for (std::size_t i = place_of(before, run.loop()->end); i < before.size(); ++i) hand_out(before[i], stretch.run);
    }
    const EventList& events = is_first_time ? *work_.events : *work_.again;
    const bool in_order = next_ <= events.size() && (next_ == events.size() || events[next_].at >= stretch.position) &&
                          (next_ == 0 || events[next_ - 1].at < stretch.position);
    if (!in_order) next_ = place_of(events, stretch.position);
    for (; next_ < events.size() && events[next_].at < stretch.position + stretch.frames; ++next_)
      hand_out(events[next_], stretch.run + (events[next_].at - stretch.position));
  });
  const EventList& events = *work_.events;
  out.ended_at = run.loop() ? Frames::never() : events.empty() ? Frames{} : events.back().at + Frames{1};
  out.tail = Frames{};
}

}  // namespace firn::engine
