// Command: every way a project can change, as plain values; apply() carries one out. Any thread; pure.
//
// What a command makes takes the project's next id (`next_id` before it), so that a caller who sends several can name
// what the first one makes in the second. A command that makes several things says in which order they are numbered.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"
#include "midi/note.hpp"
#include "time/tempo_map.hpp"

// A table: a line for each command.
// clang-format off

namespace firn::edit {

using document::BouncePoint;
using document::ClipId;
using document::Color;
using document::DeviceId;
using document::LocatorId;
using document::Project;
using document::TrackId;

// ---- Tracks (tracks.cpp)

// Where a track stands: directly in `group` (none: at the top), before `before`, which must stand directly in that
// group too. Without `before`: last in the group; at the top, after the last track that is not a return (a return:
// before Main).
struct Place {
  TrackId group;
  TrackId before;
  friend bool operator==(const Place&, const Place&) = default;
};

struct AddTrack {
  document::TrackKind kind = document::TrackKind::midi;  // any but main
  std::string name;                                      // empty: "MIDI 1", the first number that is free
  Color color;
  Place place;
};
// A group goes with all its members. Sends, inputs, outputs, side-chains and automation that refer to what goes are
// removed or set back to their default; refused where a frozen device listens to it.
struct RemoveTrack { TrackId track; };
struct RenameTrack { TrackId track; std::string name; };
struct RecolorTrack { TrackId track; Color color; };
// A group's members move with it.
struct MoveTrack { TrackId track; Place place; };
// The copy stands after the original and shares its clips' content, prints and files; device seeds are copied. A
// group's members are copied with it, and what they say to each other is said among the copies. Numbered: tracks in
// display order, then their clips and devices. Empty name: "<name> (Copy)".
struct DuplicateTrack { TrackId track; std::string name; };
struct SetTrackActive { TrackId track; bool active = true; };

// ---- Clips (clips.cpp). Each names the clip's track.

using Extent = std::variant<time::Beats, time::Frames>;  // MIDI clips are measured in beats, audio clips in frames
using ClipLoop = std::variant<std::monostate, time::BeatRange, time::FrameRange>;
using ClipBody = std::variant<document::MidiClip, document::AudioClip>;

struct NewClip {
  std::string name;            // empty: the track's
  std::optional<Color> color;  // none: the track's
  time::Beats start;
  ClipBody body;
  bool active = true;
};

struct AddClip { TrackId track; NewClip clip; };
struct RemoveClip { TrackId track; ClipId clip; };
struct MoveClip { TrackId track; ClipId clip; TrackId to; time::Beats start; };  // `to`: of that kind; may be `track`
struct ResizeClip { TrackId track; ClipId clip; Extent length; };                // moves the clip's end
// Cuts at a position strictly within the clip; the right part is the new clip. The parts share the content.
struct SplitClip { TrackId track; ClipId clip; time::Beats at; };
struct RenameClip { TrackId track; ClipId clip; std::string name; };
struct RecolorClip { TrackId track; ClipId clip; Color color; };
struct SetClipActive { TrackId track; ClipId clip; bool active = true; };
struct SetClipOffset { TrackId track; ClipId clip; Extent offset; };
struct SetClipLoop { TrackId track; ClipId clip; ClipLoop loop; };
struct SetClipGain { TrackId track; ClipId clip; double gain_db = 0.0; };  // audio; -inf to 24
struct SetClipFades { TrackId track; ClipId clip; time::Frames fade_in; time::Frames fade_out; };  // audio
struct DuplicateClip { TrackId track; ClipId clip; std::optional<time::Beats> start; };  // none: where the clip ends

// ---- Notes and controls of a MIDI clip (notes.cpp). A note is named by its value; of several equal ones, one is
// meant.

struct NoteChange { midi::Note from; midi::Note to; };

struct AddNotes { TrackId track; ClipId clip; std::vector<midi::Note> notes; };
struct RemoveNotes { TrackId track; ClipId clip; std::vector<midi::Note> notes; };
struct ChangeNotes { TrackId track; ClipId clip; std::vector<NoteChange> changes; };
struct AddControls { TrackId track; ClipId clip; std::vector<midi::Control> controls; };
struct RemoveControls { TrackId track; ClipId clip; std::vector<midi::Control> controls; };

// ---- Devices (devices.cpp). Each names the device's track.

struct AddDevice {
  TrackId track;
  std::string type;  // the catalogue's name; of a plug-in not looked at
  std::string name;  // empty: the type's title; made unique in the track with a number
  DeviceId before;   // none: behind the last device of its class
  std::map<std::string, double> parameters;
  std::map<std::string, document::FileRef> files;
  std::optional<std::uint64_t> seed;  // none: made from the device's id
  std::optional<base::Box<devices::DeviceType>> plugin = {};
};
struct RemoveDevice { TrackId track; DeviceId device; };
struct MoveDevice { TrackId track; DeviceId device; DeviceId before; };  // none: behind the last device of its class
struct RenameDevice { TrackId track; DeviceId device; std::string name; };
struct SetParameters { TrackId track; DeviceId device; std::map<std::string, double> values; };
struct SetDeviceFile { TrackId track; DeviceId device; std::string slot; std::optional<document::FileRef> file; };
struct SetDeviceOn { TrackId track; DeviceId device; bool on = true; };
struct SetDeviceSeed { TrackId track; DeviceId device; std::uint64_t seed = 0; };
struct SetSideChain { TrackId track; DeviceId device; std::optional<document::Tap> from; };

// ---- Mixer (mixer.cpp)

struct SetVolume { TrackId track; double db = 0.0; };   // -inf to 6
struct SetPan { TrackId track; double pan = 0.0; };     // -1 to 1
struct SetActivator { TrackId track; bool on = true; };
struct SetSolo { TrackId track; bool solo = false; };
// A send that is missing is made: silent, post-fader and on, but for what is set.
struct SetSendLevel { TrackId track; TrackId to; double db = 0.0; };  // -inf to 6
struct SetSendPoint { TrackId track; TrackId to; bool pre_fader = false; };
struct SetSendOn { TrackId track; TrackId to; bool on = true; };

// ---- Routing (routing.cpp). Refused, with the path named, where it would make a cycle (SPEC E1).

struct SetInput { TrackId track; document::Input input; };  // Resampling sets the monitor to off (SPEC E2)
struct SetOutput { TrackId track; document::Output output; };
struct SetMonitor { TrackId track; document::Monitor monitor = document::Monitor::automatic; };
struct SetArmed { TrackId track; bool armed = false; };

// ---- Automation (automation.cpp). Points of stepped parameters are made to hold.

struct SetAutomation {
  TrackId track;
  document::AutomationTarget target;
  std::vector<document::Breakpoint> points;  // sorted by position, at most two in one; empty: no automation
};
// In place of those at its position.
struct AddPoint { TrackId track; document::AutomationTarget target; document::Breakpoint point; };
struct RemovePoint { TrackId track; document::AutomationTarget target; time::Beats at; };           // all there
struct ClearAutomation { TrackId track; document::AutomationTarget target; };

// ---- Tempo, locators and the project's own settings (tempo.cpp)

struct SetTempo { std::vector<time::TempoPoint> points; };
struct SetTimeSignatures { std::vector<time::TimeSignature> signatures; };
struct AddLocator { time::Beats at; std::string name; };
struct RemoveLocator { LocatorId locator; };
struct RenameLocator { LocatorId locator; std::string name; };
struct MoveLocator { LocatorId locator; time::Beats at; };
struct SetTailLimit { double seconds = 60.0; };  // above 0, at most 600
struct SetPluginGrid { int frames = document::initial_plugin_grid; };  // a power of two from 32 to 1024

// ---- Conversion (conversion.cpp): what a render becomes

// Puts a print on top of the track's stack. Its `up_to` must lie behind that of the print below.
struct Freeze { TrackId track; document::Print print; };
// Takes the top print off.
struct Unfreeze { TrackId track; };
// The track must be frozen whole and becomes an audio track in place: one clip, the print, at gain 1; `origin` keeps
// the track as it was. For MIDI and audio tracks.
struct Flatten { TrackId track; };

enum class MixerChoice { as_now, as_was };
// Brings back what a flattened or bounced-in-place track was; name, colour and place stay as they are now.
struct Unflatten { TrackId track; MixerChoice mixer = MixerChoice::as_now; };

// New audio track after the source, "<source> (Bounce)", in its colour and group; the source is deactivated. What is
// bounced at Post Mixer or later leaves the new mixer neutral; through the returns it is also routed straight to Main,
// through Main past it.
// Numbered: the track, then its clips.
struct BounceToNewTrack { TrackId source; BouncePoint point = BouncePoint::post_fx; std::vector<NewClip> clips; };
// Each pad becomes an audio track in a new group behind the source, "<source> (Bounce)", which takes over the audio effects behind the
// drum rack, the mixer and the output; the source is deactivated. Numbered: the group, its devices, then pad by pad the track
// and its clips.
struct BouncePads {
  struct Pad { int number = 0; std::string name; std::vector<NewClip> clips; };  // the name: of the track
  TrackId source;
  std::vector<Pad> pads;
};
// The source becomes an audio track with these clips and the audio effects behind the point; `origin` keeps what it
// was.
struct BounceInPlace {
  TrackId track;
  BouncePoint point = BouncePoint::post_fx;
  DeviceId after;  // for after_device: the instrument or an audio effect
  std::vector<NewClip> clips;
};
// Puts audio that was printed anew into bounced clips of the track, which may be frozen: its print is stale then. What stood at a
// position of the source stays where it was; a clip that began or ended with its audio does so still.
struct UpdateBounce {
  struct Printed { ClipId clip; document::AudioRef audio; document::Bounce bounce; };
  TrackId track;
  std::vector<Printed> clips;
};
// The clips of a take, one for each cycle of the loop, on a track; without one, on a new track of that kind at the
// end of the tracks, with this name and input. What played there under those that are active is cut and switched off, an earlier take; or kept.
// Numbered: the track, then its clips, then the parts that others are cut into.
enum class Beneath { switched_off, kept };
struct RecordTake {
  TrackId track;
  std::string new_track;
  document::Input input;
  std::vector<NewClip> clips;
  document::TrackKind kind = document::TrackKind::audio;
  Beneath beneath = Beneath::switched_off;
};

// clang-format on

using AnyCommand =
    std::variant<AddTrack, RemoveTrack, RenameTrack, RecolorTrack, MoveTrack, DuplicateTrack, SetTrackActive,   //
                 AddClip, RemoveClip, MoveClip, ResizeClip, SplitClip, RenameClip, RecolorClip, SetClipActive,  //
                 SetClipOffset, SetClipLoop, SetClipGain, SetClipFades, DuplicateClip,                          //
                 AddNotes, RemoveNotes, ChangeNotes, AddControls, RemoveControls,                               //
                 AddDevice, RemoveDevice, MoveDevice, RenameDevice, SetParameters, SetDeviceFile, SetDeviceOn,  //
                 SetDeviceSeed, SetSideChain,                                                                   //
                 SetVolume, SetPan, SetActivator, SetSolo, SetSendLevel, SetSendPoint, SetSendOn,               //
                 SetInput, SetOutput, SetMonitor, SetArmed,                                                     //
                 SetAutomation, AddPoint, RemovePoint, ClearAutomation,                                         //
                 SetTempo, SetTimeSignatures, AddLocator, RemoveLocator, RenameLocator, MoveLocator, SetTailLimit,
                 SetPluginGrid,                                                                      //
                 Freeze, Unfreeze, Flatten, Unflatten, BounceToNewTrack, BouncePads, BounceInPlace,  //
                 UpdateBounce, RecordTake>;

// One of them. Copied and destroyed by code that is compiled once (command.cpp), as there are many.
struct Command : AnyCommand {
  template <typename One>
  requires(!std::derived_from<One, AnyCommand>) &&
      std::constructible_from<AnyCommand, std::in_place_type_t<One>, One> Command(One one)
      : AnyCommand(std::in_place_type<One>, std::move(one)) {}
  Command(const Command&);
  Command(Command&&) noexcept;
  Command& operator=(const Command&);
  Command& operator=(Command&&) noexcept;
  ~Command();
};

// The project after the command. Fails and changes nothing: usage (a value out of range), not_found (a name or thing
// that is not there), refused (the project's state forbids it: frozen, a cycle, the wrong kind of track). Messages
// use names. The result keeps every invariant that violation_of (invariants.hpp) checks.
base::Result<Project> apply(const Project&, const Command&);

// One after another, all or nothing: one undo step.
base::Result<Project> apply(const Project&, const std::vector<Command>&);

// What undo lists show: "Freeze Bass". `before` is the project that the command is, or was, applied to.
std::string describe(const Project& before, const Command&);
// Of several: the first, and how many more: "Freeze Bass and 3 more". Empty for none.
std::string describe(const Project& before, const std::vector<Command>&);

}  // namespace firn::edit
