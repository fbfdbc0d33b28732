// MidiSequenceBuilder: puts the tracks of a MIDI file together to sequences. One thread.
#pragma once

#include <vector>

#include "files/midi_file.hpp"
#include "files/midi_remarks.hpp"
#include "files/midi_track_reader.hpp"

namespace firn::files {

class MidiSequenceBuilder {
 public:
  MidiSequenceBuilder(const MidiDivision& division, MidiRemarks& warnings) : division_(division), warnings_(warnings) {}

  // The sequence of tracks that play together. All the sequences of a builder last 24 hours at most, each in whole
  // bars.
  MidiSequence build(std::vector<MidiTrackContent>);
  bool has_time_left() const { return seconds_left_ > 0.0; }

 private:
  void end_hanging_notes(std::vector<MidiTrackContent>&);
  static void end_silenced_notes(std::vector<MidiTrackContent>&);
  void cut_after(time::Beats limit, std::vector<MidiTrackContent>&, MidiSequence&);

  const MidiDivision& division_;
  MidiRemarks& warnings_;
  double seconds_left_ = 24.0 * 60.0 * 60.0;
};

}  // namespace firn::files
