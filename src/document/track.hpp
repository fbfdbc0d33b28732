// Track: clips and devices above the freeze line, a mixer below it. Values; any thread.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/box.hpp"
#include "document/automation.hpp"
#include "document/clip.hpp"
#include "document/device.hpp"
#include "document/ids.hpp"
#include "time/frames.hpp"

namespace firn::document {

enum class TrackKind { midi, audio, group, return_, main };

// A send leaves at Post FX (pre-fader) or at Post Mixer (post-fader).
struct Send {
  TrackId to;  // a return
  double level_db = minus_infinity();
  bool pre_fader = false;
  bool on = true;
  UnknownFields unknown;

  static constexpr double minus_infinity() { return -std::numeric_limits<double>::infinity(); }
  friend bool operator==(const Send&, const Send&) = default;
};

struct Mixer {
  double volume_db = 0.0;  // -inf to 6
  double pan = 0.0;        // -1 (left) to 1 (right)
  bool activator = true;   // false: muted
  bool solo = false;
  std::vector<Send> sends;  // at most one for each return; a missing one is silent
  UnknownFields unknown;

  friend bool operator==(const Mixer&, const Mixer&) = default;
};

struct NoInput {
  friend bool operator==(const NoInput&, const NoInput&) = default;
};
// Main after its devices and volume.
struct Resampling {
  friend bool operator==(const Resampling&, const Resampling&) = default;
};
struct ExternalInput {
  std::string name;  // "hw:1-2"
  friend bool operator==(const ExternalInput&, const ExternalInput&) = default;
};
using Input = std::variant<NoInput, Resampling, Tap, ExternalInput>;

struct ToParent {  // the group the track is in, else Main
  friend bool operator==(const ToParent&, const ToParent&) = default;
};
struct ToTrack {
  TrackId track;
  friend bool operator==(const ToTrack&, const ToTrack&) = default;
};
struct SendsOnly {
  friend bool operator==(const SendsOnly&, const SendsOnly&) = default;
};
// Added to what Main gives after its chain and its mixer: for sound that has been through both already.
struct PastMain {
  friend bool operator==(const PastMain&, const PastMain&) = default;
};
using Output = std::variant<ToParent, ToTrack, SendsOnly, PastMain>;

enum class Monitor { in, automatic, off };

// One layer of a freeze: the chain up to and including `up_to`, printed; none: what enters the chain, before any device.
struct Print {
  RecipeKey recipe;
  AudioRef audio;
  time::FrameRange range;  // on the timeline; audio frame 0 is range.start
  DeviceId up_to;
  std::optional<audio::Ringing>
      ringing;  // of a print that devices follow; the end of a chain is cut by SPEC C1 instead
  UnknownFields unknown;

  friend bool operator==(const Print&, const Print&) = default;
};

struct Track;

// Where the audio of a track that was flattened or bounced in place came from: the track as it was.
struct Origin {
  base::Box<Track> source;
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Track {
  TrackId id;
  TrackKind kind = TrackKind::midi;
  std::string name;
  Color color;
  TrackId group;       // the group it is in; none at the top
  bool active = true;  // false: deactivated, nothing is processed
  std::vector<base::Box<Clip>>
      clips;                    // sorted by start, then id; MIDI clips on MIDI tracks, audio clips on audio tracks
  std::vector<Device> devices;  // MIDI effects, then the instrument, then audio effects
  Mixer mixer;
  std::vector<Automation> automation;  // sorted by target, one for each
  Input input;
  Output output;
  Monitor monitor = Monitor::automatic;
  bool armed = false;
  std::vector<Print> prints;   // a stack, the last on top; empty: live
  std::vector<Origin> origin;  // none or one
  UnknownFields unknown;

  bool frozen() const { return !prints.empty(); }
  friend bool operator==(const Track&, const Track&) = default;
};

}  // namespace firn::document
