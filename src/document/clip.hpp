// Clips: a piece of MIDI or of audio in the Arrangement. Values; any thread.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "audio/audio_ref.hpp"
#include "base/box.hpp"
#include "document/ids.hpp"
#include "midi/note.hpp"
#include "time/beats.hpp"
#include "time/frames.hpp"

namespace firn::document {

// Plays `content` from `offset` on; with a loop, wraps from loop.end to loop.start for as long as the clip lasts.
// Notes are cut at the clip's end.
struct MidiClip {
  time::Beats length;
  time::Beats offset;
  std::optional<time::BeatRange> loop;  // in the content's time
  base::Box<midi::Content> content;

  friend bool operator==(const MidiClip&, const MidiClip&) = default;
};

using audio::AudioRef;

// Plays `audio` from `offset` on at its own speed (no warping): its length is in frames, only its start is musical.
struct AudioClip {
  AudioRef audio;
  time::Frames length;
  time::Frames offset;
  std::optional<time::FrameRange> loop;  // in the file's frames
  double gain_db = 0.0;                  // exactly 1 at 0 dB
  time::Frames fade_in;                  // linear in amplitude
  time::Frames fade_out;

  friend bool operator==(const AudioClip&, const AudioClip&) = default;
};

struct Clip {
  ClipId id;
  std::string name;
  Color color;
  bool active = true;
  time::Beats start;
  std::variant<MidiClip, AudioClip> body;
  UnknownFields unknown;

  friend bool operator==(const Clip&, const Clip&) = default;
};

}  // namespace firn::document
