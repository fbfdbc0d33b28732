// Reads the events of one track of a Standard MIDI File. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "files/midi_file.hpp"
#include "files/midi_remarks.hpp"
#include "midi/note.hpp"

namespace firn::files {

// The length of a tick of the file: `numerator` / `denominator` of a tick of Beats.
struct MidiDivision {
  std::int64_t numerator = 1;
  std::int64_t denominator = 1;
  bool smpte = false;  // ticks are parts of a second, whatever the tempo

  time::Beats at(std::int64_t tick) const;  // nearest
  std::int64_t last_tick() const;           // as far as a position can be: 20,000,000 quarters
};

// A note that its track does not end, and a note-off for which its track has no note: another track may have the other
// half.
struct HangingNote {
  std::size_t channel = 0;  // index in the track's channels
  std::size_t note = 0;     // index in that channel's notes, before they are sorted
  std::size_t offset = 0;
};
inline constexpr std::string_view stray_note_off = "a note-off has no note to end; it is dropped";
struct StrayNoteOff {
  MidiPlace place;
  time::Beats at;
  std::uint8_t key = 0;
  std::uint8_t release_velocity = midi::Note{}.release_velocity;
  std::size_t offset = 0;
};

// What one track says. Notes are in the order of the file, hanging ones still without a length; controls are sorted.
struct MidiTrackContent {
  MidiTrack track;
  std::vector<time::TempoPoint> tempos;  // in the order of the file, as all that follows
  std::vector<time::TimeSignature> signatures;
  std::vector<MidiLocator> locators;
  std::vector<HangingNote> hanging;
  std::vector<StrayNoteOff> strays;
  std::vector<std::pair<MidiPlace, time::Beats>> silences;  // where all of a channel's notes are told to end
  std::vector<std::pair<MidiPlace, bool>> drum_parts;       // what GS messages made of a part: drums or not
  std::set<MidiPlace> xg_drums;  // channels whose bank is a drum bank in XG and General MIDI 2
  bool xg_or_gm2 = false;        // such a system was switched on
  bool ended = false;            // by an end-of-track event
  std::size_t offset = 0;        // of its chunk in the file
  std::size_t stop = 0;          // the byte after the last one read
};

// Reads from `begin` to an end-of-track event or `end`, whichever comes first.
MidiTrackContent read_midi_track(std::span<const std::byte> file, std::size_t begin, std::size_t end,
                                 const MidiDivision&, MidiRemarks& warnings, MidiRemarks& left_out);

}  // namespace firn::files
