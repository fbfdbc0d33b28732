#include "plan/events.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "midi/controllers.hpp"
#include "midi/played.hpp"

namespace firn::plan {
namespace {

using midi::Event;
using midi::EventKind;
using time::Beats;
using time::Frames;

int rank(EventKind kind) {
  if (kind == EventKind::note_off) return 0;
  return kind == EventKind::note_on ? 2 : 1;
}

bool earlier(const Event& a, const Event& b) { return a.at != b.at ? a.at < b.at : rank(a.kind) < rank(b.kind); }

EventKind kind_of(midi::ControlKind kind) {
  switch (kind) {
    case midi::ControlKind::controller: return EventKind::controller;
    case midi::ControlKind::pitch_bend: return EventKind::pitch_bend;
    case midi::ControlKind::channel_pressure: return EventKind::channel_pressure;
    case midi::ControlKind::key_pressure: return EventKind::key_pressure;
    case midi::ControlKind::program: return EventKind::program;
  }
  return EventKind::controller;
}

bool sets_parameter_number(const Event& event) {
  return event.kind == EventKind::controller && midi::sets_parameter_number(event.number);
}

// The controls of [first, last) that still matter after it, in their order.
template <class Iterator>
std::vector<Event> lasting_controls(Iterator first, Iterator last) {
  std::vector<Event> controls;
  std::map<std::pair<EventKind, int>, std::size_t> places;
  for (auto event = first; event != last; ++event) {
    if (rank(event->kind) != 1) continue;
    if (!sets_parameter_number(*event)) {
      const auto [place, is_new] = places.try_emplace({event->kind, event->number}, controls.size());
      if (!is_new) controls[place->second].at = Frames::never();
      place->second = controls.size();
    }
    controls.push_back(*event);
  }
  std::erase_if(controls, [](const Event& event) { return event.at == Frames::never(); });
  return controls;
}

// The note-ons of [first, last) that have not been ended in it.
template <class Iterator>
std::vector<Event> sounding_notes(Iterator first, Iterator last) {
  std::vector<Event> sounding;
  for (auto event = first; event != last; ++event) {
    if (event->kind == EventKind::note_on) sounding.push_back(*event);
    if (event->kind != EventKind::note_off) continue;
    const auto note =
        std::find_if(sounding.begin(), sounding.end(), [&](const Event& on) { return on.number == event->number; });
    if (note != sounding.end()) sounding.erase(note);
  }
  return sounding;
}

}  // namespace

midi::EventList events_of(const std::vector<base::Box<document::Clip>>& clips, const time::TempoMap& tempo,
                          time::SampleRate rate) {
  midi::EventList events;
  const auto frame_of = [&](const document::Clip& clip, Beats at) { return tempo.frame_at(clip.start + at, rate); };
  for (const auto& clip : clips) {
    const auto* body = std::get_if<document::MidiClip>(&clip->body);
    if (!body || !clip->active) continue;
    const midi::Content played = midi::played(*body->content, body->offset, body->length, body->loop);
    for (const midi::Control& control : played.controls) {
      events.push_back({frame_of(*clip, control.at), kind_of(control.kind), control.number, control.value});
    }
    for (const midi::Note& note : played.notes) {
      const Frames on = frame_of(*clip, note.start);
      const Frames off = frame_of(*clip, note.start + note.length);
      events.push_back({on, EventKind::note_on, note.key, note.velocity});
      events.push_back({std::max(off, on + Frames{1}), EventKind::note_off, note.key, note.release_velocity});
    }
  }
  std::stable_sort(events.begin(), events.end(), earlier);
  return events;
}

midi::EventList chase(const midi::EventList& events, time::Frames start) {
  const auto first = std::lower_bound(events.begin(), events.end(), start,
                                      [](const Event& event, Frames frame) { return event.at < frame; });
  midi::EventList chased = lasting_controls(events.begin(), first);
  const std::vector<Event> sounding = sounding_notes(events.begin(), first);
  chased.insert(chased.end(), sounding.begin(), sounding.end());
  for (Event& event : chased) event.at = start;
  chased.insert(chased.end(), first, events.end());
  // A note that ends right at the start would end before it begins.
  for (auto& event : chased) {
    if (event.at != start || event.kind != EventKind::note_off) continue;
    const auto match = [&](const Event& on) {
      return on.kind == EventKind::note_on && on.number == event.number && on.at == start;
    };
    if (std::any_of(chased.begin(), chased.end(), match)) event.at = start + Frames{1};
  }
  std::stable_sort(chased.begin(), chased.end(), earlier);
  return chased;
}

midi::EventList lead_in(midi::EventList events, time::Frames start, time::Frames lead) {
  for (Event& event : events) {
    if (event.at == start && rank(event.kind) == 1) event.at = start - lead;
  }
  std::stable_sort(events.begin(), events.end(), earlier);
  return events;
}

midi::EventList cut(midi::EventList events, time::Frames stop) {
  const auto first = std::lower_bound(events.begin(), events.end(), stop,
                                      [](const Event& event, Frames frame) { return event.at < frame; });
  std::vector<Event> ends = sounding_notes(events.begin(), first);
  for (Event& end : ends) end = {stop, EventKind::note_off, end.number, 64};
  events.erase(first, events.end());
  events.insert(events.end(), ends.begin(), ends.end());
  return events;
}

}  // namespace firn::plan
