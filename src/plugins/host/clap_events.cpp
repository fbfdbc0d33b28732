#include "plugins/host/clap_events.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace firn::plugins::host {
namespace {

constexpr unsigned note_off = 0x80;
constexpr unsigned note_on = 0x90;

template <class Event>
Event make_event(std::uint16_t type, int offset) {
  Event event{};
  event.header.size = sizeof(Event);
  event.header.time = static_cast<std::uint32_t>(offset);
  event.header.space_id = CLAP_CORE_EVENT_SPACE_ID;
  event.header.type = type;
  return event;
}

template <class Event>
const Event& as(const clap_event_header_t& header) {
  return reinterpret_cast<const Event&>(header);
}

}  // namespace

ClapEvents::ClapEvents(const std::vector<ClapParameter>& parameters, Moves& moves, bool as_notes)
    : parameters_(parameters), moves_(moves), as_notes_(as_notes) {
  events_.reserve(max_events + max_changes);
  in_.ctx = this;
  in_.size = [](const clap_input_events_t* list) {
    return static_cast<std::uint32_t>(static_cast<ClapEvents*>(list->ctx)->events_.size());
  };
  in_.get = [](const clap_input_events_t* list, std::uint32_t index) -> const clap_event_header_t* {
    const auto& events = static_cast<ClapEvents*>(list->ctx)->events_;
    return index < events.size() ? &events[index].header : nullptr;
  };
  out_.ctx = this;
  out_.try_push = [](const clap_output_events_t* list, const clap_event_header_t* event) {
    static_cast<ClapEvents*>(list->ctx)->receive(*event);
    return true;
  };
}

void ClapEvents::begin(EventSink* sent) {
  events_.clear();
  sent_ = sent;
}

// At one offset the changes come first, so that a note begins with them.
void ClapEvents::add(const Block& block) {
  auto change = block.changes.begin();
  for (const WireEvent& event : block.events) {
    for (; change != block.changes.end() && change->offset <= event.offset; ++change) {
      add_value(change->offset, change->parameter, change->value);
    }
    add_message(event);
  }
  for (; change != block.changes.end(); ++change) add_value(change->offset, change->parameter, change->value);
}

void ClapEvents::add_value(int offset, int parameter, double value) {
  const ClapParameter& named = parameters_[static_cast<std::size_t>(parameter)];
  Event event{};
  event.value = make_event<clap_event_param_value_t>(CLAP_EVENT_PARAM_VALUE, offset);
  event.value.param_id = named.id;
  event.value.cookie = named.cookie;
  event.value.note_id = -1;
  event.value.port_index = -1;
  event.value.channel = -1;
  event.value.key = -1;
  event.value.value = value;
  events_.push_back(event);
}

void ClapEvents::add_message(const WireEvent& message) {
  Event event{};
  if (!as_notes_) {
    event.midi = make_event<clap_event_midi_t>(CLAP_EVENT_MIDI, message.offset);
    std::copy_n(message.bytes, message.length, event.midi.data);
    events_.push_back(event);
    return;
  }
  const unsigned kind = message.bytes[0] & 0xf0u;
  if (kind != note_on && kind != note_off) return;
  const bool on = kind == note_on && message.bytes[2] > 0;
  event.note = make_event<clap_event_note_t>(on ? CLAP_EVENT_NOTE_ON : CLAP_EVENT_NOTE_OFF, message.offset);
  event.note.note_id = -1;
  event.note.channel = static_cast<std::int16_t>(message.bytes[0] & 0x0fu);
  event.note.key = message.bytes[1];
  event.note.velocity = message.bytes[2] / 127.0;
  events_.push_back(event);
}

void ClapEvents::receive(const clap_event_header_t& event) {
  if (event.space_id != CLAP_CORE_EVENT_SPACE_ID) return;
  switch (event.type) {
    case CLAP_EVENT_PARAM_VALUE: {
      const auto& moved = as<clap_event_param_value_t>(event);
      if (const int index = parameter_of(moved.param_id); index >= 0) moves_.add({index, moved.value, Gesture::change});
      break;
    }
    case CLAP_EVENT_PARAM_GESTURE_BEGIN:
    case CLAP_EVENT_PARAM_GESTURE_END: {
      const auto gesture = event.type == CLAP_EVENT_PARAM_GESTURE_BEGIN ? Gesture::begin : Gesture::end;
      const int index = parameter_of(as<clap_event_param_gesture_t>(event).param_id);
      if (index >= 0) moves_.add({index, 0.0, gesture});
      break;
    }
    case CLAP_EVENT_NOTE_ON:
    case CLAP_EVENT_NOTE_OFF: {
      const auto& note = as<clap_event_note_t>(event);
      const auto velocity = std::lround(std::clamp(note.velocity, 0.0, 1.0) * 127.0);
      const bool on = event.type == CLAP_EVENT_NOTE_ON;
      const std::array<std::uint8_t, 3> bytes{static_cast<std::uint8_t>(on ? note_on : note_off),
                                              static_cast<std::uint8_t>(note.key & 0x7f),
                                              static_cast<std::uint8_t>(on ? std::max(1L, velocity) : velocity)};
      if (sent_ != nullptr) sent_->add(event.time, bytes);
      break;
    }
    case CLAP_EVENT_MIDI: {
      const auto& data = as<clap_event_midi_t>(event).data;
      const unsigned kind = data[0] & 0xf0u;
      const std::size_t length = kind == 0xc0 || kind == 0xd0 ? 2 : 3;  // program change and channel pressure are short
      if (sent_ != nullptr) sent_->add(event.time, {data, length});
      break;
    }
    default: break;
  }
}

int ClapEvents::parameter_of(clap_id id) const {
  const auto found = std::find_if(parameters_.begin(), parameters_.end(), [&](const auto& p) { return p.id == id; });
  return found == parameters_.end() ? -1 : static_cast<int>(found - parameters_.begin());
}

clap_event_transport_t clap_transport(const Block& block, int rate) {
  const auto beats = [](double value) { return std::llround(value * static_cast<double>(CLAP_BEATTIME_FACTOR)); };
  const WireTransport& song = block.transport;
  auto event = make_event<clap_event_transport_t>(CLAP_EVENT_TRANSPORT, 0);
  event.flags = CLAP_TRANSPORT_HAS_TEMPO | CLAP_TRANSPORT_HAS_BEATS_TIMELINE | CLAP_TRANSPORT_HAS_SECONDS_TIMELINE |
                CLAP_TRANSPORT_HAS_TIME_SIGNATURE;
  if (block.playing) event.flags |= CLAP_TRANSPORT_IS_PLAYING;
  event.song_pos_beats = beats(song.beats);
  event.song_pos_seconds =
      std::llround(static_cast<double>(block.at) / rate * static_cast<double>(CLAP_SECTIME_FACTOR));
  event.tempo = song.bpm;
  event.bar_start = beats(song.bar_start);
  event.bar_number = static_cast<std::int32_t>(song.bar);
  event.tsig_num = static_cast<std::uint16_t>(song.numerator);
  event.tsig_denom = static_cast<std::uint16_t>(song.denominator);
  return event;
}

}  // namespace firn::plugins::host
