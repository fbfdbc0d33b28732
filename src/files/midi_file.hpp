// MidiSong: what a Standard MIDI File says, as a value; read_midi and write_midi go from bytes to it and back. Any
// thread.
//
// The format is the MIDI Association's "Standard MIDI Files 1.0" (RP-001), with RMID (RP-029), channel prefix and port.
// Reading repairs what can be repaired and says so in `warnings`; what is hopeless is an Error with the byte it is at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "midi/note.hpp"
#include "time/beats.hpp"
#include "time/tempo_map.hpp"

namespace firn::files {

// Something to tell the user about a file. Remarks of one kind are one remark, with the place of the first.
struct MidiRemark {
  std::string text;        // a sentence without its full stop
  std::size_t offset = 0;  // of the byte in the file
  std::int64_t count = 1;

  friend bool operator==(const MidiRemark&, const MidiRemark&) = default;
};

// "Byte 34: a note never ends; it ends with its track (3 times)."
std::string text_of(const MidiRemark&);

inline constexpr std::size_t most_tracks = 65'535;  // a file counts them in 16 bits
inline constexpr int drum_channel = 9;              // General MIDI's channel 10

// A channel of a port; sorts by port first.
using MidiPlace = std::pair<int, int>;

// What one track holds for one channel. Times count from the start of the sequence.
struct MidiChannel {
  int port = 0;            // 0 to 127: the same channel of another port is another channel
  int channel = 0;         // 0 to 15
  bool drums = false;      // channel 10 (9 here), or made a drum channel by a GS, XG or General MIDI 2 message
  std::string name;        // given through a channel prefix; else empty
  std::string instrument;  // likewise
  midi::Content content;

  friend bool operator==(const MidiChannel&, const MidiChannel&) = default;
};

inline MidiPlace place_of(const MidiChannel& channel) { return {channel.port, channel.channel}; }

// Text is valid UTF-8 without control characters, whatever the file held (UTF-8, Windows-1252 or Shift-JIS).
struct MidiTrack {
  std::string name;
  std::string instrument;
  std::vector<MidiChannel> channels;  // sorted by port, then channel; one for each pair, none empty
  time::Beats end;                    // its end-of-track event; at or after its last note's end

  friend bool operator==(const MidiTrack&, const MidiTrack&) = default;
};

// A marker or a cue point.
struct MidiLocator {
  time::Beats at;
  std::string name;

  friend bool operator==(const MidiLocator&, const MidiLocator&) = default;
};

// Tracks that play together, with their tempo and bars: both fit for TempoMap::make.
struct MidiSequence {
  std::string name;
  std::vector<MidiTrack> tracks;
  std::vector<time::TempoPoint> tempos{time::TempoPoint{}};  // without ramps: MIDI files have none
  std::vector<time::TimeSignature> signatures{time::TimeSignature{}};
  std::vector<MidiLocator> locators;  // sorted by position
  time::Beats end;                    // the last of its tracks' ends

  friend bool operator==(const MidiSequence&, const MidiSequence&) = default;
};

struct MidiSong {
  int format = 1;  // 0, 1 or 2
  int ticks_per_quarter =
      480;  // 1 to 32,767: what to write it at; for a file timed in SMPTE frames, what comes nearest
  std::vector<MidiSequence> sequences;  // one, or for format 2 any number
  std::vector<MidiRemark> warnings;     // where the file breaks the format, and what was made of it
  std::vector<MidiRemark> left_out;     // what the file rightly holds and a MidiSong has no place for

  friend bool operator==(const MidiSong&, const MidiSong&) = default;
};

// How long a sequence is in whole bars, one at least: where the next one of a format 2 file begins.
time::Beats length_in_bars(const MidiSequence&);

// The n-th tick at a resolution, and the nearest tick to a position: tick_of(beats_of_tick(n, r), r) == n.
time::Beats beats_of_tick(std::int64_t tick, int ticks_per_quarter);
std::int64_t tick_of(time::Beats, int ticks_per_quarter);

inline constexpr std::int64_t longest_midi_file = 64 * 1024 * 1024;  // bytes

// A file timed in SMPTE frames is read at 120 bpm, so that a second is two beats. Sequences last 24 hours at most,
// together; what lies beyond is left out with a warning. Fails: malformed (no header, a truncated one, no resolution),
// unsupported (too long).
base::Result<MidiSong> read_midi(std::span<const std::byte>);

// One sequence makes a file of format 1, with its tempo in the first track; several make one of format 2. Fails
// (unsupported) where the format has no room: more than 65,535 tracks.
base::Result<std::vector<std::byte>> write_midi(const MidiSong&);

}  // namespace firn::files
