// Playing a song through an audio device, with a meter, for `firn play` and `firn record`. One thread.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/notation.hpp"
#include "cli/options.hpp"
#include "cli/verb.hpp"
#include "hardware/audio_device.hpp"
#include "live/player.hpp"
#include "store/store.hpp"
#include "time/run.hpp"

namespace firn::cli {

struct PlayOptions {
  RangeOptions range;
  bool loop = false;
  int passes = 0;  // round the loop; 0: until Ctrl-C
  bool click = false;
  int count_in = 0;  // bars
  std::optional<time::Frames> round_trip;
  std::optional<int> rate;  // of the device, in hertz
  std::string device;
  int buffer = 256;
};
void add_play_options(CLI::App&, PlayOptions&);

// The way that the options ask for, the frame of it at which it ends, and what of the metronome is heard. Fails with usage where they make no sense.
struct Way {
  time::Run run;
  time::Frames end = time::Frames::never();
  bool clicks = false;
  int count_in = 0;
  std::optional<time::Frames> round_trip = {};  // else what the device says
};
Way way_of(const PlayOptions&, const document::Project&);

// A device, with the channels that the song's tracks, and these inputs, take in, and all keyboards; for what is taken in it must have the song's
// rate (unsupported).
std::unique_ptr<hardware::AudioDevice> open_device(const PlayOptions&, const document::Project&,
                                                   const std::vector<document::Input>& = {});

struct Played {
  time::Frames heard;  // the frame of the run at which it ended
  std::int64_t dropouts = 0;
  std::int64_t missed = 0;             // frames that came too late from disk or devices
  std::vector<live::Load> loads = {};  // where it was measured
};
// What is done with what plays, but for hearing it.
struct Listening {
  std::string doing = "Playing";  // for the user
  std::vector<live::Recording> recordings = {};
  std::vector<live::EventRecording> event_recordings = {};
  live::KeepOf keep = {};
  bool measures = false;                // what everything takes
  std::function<void()> check = [] {};  // called now and then; may fail
  // Asked now and then: the project, if it has been edited since. What plays follows it.
  std::function<std::optional<document::Project>()> edited = [] { return std::nullopt; };
};
// Plays to the end of the way, of the sound, or to a stop.
Played play_through(Call&, const document::Project&, store::Store&, hardware::AudioDevice&, const Way&,
                    const Listening&, const std::stop_token&);

// "1:02.500", and how it went: "3 drop-outs, and 512 frames that came too late from disk or devices".
std::string clock_of(time::Frames, time::SampleRate);
std::string troubles_text(const Played&);

}  // namespace firn::cli
