// What the MIDI effects share: the order of events, note values, and notes that end by themselves. One thread at a
// time.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "devices/built_in.hpp"
#include "devices/processor.hpp"
#include "midi/event.hpp"
#include "midi/note.hpp"
#include "time/beats.hpp"

namespace firn::devices {

// Sorts the events from index `first` on as midi::EventList does; equal ones keep their order. Allocates nothing.
void put_in_order(std::vector<midi::Event>&, std::size_t first);

inline midi::Event note_on_of(time::Frames at, int key, int velocity) {
  return {at, midi::EventKind::note_on, static_cast<std::uint8_t>(key), static_cast<std::uint16_t>(velocity)};
}

inline midi::Event note_off_of(time::Frames at, int key, int velocity = midi::Note{}.release_velocity) {
  return {at, midi::EventKind::note_off, static_cast<std::uint8_t>(key), static_cast<std::uint16_t>(velocity)};
}

// All notes off, and all sound off.
inline bool ends_all_notes(const midi::Event& event) {
  return event.kind == midi::EventKind::controller && (event.number == 123 || event.number == 120);
}

struct NoteValue {
  const char* name;
  time::Beats length;
};

// A whole note to a 64th, with triplets ("t") and dotted ones ("d"), longest first.
const std::vector<NoteValue>& note_values();
std::vector<std::string> note_value_names();
int note_value_index(std::string_view name);

// How long a share of a note value lasts at the slowest tempo.
time::Frames longest_of(time::Beats, double share, const Timing&);

// Notes whose ends are due at a time of the stream: one a key, as a key that sounds is ended before it sounds again.
class TimedNotes {
 public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  TimedNotes();

  std::int64_t earliest() const { return earliest_; }  // never if no note sounds

  // Starts a note at stream time `now` (`at` on the timeline) for `length` frames, 1 or more. If the key sounds since
  // `now` already, that note stays and takes the longer of the two lengths.
  void start(std::int64_t now, time::Frames at, int key, int velocity, std::int64_t length,
             std::vector<midi::Event>& out);
  // Between blocks: how many frames after `now` the notes that sound are due.
  void list_state(base::ImageWriter&, std::int64_t now) const;
  void list_state(base::ImageReader&, std::int64_t now);

  // Ends the notes due by stream time `now`.
  void end_due(std::int64_t now, time::Frames at, std::vector<midi::Event>& out);

 private:
  void find_earliest();

  std::array<std::int64_t, 128> began_;
  std::array<std::int64_t, 128> due_;
  std::int64_t earliest_ = never;
};

}  // namespace firn::devices
