#include "midi/recorded.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "midi/controllers.hpp"

namespace firn::midi {
namespace {

using time::Beats;
using time::Frames;

// None for notes.
std::optional<Control> control_of(const Event& event, Beats at) {
  switch (event.kind) {
    case EventKind::controller: return Control{at, ControlKind::controller, event.number, event.value};
    case EventKind::pitch_bend: return Control{at, ControlKind::pitch_bend, 0, event.value};
    case EventKind::channel_pressure: return Control{at, ControlKind::channel_pressure, 0, event.value};
    case EventKind::key_pressure: return Control{at, ControlKind::key_pressure, event.number, event.value};
    case EventKind::program: return Control{at, ControlKind::program, 0, event.value};
    case EventKind::note_on:
    case EventKind::note_off: break;
  }
  return std::nullopt;
}

class Recording {
 public:
  Recording(time::FrameRange range, const time::TempoMap& tempo, time::SampleRate rate)
      : range_(range), tempo_(tempo), rate_(rate), start_(tempo.beats_at(range.start, rate)) {}

  void add(const Event& event) {
    if (event.at >= range_.end) return;
    const Beats at = place_of(std::max(event.at, range_.start));
    if (auto control = control_of(event, at)) {
      if (event.at < range_.start) return stand_at(*control);
      return content_.controls.push_back(*control);
    }
    if (event.at < range_.start) return;
    end_note(event.number, at, event.kind == EventKind::note_off ? event.value : Note{}.release_velocity);
    if (event.kind == EventKind::note_on)
      sounding_[event.number] = {at, {}, event.number, static_cast<std::uint8_t>(event.value)};
  }

  Content finish() {
    for (std::size_t key = 0; key < sounding_.size(); ++key)
      end_note(static_cast<std::uint8_t>(key), place_of(range_.end), Note{}.release_velocity);
    std::ranges::sort(content_.notes);
    std::vector<Control> controls;
    for (const auto& [which, control] : before_) controls.push_back(control);
    content_.controls.insert(content_.controls.begin(), controls.begin(), controls.end());
    return std::move(content_);
  }

 private:
  Beats place_of(Frames at) const { return tempo_.beats_at(at, rate_) - start_; }

  void stand_at(const Control& control) {
    const bool is_state = control.kind != ControlKind::key_pressure &&
                          !(control.kind == ControlKind::controller && midi::sets_parameter_number(control.number));
    if (is_state) before_[{control.kind, control.number}] = control;
  }

  void end_note(std::uint8_t key, Beats at, std::uint16_t release) {
    auto& sounding = sounding_[key];
    if (!sounding) return;
    sounding->length = std::max(at - sounding->start, Beats{1});
    sounding->release_velocity = static_cast<std::uint8_t>(release);
    content_.notes.push_back(*sounding);
    sounding.reset();
  }

  time::FrameRange range_;
  const time::TempoMap& tempo_;
  time::SampleRate rate_;
  Beats start_;
  Content content_;
  std::array<std::optional<Note>, 128> sounding_;
  std::map<std::pair<ControlKind, std::uint8_t>, Control> before_;
};

}  // namespace

Content recorded(std::span<const Event> events, time::FrameRange range, const time::TempoMap& tempo,
                 time::SampleRate rate) {
  Recording recording(range, tempo, rate);
  for (const Event& event : events) recording.add(event);
  return recording.finish();
}

Beats nearest_line(Beats at, Beats grid) { return Beats{(at.ticks + grid.ticks / 2) / grid.ticks * grid.ticks}; }

void quantise(Content& content, Beats start, Beats length, Beats grid) {
  for (Note& note : content.notes) {
    Beats line = nearest_line(start + note.start, grid) - start;
    if (line >= length) line -= grid;
    note.start = std::max(line, Beats{});
  }
  std::ranges::sort(content.notes);
}

}  // namespace firn::midi
