// Plan: a flat list of steps that makes the sound of some taps of a project: a pure, comparable value. Any thread.
//
// Every step makes one stream, of stereo audio or of MIDI events. A stream is late by its `lag`: at engine frame n it
// carries frame n - lag of the run (time::Run), which is a position on the timeline as long as no loop is gone round. So nothing that a step does
// depends on the latencies before it: automation, grids and events all live on the timeline.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "audio/audio_ref.hpp"
#include "base/box.hpp"
#include "base/content.hpp"
#include "base/result.hpp"
#include "devices/device_type.hpp"
#include "document/project.hpp"
#include "midi/event.hpp"
#include "plan/curve.hpp"
#include "time/run.hpp"
#include "time/tempo_map.hpp"

namespace firn::plan {

// ---- Steps ----

// -> events. The track's notes and controls; ends at the last of them.
struct PlayEvents {
  base::Box<midi::EventList> events;
  base::Box<midi::EventList> again = {};  // of each further time round the loop
  std::string input =
      {};  // not empty: what is played in there is heard, too. Only of a plan that is played live (SPEC A7)
  friend bool operator==(const PlayEvents&, const PlayEvents&) = default;
};

struct AudioSpan {
  audio::AudioRef audio;
  time::Frames start;  // on the timeline
  time::Frames length;
  time::Frames offset;  // in the file
  std::optional<time::FrameRange> loop;
  double gain_db = 0.0;
  time::Frames fade_in;
  time::Frames fade_out;
  friend bool operator==(const AudioSpan&, const AudioSpan&) = default;
};

// -> audio. Clips or a print from disk; ends where the last of them ends, or as its `ringing` says.
struct PlayAudio {
  std::vector<AudioSpan> spans;
  time::Frames stop = time::Frames::never();  // what lies from here on is not played
  std::optional<audio::Ringing> ringing = {};
  friend bool operator==(const PlayAudio&, const PlayAudio&) = default;
};

// -> audio. What another engine makes ahead of time (engine::StreamRing, plan/freeze_line.hpp). Only of a plan that is played live.
struct PlayAhead {
  int line = 0;        // of those that have been made, one after another
  bool rings = false;  // behind the last note or clip: what stands in for it is a device, or a print of one
  friend bool operator==(const PlayAhead&, const PlayAhead&) = default;
};

// -> audio. What comes in from outside, now. Only of a plan that is played live (SPEC A7).
struct PlayInput {
  std::string name;  // document::ExternalInput's
  friend bool operator==(const PlayInput&, const PlayInput&) = default;
};

struct AutomatedParameter {
  int index = 0;  // in the device type's parameters
  Curve curve;
  friend bool operator==(const AutomatedParameter&, const AutomatedParameter&) = default;
};

// events or audio [, side-chain audio] -> events or audio, by the device's class.
struct Process {
  devices::Settings settings;
  devices::DeviceClass device_class = devices::DeviceClass::audio_effect;
  devices::Facts facts;
  std::vector<AutomatedParameter> automated;
  std::optional<Curve> on;  // the device's switch, where it is automated
  friend bool operator==(const Process&, const Process&) = default;
};

// any number of audio streams of one lag -> audio. In the order given, in 64 bits.
struct Sum {
  friend bool operator==(const Sum&, const Sum&) = default;
};

// audio -> audio, later by `frames`: latency compensation. On the timeline it changes nothing.
struct Delay {
  time::Frames frames;
  friend bool operator==(const Delay&, const Delay&) = default;
};

// Where a sound is taken to have ended: at the end of a chain where it has become inaudible (SPEC C1), or faded out at the limit; for
// devices that go on from it, where it has been nothing but zeros for a second, or a second past the limit, by which their own end has come,
// however far they look ahead.
enum class Ending { inaudible, silent };

// audio -> audio: the end of a chain. Passes its input until it has ended, then zeros for good.
struct Tail {
  double limit_seconds = 60.0;
  Ending ending = Ending::inaudible;
  friend bool operator==(const Tail&, const Tail&) = default;
};

// audio -> audio: a track's fader, pan and activator. `volume` in dB.
struct Mix {
  Curve volume;
  Curve pan;
  Curve activator;
  friend bool operator==(const Mix&, const Mix&) = default;
};

// audio -> audio: a send's level in dB, and the activator where the send is pre-fader.
struct SendLevel {
  Curve level;
  Curve activator;
  friend bool operator==(const SendLevel&, const SendLevel&) = default;
};

// what was heard, what is heard from now on -> audio. The one over into the other, as it plays. Only of a plan that follows another
// (plan/transition.hpp).
struct CrossFade {
  time::Frames length;
  friend bool operator==(const CrossFade&, const CrossFade&) = default;
};

// Which part of a project a step is: the same in every plan of it, whatever is edited around it. In no recipe.
struct StepKey {
  enum class Part : std::uint8_t { none, silence, source, print, sum, device, tail, mixer, send, output };
  Part part = Part::none;  // none: no other plan's step goes on as this one
  document::TrackId track = {};
  document::DeviceId device = {};  // itself; or the last one in a print, or before a tap; none: all of the track
  document::TrackId to = {};       // of a send
  int pad = 0;
  time::Frames delay = {};  // a Delay of so much behind it
  friend auto operator<=>(const StepKey&, const StepKey&) = default;
};

struct Step {
  std::variant<PlayEvents, PlayAudio, Process, Sum, Delay, Tail, Mix, SendLevel, PlayAhead, PlayInput, CrossFade> work;
  std::vector<int> inputs;  // earlier steps
  time::Frames lag;
  std::string name;  // for messages and measurements: "Bass: Reverb"; in no recipe
  StepKey key = {};

  friend bool operator==(const Step&, const Step&) = default;
};

// ---- The plan ----

// A tap, or the point after one device of a track's chain.
struct Point {
  document::Tap tap;
  document::DeviceId after;  // if set, `tap.point` is not read
  Ending ending = Ending::inaudible;
  friend auto operator<=>(const Point&, const Point&) = default;
};

struct Output {
  Point point;
  int step = 0;
  friend bool operator==(const Output&, const Output&) = default;
};

struct Plan {
  time::SampleRate rate;
  base::Box<time::TempoMap> tempo;
  time::Frames
      start;  // where the transport starts: nothing of the timeline before it is heard, and every step begins there,
  time::Frames lead = {};  // but for what is played in and all behind it, which begins so much before: a count-in
  std::optional<time::FrameRange> loop = {};  // that it goes round, from its end on
  time::Frames shift = {};                    // of the run (time::Run). Only of a plan that follows another
  std::vector<Step> steps;                    // each after its inputs
  std::vector<Output> outputs;

  time::Run run() const { return time::Run(start, loop, shift); }
  friend bool operator==(const Plan&, const Plan&) = default;
};

bool is_device(const Step&);
bool has_devices(const Plan&);

// ---- Making one ----

using DeviceFacts = std::map<document::DeviceId, devices::Facts>;

enum class Prints {
  play,  // frozen tracks play their prints; their devices where they go on after the transport's stop, or hear what solo silences
  ignore,  // as if nothing were frozen: the reference, and what recipes are made of
};

struct Setup {
  time::Frames start;
  time::Frames lead = {};                     // before it, what is played in is heard (Plan)
  time::Frames stop = time::Frames::never();  // where the transport stops: notes and clips end there, devices ring on
  Prints prints = Prints::play;
  std::optional<time::FrameRange> loop = {};  // what the transport goes round, without a stop
  time::Frames shift = {};                    // of its run (time::Run)
  std::map<StepKey, int> ahead = {};          // steps in whose place there is a PlayAhead, of which line
  bool live_inputs = false;                   // external inputs are heard; else they are silent
  std::map<StepKey, time::Frames> least_lags =
      {};  // how late, at least, what enters these steps is: what plays never gets ahead of itself
};

// A plan of the steps that the points need and no others. Fails with not_found for a point that is not in the project; with
// refused for a routing cycle (its path is named) and for devices that are missing (all of them are named), with device for plug-ins
// that can't be loaded; and as Facts::lost says.
base::Result<Plan> compile(const document::Project&, const std::vector<Point>&, const Setup&, const DeviceFacts&);

// The same plan without what no output needs.
Plan needed(Plan);

// The same plan with one output: the sum of all its outputs, in their order. The new output bears the first one's point.
Plan summed(Plan);

// The timeline position of the last note, control or clip that the plan plays, or one of its outputs: its sound ends a tail later.
time::Frames last_event_of(const Plan&);
time::Frames last_event_of(const Plan&, const Output&);

devices::Settings settings_of(const document::Project&, const document::Device&);
// Facts of all devices in a project, and in the origins of its clips. Without something to ask about plug-ins, these are missing.
using PluginFacts = std::function<devices::Facts(const devices::Settings&)>;
DeviceFacts facts_of(const document::Project&, const PluginFacts&);

// What was asked for: the digest of everything that the output's samples depend on, and of nothing else.
base::RecipeKey recipe_of(const Plan&, const Output&);
std::vector<base::RecipeKey> recipes_of(const Plan&);  // of all outputs, in their order

}  // namespace firn::plan
