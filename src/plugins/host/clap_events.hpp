// ClapEvents: the two lists of events that one CLAP call has: what the plug-in is told, sorted, and what it says. The audio thread's, or the main
// thread's where that plays its part.
#pragma once

#include <clap/process.h>

#include <vector>

#include "plugins/host/block.hpp"
#include "plugins/host/moves.hpp"

namespace firn::plugins::host {

// What names a parameter in CLAP.
struct ClapParameter {
  clap_id id = 0;
  void* cookie = nullptr;
};

class ClapEvents {
 public:
  // `as_notes`: the plug-in does not read MIDI, only CLAP's own notes.
  ClapEvents(const std::vector<ClapParameter>& parameters, Moves& moves, bool as_notes);
  ClapEvents(const ClapEvents&) = delete;
  ClapEvents& operator=(const ClapEvents&) = delete;

  void begin(EventSink* sent);  // with empty lists; what the plug-in sends goes to `sent`, where there is one
  void add(const Block&);
  void add_value(int offset, int parameter, double value);

  const clap_input_events_t* in() const { return &in_; }
  const clap_output_events_t* out() const { return &out_; }

 private:
  union Event {
    clap_event_header_t header;
    clap_event_note_t note;
    clap_event_midi_t midi;
    clap_event_param_value_t value;
  };

  void add_message(const WireEvent&);
  void receive(const clap_event_header_t&);
  int parameter_of(clap_id) const;  // -1 if it is not one of ours

  const std::vector<ClapParameter>& parameters_;
  Moves& moves_;
  const bool as_notes_;
  std::vector<Event> events_;
  EventSink* sent_ = nullptr;
  clap_input_events_t in_{};
  clap_output_events_t out_{};
};

clap_event_transport_t clap_transport(const Block&, int rate);

}  // namespace firn::plugins::host
