// Playing and recording: what a song sounds like, now.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/interrupts.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/playing.hpp"
#include "cli/text_table.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"
#include "convert/bounce.hpp"
#include "convert/freeze.hpp"
#include "convert/played_prints.hpp"
#include "live/recorder.hpp"
#include "plan/solo.hpp"
#include "session/takes.hpp"

namespace firn::cli {

using base::ErrorKind;
using document::Project;
using document::TrackId;
using time::Frames;

namespace {

std::string percent_text(double share) { return fmt::format("{:.1f} %", 100.0 * share); }

// "SoundFont 2.9 %, Reverb 0.2 %": the most first; what takes next to nothing is left out.
std::string parts_text(const live::Load& load, const std::string& prefix) {
  std::vector<live::Load::Step> steps = load.steps;
  std::ranges::stable_sort(steps, std::greater{}, &live::Load::Step::share);
  std::string text;
  for (const live::Load::Step& step : steps) {
    if (step.share < 0.0005) break;
    const bool is_its = !prefix.empty() && step.name.starts_with(prefix);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", is_its ? step.name.substr(prefix.size()) : step.name,
                        percent_text(step.share));
  }
  return text;
}

// What each track takes of a core above the freeze line, which a freeze saves, and what the rest takes.
void print_loads(Console& console, const Project& project, std::vector<live::Load> loads) {
  std::ranges::stable_sort(loads, [](const live::Load& a, const live::Load& b) {
    return a.track && b.track ? a.share() > b.share() : static_cast<bool>(a.track);
  });
  std::vector<std::vector<std::string>> rows;
  for (const live::Load& load : loads) {
    const document::Track* track = document::find(project, load.track);
    rows.push_back({track == nullptr ? "Audio thread" : track->name, percent_text(load.share()),
                    track == nullptr  ? ""
                    : track->frozen() ? "frozen"
                                      : "a freeze saves it",
                    parts_text(load, track == nullptr ? "" : track->name + ": ")});
  }
  console.print(table_text({{"Load"}, {"Of a core", Align::right}, {""}, {"Of which"}}, rows));
}

void play_project(Call& call, const std::filesystem::path& directory, const PlayOptions& options, bool auto_freeze,
                  bool shows_load) {
  session::Session session = open_session(call.console, directory);
  const Project project = session.project();
  const Way way = way_of(options, project);
  const auto device = open_device(options, project);
  const Interrupts interrupts;
  convert::Studio studio{session.store(), facts_of(call.machine, session.directory(), project), call.machine.devices()};
  convert::PlayedPrints prints(project, studio);
  Listening listening;
  listening.measures = shows_load;
  if (auto_freeze) {
    listening.keep = [&](TrackId track, const plan::Plan& plan) { return prints.keep(track, plan); };
  }
  const Played played = play_through(call, project, session.store(), *device, way, listening, interrupts.token());
  call.console.print(fmt::format("Played {} to {}. {}.", clock_of(way.run.start(), project.rate),
                                 clock_of(way.run.from(played.heard).position, project.rate), troubles_text(played)));
  if (shows_load) print_loads(call.console, project, played.loads);
  if (!auto_freeze) return;
  const std::vector<TrackId> whole = prints.finish();
  if (whole.empty()) {
    call.console.print("No track was played from its start to its end, so none is frozen.");
    return;
  }
  const auto outcome = must(convert::freeze(project, {whole}, studio));
  call.console.print(commit(session, outcome.commands));
}

Run play(CLI::App& app) {
  struct Options {
    PlayOptions play;
    bool auto_freeze = false;
    bool load = false;
  };
  const auto options = std::make_shared<Options>();
  add_play_options(app, options->play);
  add_flag(app, "--auto-freeze", options->auto_freeze,
           "Freeze the tracks that were played from the song's start to their end: what was played is their print");
  add_flag(app, "--load", options->load,
           "Say what each track and device takes of a core, and what a freeze would save");
  return [options](Call& call) {
    Arguments arguments(call.words);
    const auto directory = arguments.take_directory();
    arguments.end();
    play_project(call, directory, options->play, options->auto_freeze, options->load);
  };
}

// ---- Recording ----

struct RecordOptions {
  PlayOptions play;
  std::string track;
  std::vector<std::string> inputs;
  std::vector<std::string> solo;
  std::string punch_in;
  std::string punch_out;
  std::string name;
  bool json = false;
};

// What is recorded of a project, and the project as it plays meanwhile.
struct Recording {
  Project project;
  std::vector<session::Take> takes;
};

plan::Point point_of(const Project& project, const document::Input& input) {
  if (const auto* tap = std::get_if<document::Tap>(&input)) return {*tap, {}};
  return {{document::main_of(project).id, document::TapPoint::post_mixer}, {}};
}

void refuse_no_input(const std::string& what, const document::Input& input) {
  if (std::holds_alternative<document::NoInput>(input))
    refuse(ErrorKind::usage, what + " has no input to record. Give one: --input resampling, or --input TRACK:TAP.");
  const auto* external = std::get_if<document::ExternalInput>(&input);
  if (external != nullptr && !live::channels_of(external->name)) {
    refuse(ErrorKind::usage,
           fmt::format("{} takes in \"{}\", which names no channels of an audio device. Give hw:1 for one of "
                       "them, or hw:1-2 for two.",
                       what, external->name));
  }
}

std::vector<session::Take> takes_of(const RecordOptions& options, const Project& project) {
  std::vector<session::Take> takes;
  std::vector<document::Input> inputs;
  for (const std::string& input : options.inputs) inputs.push_back(must(parse_input(project, input)));
  if (!options.track.empty()) {
    if (inputs.size() > 1)
      refuse(ErrorKind::usage, "One track records one --input. Leave --track out for a new track each.");
    const document::Track& track = track_of(project, options.track);
    takes.push_back({track.id, track.name, inputs.empty() ? track.input : inputs.front()});
  } else if (inputs.empty()) {
    for (const auto& track : project.tracks) {
      if (track->armed && track->kind == document::TrackKind::audio)
        takes.push_back({track->id, track->name, track->input});
    }
    if (takes.empty()) takes.push_back({{}, "", document::Resampling{}});
  }
  if (takes.empty()) {
    for (const document::Input& input : inputs) takes.push_back({{}, "", input});
  }
  int number = 0;
  for (session::Take& take : takes) {
    refuse_no_input(take.track ? fmt::format("\"{}\"", take.name) : "A new track", take.input);
    ++number;
    if (take.track) continue;
    take.name = options.name.empty() ? convert::name_of_take(project, take.input)
                : takes.size() == 1  ? options.name
                                     : fmt::format("{} {}", options.name, number);
  }
  return takes;
}

Recording recording_of(const RecordOptions& options, const Project& project) {
  Recording recording{project, takes_of(options, project)};
  Commands commands;
  for (const session::Take& take : recording.takes) {
    if (!take.track) continue;
    commands.push_back(edit::SetInput{take.track, take.input});
    commands.push_back(edit::SetArmed{take.track, true});
  }
  recording.project = must(edit::apply(project, commands));
  if (!options.solo.empty()) recording.project = plan::with_solo(recording.project, tracks_of(project, options.solo));
  return recording;
}

// Onto each take's tape come the frames of this range of the run.
time::FrameRange set_range(session::Take& take, const RecordOptions& options, const Way& way, const Project& project) {
  const auto position = [&](const std::string& text, Frames otherwise) {
    if (text.empty()) return otherwise;
    return project.tempo.frame_at(must(time::parse_position(text, project.tempo)), project.rate);
  };
  take.run = way.run;
  take.punch = {position(options.punch_in, Frames{}), position(options.punch_out, Frames::never())};
  const Frames last = way.run.loop() ? way.run.loop()->end : way.end;
  if (take.punch.end <= take.punch.start || take.punch.start >= last || take.punch.end <= way.run.start())
    refuse(ErrorKind::usage, "There is nothing to record there: the punch points lie outside of what is played.");
  take.start = std::max(way.run.start(), take.punch.start);
  return {take.start, way.run.loop() ? way.end : std::min(way.end, take.punch.end)};
}

void print_takes(Console& console, const session::Session& session, const std::vector<session::KeptTake>& kept,
                 const std::string& label, const Played& played, bool json) {
  const Project& project = session.project();
  if (json) {
    Json takes = Json::array();
    for (const session::KeptTake& take : kept) {
      takes.push_back(Json{{"track", document::find(project, take.track)->name},
                           {"path", take.audio.path},
                           {"frames", take.audio.frames.count}});
    }
    console.print_json(Json{{"step", label.empty() ? Json(nullptr) : Json(label)},
                            {"takes", std::move(takes)},
                            {"dropouts", played.dropouts},
                            {"missed_frames", played.missed}});
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const session::KeptTake& take : kept) {
    rows.push_back(
        {document::find(project, take.track)->name, clock_of(take.audio.frames, project.rate), take.audio.path});
  }
  console.print(label.empty() ? "Nothing was recorded." : label);
  if (!rows.empty()) console.print(table_text({{"Track"}, {"Length", Align::right}, {"File"}}, rows));
  console.print(troubles_text(played) + ".");
}

void record_project(Call& call, const std::filesystem::path& directory, const RecordOptions& options) {
  session::Session session = open_session(call.console, directory);
  const Way way = way_of(options.play, session.project());
  Recording recording = recording_of(options, session.project());
  std::vector<document::Input> inputs;
  for (const session::Take& take : recording.takes) inputs.push_back(take.input);
  const auto device = open_device(options.play, recording.project, inputs);
  std::vector<live::Recording> recordings;
  std::vector<live::Recorder::Track> tracks;
  std::vector<session::RecordedTake> recorded;
  for (session::Take& take : recording.takes) {
    auto tape = std::make_shared<live::Tape>(set_range(take, options, way, session.project()));
    const auto* external = std::get_if<document::ExternalInput>(&take.input);
    recordings.push_back({point_of(recording.project, take.input), tape, external == nullptr ? "" : external->name});
    recorded.push_back({take, must(session::begin_take(session, take))});
  }
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    tracks.push_back(
        {recordings[i].tape, [&file = recorded[i].file](audio::ConstStereoView part) { return file.write(part); }});
  }
  const Interrupts interrupts;  // before any thread is made
  live::Recorder recorder(tracks);
  Listening listening{"Recording", recordings};
  listening.check = [&] {
    if (auto fault = recorder.fault()) refuse(fault->kind, fault->message);
  };
  Played played;
  std::exception_ptr failure;
  try {
    played = play_through(call, recording.project, session.store(), *device, way, listening, interrupts.token());
  } catch (...) {
    failure = std::current_exception();  // what is recorded by then is a take all the same
  }
  recorder.finish();
  for (std::size_t i = 0; i < recorded.size(); ++i) recorded[i].dropouts = tracks[i].tape->dropouts();
  const std::size_t before = session.history().at;
  const auto kept = must(session::keep_takes(session, std::move(recorded)));
  const auto history = session.history();
  print_takes(call.console, session, kept, history.at == before ? "" : history.labels[history.at - 1], played,
              options.json);
  if (failure) std::rethrow_exception(failure);
}

Run record(CLI::App& app) {
  const auto options = std::make_shared<RecordOptions>();
  add_text(app, "--track", options->track, "TRACK", "The audio track that is recorded onto; a new one without it");
  add_list(app, "--input", options->inputs, "INPUT",
           "What to record: resampling (Main), TRACK:TAP, TRACK:PAD, or hw:1-2, channels of the device; may be given "
           "several times. Without it, the armed "
           "tracks' inputs, or Main");
  add_list(app, "--solo", options->solo, "TRACK", "Solo this track for the take; may be given several times");
  add_text(app, "--punch-in", options->punch_in, "POS", "Record from there on, and play before");
  add_text(app, "--punch-out", options->punch_out, "POS", "Record up to there, and play on");
  add_text(app, "--name", options->name, "NAME", "The new track's name");
  add_play_options(app, options->play);
  add_json(app, options->json);
  return [options](Call& call) {
    Arguments arguments(call.words);
    const auto directory = arguments.take_directory();
    arguments.end();
    record_project(call, directory, *options);
  };
}

Run audio_devices(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json](Call& call) {
    Arguments(call.words).end();
    const auto devices = hardware::audio_devices();
    if (*json) {
      Json all = Json::array();
      for (const hardware::DeviceInfo& device : devices) {
        all.push_back(Json{{"name", device.name},
                           {"system", hardware::name_of(device.system)},
                           {"inputs", device.inputs},
                           {"outputs", device.outputs},
                           {"rates", device.rates},
                           {"default", device.is_default}});
      }
      call.console.print_json(Json{{"devices", std::move(all)}});
      return;
    }
    std::vector<std::vector<std::string>> rows;
    for (const hardware::DeviceInfo& device : devices) {
      rows.push_back({device.name, hardware::title_of(device.system), std::to_string(device.inputs),
                      std::to_string(device.outputs),
                      device.rates.empty() ? "any" : fmt::format("{}", fmt::join(device.rates, " "))});
    }
    call.console.print(
        table_text({{"Device"}, {"System"}, {"In", Align::right}, {"Out", Align::right}, {"Rates (Hz)"}}, rows));
  };
}

}  // namespace

Family play_verbs() {
  return {"Playing and recording",
          {{"play", "[DIR]", "Play a song through an audio device",
            "What is heard is what is printed: sample for sample what `firn export` writes. The device is JACK's where "
            "a server "
            "runs, else PulseAudio's or ALSA's; `--device null` keeps time and plays nothing.",
            "firn play song\nfirn play song --from 17 --to 25 --loop\nfirn play song --device jack\nfirn play song "
            "--auto-freeze\nfirn play song --load",
            play},
           {"record", "[DIR]", "Record what a song plays, in real time",
            "Main, or taps of tracks, onto new audio tracks, onto one track, or onto those that are armed. With "
            "nothing touched meanwhile it is what `firn resample` makes, faster. Each time round a loop is a clip of "
            "its own: the last whole one plays, the others are switched off. Ctrl-C ends the take. A take outlives a "
            "crash: the next command on the project puts it on its track.",
            "firn record song\nfirn record song --track Print --input resampling --from 9 --to 17\n"
            "firn record song --input Drums:post-mixer --from 9 --to 13 --loop --passes 4\n"
            "firn record song --from 1 --punch-in 5 --punch-out 9 --device jack",
            record},
           {"audio-devices", "", "List the audio devices of this machine", "",
            "firn audio-devices\nfirn audio-devices --json", audio_devices}}};
}

}  // namespace firn::cli
