#include "engine/note_switch.hpp"

namespace firn::engine {

using midi::EventKind;

void NoteSwitch::change(time::Frames at, std::vector<midi::Event>& out) {
  for (std::size_t key = 0; key < sounding_.size(); ++key) {
    for (; sounding_[key] > 0; --sounding_[key])
      out.push_back({at, EventKind::note_off, static_cast<std::uint8_t>(key), 64});
  }
}

void NoteSwitch::pass(std::span<const midi::Event> events, std::vector<midi::Event>& out) {
  for (const midi::Event& event : events) {
    int& sounding = sounding_[event.number & 127];
    if (event.kind == EventKind::note_off && sounding == 0) continue;
    if (event.kind == EventKind::note_off) --sounding;
    if (event.kind == EventKind::note_on) ++sounding;
    out.push_back(event);
  }
}

}  // namespace firn::engine
