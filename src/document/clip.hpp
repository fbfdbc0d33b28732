// Clips: a piece of MIDI or of audio in the Arrangement. Values; any thread.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

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

// Where a bounce is printed. `post_mixer` and later have the track's mixer in them; `through_returns` also holds what its sends bring
// to Main, `through_main` has been through Main as well.
enum class BouncePoint { pre_fx, after_device, post_fx, post_mixer, through_returns, through_main };

// What bounced audio was printed of, so that the same can be printed again. It tells of the past: what it names may be gone.
struct Bounce {
  TrackId source;  // none: the track that the clip is on, as its origin keeps it
  BouncePoint point = BouncePoint::post_fx;
  DeviceId after;                  // for after_device
  int pad = 0;                     // at pre_fx: this pad of the source's drum rack alone, as Tap has it
  time::Beats start;               // on the source's timeline; where the audio begins
  std::optional<time::Beats> end;  // none: when the sound has ended
  bool whole = false;              // of all that the source plays: `start` is where that may begin
  RecipeKey recipe;                // of what was asked for: another now if the source has changed since
  UnknownFields unknown = {};

  friend bool operator==(const Bounce&, const Bounce&) = default;
};

// Plays `audio` from `offset` on at its own speed (no warping): its length is in frames, only its start is musical.
struct AudioClip {
  AudioRef audio;
  time::Frames length;
  time::Frames offset;
  std::optional<time::FrameRange> loop;  // in the file's frames
  double gain_db = 0.0;                  // exactly 1 at 0 dB
  time::Frames fade_in;                  // linear in amplitude
  time::Frames fade_out;
  std::optional<Bounce> bounce = {};            // of bounced audio
  std::vector<time::FrameRange> dropouts = {};  // in the file: where a recording is not what it should be (SPEC E7)

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
