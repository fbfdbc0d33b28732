#include "engine/event_player.hpp"

#include <algorithm>

#include "midi/controllers.hpp"

namespace firn::engine {
namespace {

using midi::EventKind;
using midi::EventList;
using time::Frames;

constexpr std::uint16_t no_bend = 8192;

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
    if (follows_another_) bridge(list_at(run, stretch), stretch, out);
    if (stretch.jumps) {  // what ends at the loop's end
      const bool was_first_time = stretch.run == run.first_wrap();
      const EventList& before = was_first_time ? *work_.events : *work_.again;
      for (std::size_t i = place_of(before, run.loop()->end); i < before.size(); ++i) hand_out(before[i], stretch.run);
    }
    const EventList& events = list_at(run, stretch);
    const bool in_order = next_ <= events.size() && (next_ == events.size() || events[next_].at >= stretch.position) &&
                          (next_ == 0 || events[next_ - 1].at < stretch.position);
    if (!in_order) next_ = place_of(events, stretch.position);
    for (; next_ < events.size() && events[next_].at < stretch.position + stretch.frames; ++next_)
      hand_out(events[next_], stretch.run + (events[next_].at - stretch.position));
  });
  for (const midi::Event& event : *out.events) heard_.note(event);
  if (lets_go_) let_go(at, out);
  if (incoming_) play_in(at, out);
  const EventList& events = *work_.events;
  const bool goes_on = run.loop() || incoming_;
  out.ended_at = goes_on ? Frames::never() : events.empty() ? Frames{} : events.back().at + Frames{1} - run.shift();
  out.tail = Frames{};
}

const EventList& EventPlayer::list_at(const time::Run& run, const time::Stretch& stretch) const {
  const bool is_first_time = stretch.run < run.first_wrap();
  return is_first_time ? *work_.events : *work_.again;
}

void EventPlayer::Heard::note(const midi::Event& event) noexcept {
  const auto number = static_cast<std::size_t>(event.number & 127);
  switch (event.kind) {
    case EventKind::note_on: ++notes[number]; break;
    case EventKind::note_off: notes[number] -= notes[number] > 0 ? 1 : 0; break;
    case EventKind::controller: controllers[number] = static_cast<std::int16_t>(event.value); break;
    case EventKind::pitch_bend: bend = static_cast<std::int16_t>(event.value); break;
    case EventKind::channel_pressure: pressure = static_cast<std::int16_t>(event.value); break;
    case EventKind::program: program = static_cast<std::int16_t>(event.value); break;
    case EventKind::key_pressure: break;
  }
}

void EventPlayer::take_over(const EventPlayer& before) noexcept {
  heard_ = before.heard_;
  played_ = before.played_;
  follows_another_ = true;
  lets_go_ = before.lets_go_ || work_.input != before.work_.input;
}

// Beside what the list has at the same frame, behind it.
void EventPlayer::play_in(Frames at, Signal& out) {
  for (midi::Event event : incoming_->events) {
    played_.note(event);
    event.at += at;
    const auto behind = std::ranges::upper_bound(*out.events, event.at, {}, &midi::Event::at);
    out.events->insert(behind, event);
  }
}

// The hands that were on the keys are off, and the feet off the pedals.
void EventPlayer::let_go(Frames at, Signal& out) {
  lets_go_ = false;
  EventList& events = *out.events;
  const auto say = [&](EventKind kind, std::size_t number, std::uint16_t value) {
    const auto behind = std::ranges::upper_bound(events, at, {}, &midi::Event::at);
    events.insert(behind, {at, kind, static_cast<std::uint8_t>(number), value});
  };
  for (std::size_t key = 0; key < played_.notes.size(); ++key) {
    for (int i = 0; i < played_.notes[key]; ++i) say(EventKind::note_off, key, 64);
  }
  for (std::size_t pedal = midi::first_pedal; pedal <= midi::last_pedal; ++pedal) {
    if (played_.controllers[pedal] > 0) say(EventKind::controller, pedal, 0);
  }
  if (played_.bend >= 0 && played_.bend != no_bend) say(EventKind::pitch_bend, 0, no_bend);
  if (played_.pressure > 0) say(EventKind::channel_pressure, 0, 0);
  played_ = {};
}

// What the list has said up to here is what should have been heard.
void EventPlayer::bridge(const EventList& events, const time::Stretch& stretch, Signal& out) {
  follows_another_ = false;
  Heard wanted;
  const std::size_t place = place_of(events, stretch.position);
  for (std::size_t i = 0; i < place; ++i) wanted.note(events[i]);
  const auto say = [&](EventKind kind, std::size_t number, int value) {
    out.events->push_back({stretch.run, kind, static_cast<std::uint8_t>(number), static_cast<std::uint16_t>(value)});
  };
  for (std::size_t key = 0; key < heard_.notes.size(); ++key) {
    for (int i = wanted.notes[key]; i < heard_.notes[key]; ++i) say(EventKind::note_off, key, 64);
  }
  if (wanted.program >= 0 && wanted.program != heard_.program) say(EventKind::program, 0, wanted.program);
  for (std::size_t number = 0; number < wanted.controllers.size(); ++number) {
    const int value = wanted.controllers[number];
    if (value >= 0 && value != heard_.controllers[number] && !midi::sets_parameter_number(static_cast<int>(number)))
      say(EventKind::controller, number, value);
  }
  if (wanted.bend < 0 && heard_.bend >= 0) wanted.bend = no_bend;
  if (wanted.bend != heard_.bend) say(EventKind::pitch_bend, 0, wanted.bend);
  if (wanted.pressure < 0 && heard_.pressure >= 0) wanted.pressure = 0;
  if (wanted.pressure != heard_.pressure) say(EventKind::channel_pressure, 0, wanted.pressure);
}

}  // namespace firn::engine
