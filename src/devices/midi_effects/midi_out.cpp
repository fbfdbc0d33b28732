#include "devices/midi_effects/midi_out.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace firn::devices {
namespace {

int rank_of(midi::EventKind kind) {
  if (kind == midi::EventKind::note_off) return 0;
  return kind == midi::EventKind::note_on ? 2 : 1;
}

bool before(const midi::Event& a, const midi::Event& b) {
  return a.at != b.at ? a.at < b.at : rank_of(a.kind) < rank_of(b.kind);
}

}  // namespace

void put_in_order(std::vector<midi::Event>& events, std::size_t first) {
  for (std::size_t i = first + 1; i < events.size(); ++i) {
    for (std::size_t j = i; j > first && before(events[j], events[j - 1]); --j) std::swap(events[j], events[j - 1]);
  }
}

const std::vector<NoteValue>& note_values() {
  using time::Beats;
  static const std::vector<NoteValue> values = {
      {"1/1", Beats::fraction(4, 1)},   {"1/2d", Beats::fraction(3, 1)}, {"1/2", Beats::fraction(2, 1)},
      {"1/4d", Beats::fraction(3, 2)},  {"1/2t", Beats::fraction(4, 3)}, {"1/4", Beats::fraction(1, 1)},
      {"1/8d", Beats::fraction(3, 4)},  {"1/4t", Beats::fraction(2, 3)}, {"1/8", Beats::fraction(1, 2)},
      {"1/16d", Beats::fraction(3, 8)}, {"1/8t", Beats::fraction(1, 3)}, {"1/16", Beats::fraction(1, 4)},
      {"1/16t", Beats::fraction(1, 6)}, {"1/32", Beats::fraction(1, 8)}, {"1/32t", Beats::fraction(1, 12)},
      {"1/64", Beats::fraction(1, 16)},
  };
  return values;
}

std::vector<std::string> note_value_names() {
  std::vector<std::string> names;
  for (const NoteValue& value : note_values()) names.emplace_back(value.name);
  return names;
}

int note_value_index(std::string_view name) {
  const auto& values = note_values();
  const auto found = std::find_if(values.begin(), values.end(), [&](const NoteValue& v) { return v.name == name; });
  return static_cast<int>(found - values.begin());
}

time::Frames longest_of(time::Beats beats, double share, const Timing& timing) {
  return time::frames_of({beats.in_quarters() * share * timing.quarter.count}, timing.rate);
}

TimedNotes::TimedNotes() {
  began_.fill(never);
  due_.fill(never);
}

void TimedNotes::start(std::int64_t now, time::Frames at, int key, int velocity, std::int64_t length,
                       std::vector<midi::Event>& out) {
  const auto k = static_cast<std::size_t>(key);
  const std::int64_t due = now + std::max<std::int64_t>(length, 1);
  if (due_[k] != never && began_[k] == now) {
    due_[k] = std::max(due_[k], due);
    return;
  }
  if (due_[k] != never) out.push_back(note_off_of(at, key));
  out.push_back(note_on_of(at, key, velocity));
  began_[k] = now;
  due_[k] = due;
  find_earliest();
}

void TimedNotes::end_due(std::int64_t now, time::Frames at, std::vector<midi::Event>& out) {
  if (earliest_ > now) return;
  for (std::size_t key = 0; key < due_.size(); ++key) {
    if (due_[key] > now) continue;
    out.push_back(note_off_of(at, static_cast<int>(key)));
    due_[key] = never;
  }
  find_earliest();
}

void TimedNotes::list_state(base::ImageWriter& image, std::int64_t now) const {
  for (const std::int64_t due : due_) image.value(due == never ? std::int64_t{-1} : due - now);
}

void TimedNotes::list_state(base::ImageReader& image, std::int64_t now) {
  for (std::size_t key = 0; key < due_.size(); ++key) {
    std::int64_t left = -1;
    image.within(left, -1, time::Frames::never().count);
    due_[key] = left < 0 ? never : now + left;
    began_[key] = now - 1;
  }
  find_earliest();
}

void TimedNotes::find_earliest() { earliest_ = *std::min_element(due_.begin(), due_.end()); }

}  // namespace firn::devices
