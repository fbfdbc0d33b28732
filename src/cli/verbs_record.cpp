// Recording: what a song plays, and what comes in, onto tracks.
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/interrupts.hpp"
#include "cli/must.hpp"
#include "cli/playing.hpp"
#include "cli/text_table.hpp"
#include "cli/values.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"
#include "convert/bounce.hpp"
#include "live/recorder.hpp"
#include "plan/solo.hpp"
#include "session/takes.hpp"

namespace firn::cli {

using base::ErrorKind;
using document::Project;
using time::Frames;

namespace {

struct RecordOptions {
  PlayOptions play;
  std::string track;
  std::vector<std::string> inputs;
  std::vector<std::string> solo;
  std::string punch_in;
  std::string punch_out;
  std::string name;
  std::string quantise;
  bool overdub = false;
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

// Is it played in, onto a MIDI track?
bool is_played(const Project& project, const session::Take& take) {
  if (const document::Track* track = document::find(project, take.track))
    return track->kind == document::TrackKind::midi;
  const auto* external = std::get_if<document::ExternalInput>(&take.input);
  return external != nullptr && live::keyboard_of(external->name);
}

store::TakeKind kind_of(const Project& project, const session::Take& take) {
  return is_played(project, take) ? store::TakeKind::played : store::TakeKind::take;
}

void refuse_no_input(const Project& project, const session::Take& take) {
  const std::string what = take.track ? fmt::format("\"{}\"", take.name) : "A new track";
  if (std::holds_alternative<document::NoInput>(take.input))
    refuse(ErrorKind::usage, what + " has no input to record. Give one: --input resampling, or --input TRACK:TAP.");
  const auto* external = std::get_if<document::ExternalInput>(&take.input);
  if (external == nullptr) return;
  if (is_played(project, take)) {
    if (live::keyboard_of(external->name)) return;
    refuse(ErrorKind::usage,
           fmt::format("{} is a MIDI track and takes in \"{}\", which names no keyboard. Give midi for all that are "
                       "there, midi:NAME for those with that in their names, midi#10 for one channel.",
                       what, external->name));
  }
  if (live::channels_of(external->name)) return;
  refuse(ErrorKind::usage,
         fmt::format("{} takes in \"{}\", which names no channels of an audio device. Give hw:1 for one of "
                     "them, or hw:1-2 for two.",
                     what, external->name));
}

// A MIDI track that takes in nothing takes in all keyboards.
session::Take take_onto(const document::Track& track) {
  const bool is_open =
      track.kind == document::TrackKind::midi && std::holds_alternative<document::NoInput>(track.input);
  return {track.id, track.name, is_open ? document::Input(document::ExternalInput{"midi"}) : track.input};
}

std::vector<session::Take> takes_of(const RecordOptions& options, const Project& project) {
  std::vector<session::Take> takes;
  std::vector<document::Input> inputs;
  for (const std::string& input : options.inputs) inputs.push_back(must(parse_input(project, input)));
  if (!options.track.empty()) {
    if (!options.name.empty())
      refuse(ErrorKind::usage, "--name is for a new track: leave it out, or leave --track out.");
    if (inputs.size() > 1)
      refuse(ErrorKind::usage, "One track records one --input. Leave --track out for a new track each.");
    const document::Track& track = track_of(project, options.track);
    takes.push_back(take_onto(track));
    if (!inputs.empty()) takes.back().input = inputs.front();
  } else if (inputs.empty()) {
    for (const auto& track : project.tracks) {
      if (track->armed) takes.push_back(take_onto(*track));
    }
    if (takes.empty()) takes.push_back({{}, "", document::Resampling{}});
  }
  if (takes.empty()) {
    for (const document::Input& input : inputs) takes.push_back({{}, "", input});
  }
  const bool is_any_played = std::ranges::any_of(takes, [&](const auto& take) { return is_played(project, take); });
  if (!is_any_played && (!options.quantise.empty() || options.overdub)) {
    refuse(ErrorKind::usage,
           "--quantise and --overdub are for what is played in: record onto a MIDI track, or --input midi.");
  }
  int number = 0;
  for (session::Take& take : takes) {
    refuse_no_input(project, take);
    ++number;
    if (is_played(project, take)) {
      if (!options.quantise.empty()) take.quantise = must(parse_grid(options.quantise));
      if (options.overdub) take.beneath = edit::Beneath::kept;
    }
    if (take.track) continue;
    take.name = options.name.empty() ? is_played(project, take) ? "Keys" : convert::name_of_take(project, take.input)
                : takes.size() == 1 ? options.name
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
  for (const session::Take& take : recording.takes)  // what would be refused then is refused now
    must(edit::apply(project, edit::Command(edit::RecordTake{
                                  take.track,
                                  take.name,
                                  take.input,
                                  {},
                                  is_played(project, take) ? document::TrackKind::midi : document::TrackKind::audio})));
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
  if (take.punch.end <= take.punch.start)
    refuse(ErrorKind::usage, "There is nothing to record: --punch-out is not behind --punch-in.");
  if (take.punch.start >= last || take.punch.end <= way.run.start())
    refuse(ErrorKind::usage, "There is nothing to record there: the punch points lie outside of what is played.");
  take.start = std::max(way.run.start(), take.punch.start);
  return {take.start, way.run.loop() ? way.end : std::min(way.end, take.punch.end)};
}

// What plays meanwhile is what the take will leave: what stands beneath it is silent.
Project with_room_for(const Project& project, const session::Take& take, time::FrameRange range) {
  const document::Track* track = document::find(project, take.track);
  if (track == nullptr || take.beneath == edit::Beneath::kept) return project;
  if (const auto& loop = take.run.loop())
    range = {std::max(loop->start, take.punch.start), std::min(loop->end, take.punch.end)};
  edit::NewClip room;
  room.start = project.tempo.beats_at(range.start, project.rate);
  document::MidiClip body;
  for (const auto& clip : track->clips) {
    if (const auto* midi = std::get_if<document::MidiClip>(&clip->body))
      body.length = std::max(body.length, clip->start + midi->length - room.start);
  }
  if (range.end != Frames::never())
    body.length = std::min(body.length, project.tempo.beats_at(range.end, project.rate) - room.start);
  if (body.length <= time::Beats{}) return project;
  room.body = body;
  return must(edit::apply(project, edit::Command(edit::RecordTake{take.track, "", {}, {room}})));
}

void print_takes(Console& console, const session::Session& session, const std::vector<session::KeptTake>& kept,
                 const std::optional<Played>& played, bool json) {
  const Project& project = session.project();
  const auto history = session.history();
  const std::string label = kept.empty() ? "" : history.labels[history.at - 1];
  if (json) {
    Json takes = Json::array();
    for (const session::KeptTake& take : kept) {
      Json one{{"track", document::find(project, take.track)->name}, {"frames", take.length.count}};
      if (take.audio) {
        one["path"] = take.audio->path;
      } else {
        one["notes"] = take.notes;
      }
      takes.push_back(std::move(one));
    }
    Json all{{"step", label.empty() ? Json(nullptr) : Json(label)}, {"takes", std::move(takes)}};
    if (played) {
      all["dropouts"] = played->dropouts;
      all["missed_frames"] = played->missed;
    }
    console.print_json(all);
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const session::KeptTake& take : kept) {
    rows.push_back(
        {document::find(project, take.track)->name, clock_of(take.length, project.rate),
         take.audio ? take.audio->path : fmt::format("{} {}", take.notes, take.notes == 1 ? "note" : "notes")});
  }
  console.print(label.empty() ? "Nothing was recorded." : label);
  for (const session::KeptTake& take : kept) {
    const document::Track& track = *document::find(project, take.track);
    if (!take.audio && track.devices.empty())
      console.note(fmt::format("{0} has no instrument yet: `firn device add {1} \"{0}\" synth` gives it one.",
                               track.name, session.directory().filename().string()));
  }
  if (!rows.empty()) console.print(table_text({{"Track"}, {"Length", Align::right}, {"Of"}}, rows));
  if (played) console.print(troubles_text(*played) + ".");
}

Run capture(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json](Call& call) {
    Arguments arguments(call.words);
    session::Session session = open_session(call.console, arguments.take_directory());
    arguments.end();
    const auto kept = must(session::capture(session));
    print_takes(call.console, session, kept, std::nullopt, *json);
  };
}

// What takes are recorded on: for each a tape, and the file that is written of it.
class Tapes {
 public:
  Tapes(Recording& recording, const session::Session& session, const RecordOptions& options, const Way& way) {
    const Project& project = session.project();
    const Frames early{project.rate.hertz / 8};  // a hand on the beat is a little before it as often as behind
    for (session::Take& take : recording.takes) {
      const time::FrameRange range = set_range(take, options, way, project);
      const store::TakeKind kind = kind_of(project, take);
      tapes_.push_back(
          One{{take, must(session::begin_take(session, take, kind))}, point_of(recording.project, take.input)});
      One& one = tapes_.back();
      if (kind == store::TakeKind::take) {
        one.sound = std::make_shared<live::Tape>(range);
        continue;
      }
      one.events = std::make_shared<live::EventTape>(range, early);
      recording.project = with_room_for(recording.project, take, range);
    }
  }

  void add_to(Listening& listening) const {
    for (const One& one : tapes_) {
      const auto* external = std::get_if<document::ExternalInput>(&one.recorded.take.input);
      const std::string input = external == nullptr ? "" : external->name;
      if (one.sound) listening.recordings.push_back({one.point, one.sound, input});
      if (one.events) listening.event_recordings.push_back({input, one.events});
    }
  }

  std::vector<live::Recorder::Track> tracks() {
    std::vector<live::Recorder::Track> tracks;
    for (One& one : tapes_) {
      if (one.sound)
        tracks.push_back({one.sound, [&one](audio::ConstStereoView part) { return one.recorded.file.write(part); }});
    }
    return tracks;
  }
  std::vector<live::Recorder::Events> events() {
    std::vector<live::Recorder::Events> events;
    for (One& one : tapes_) {
      if (one.events)
        events.push_back({one.events, [&one](const midi::EventList& part) { return one.recorded.file.write(part); }});
    }
    return events;
  }

  // Nothing is recorded any more. What was lost is said.
  std::vector<session::RecordedTake> finish(Console& console) {
    std::vector<session::RecordedTake> recorded;
    for (One& one : tapes_) {
      if (one.events && one.events->lost() > 0) {
        console.note(fmt::format("{} messages onto {} came faster than they could be written, and are lost.",
                                 one.events->lost(), one.recorded.take.name));
      }
      if (one.sound) one.recorded.dropouts = one.sound->dropouts();
      one.recorded.length = one.sound ? one.recorded.file.frames() : one.events->length();
      recorded.push_back(std::move(one.recorded));
    }
    return recorded;
  }

 private:
  struct One {
    session::RecordedTake recorded;
    plan::Point point;
    std::shared_ptr<live::Tape> sound = {};  // or
    std::shared_ptr<live::EventTape> events = {};
  };
  std::vector<One> tapes_;  // does not grow once it is pointed into
};

void record_project(Call& call, const std::filesystem::path& directory, const RecordOptions& options) {
  session::Session session = open_session(call.console, directory);
  const Way way = way_of(options.play, session.project());
  Recording recording = recording_of(options, session.project());
  std::vector<document::Input> inputs;
  for (const session::Take& take : recording.takes) inputs.push_back(take.input);
  const Interrupts interrupts;  // before a thread is made: a device has its own
  const auto device = open_device(options.play, recording.project, inputs);
  if (hardware::midi_inputs(device->system()).empty() &&
      std::ranges::any_of(recording.takes,
                          [&](const session::Take& take) { return is_played(session.project(), take); }))
    call.console.note(fmt::format(
        "{} brings no MIDI input: nothing can be played in. `firn audio-devices` lists those that are there.",
        device->name()));
  Tapes tapes(recording, session, options, way);
  live::Recorder recorder(tapes.tracks(), tapes.events());
  Listening listening{"Recording"};
  tapes.add_to(listening);
  listening.check = [&] {
    if (auto fault = recorder.fault()) refuse(fault->kind, fault->message);
  };
  std::optional<Played> played;
  std::exception_ptr failure;
  try {
    played = play_through(call, recording.project, session.store(), *device, way, listening, interrupts.token());
    recorder.finish();
    listening.check();
  } catch (...) {
    failure = std::current_exception();  // what is recorded by then is a take all the same
  }
  recorder.finish();
  auto recorded = tapes.finish(call.console);
  const Frames length = recorded.front().length;
  const auto kept = session::keep_takes(session, std::move(recorded));
  if (!kept) {
    const std::string stays = fmt::format(
        "{} The {} that were recorded stay in {}: the next command on the project puts them on their track, once that "
        "can "
        "be.",
        kept.error().message, clock_of(length, session.project().rate), (session.directory() / ".firn/takes").string());
    if (!failure) refuse(kept.error().kind, stays);
    call.console.note(stays);
    std::rethrow_exception(failure);
  }
  print_takes(call.console, session, *kept, played, options.json);
  if (failure) std::rethrow_exception(failure);
}

Run record(CLI::App& app) {
  const auto options = std::make_shared<RecordOptions>();
  add_text(app, "--track", options->track, "TRACK",
           "The audio or MIDI track that is recorded onto; a new one without it");
  add_list(app, "--input", options->inputs, "INPUT",
           "What to record: resampling (Main), TRACK:TAP, TRACK:PAD, hw:1-2, channels of the device, or midi, "
           "midi:NAME, midi#10: what is played in on keyboards; may be given several times. Without it, the armed "
           "tracks' inputs, or Main");
  add_list(app, "--solo", options->solo, "TRACK", "Solo this track for the take; may be given several times");
  add_text(app, "--punch-in", options->punch_in, "POS", "Record from there on, and play before");
  add_text(app, "--punch-out", options->punch_out, "POS", "Record up to there, and play on");
  add_text(app, "--name", options->name, "NAME", "The new track's name");
  add_text(
      app, "--quantise", options->quantise, "VALUE",
      "Move the notes that are played in to the nearest 1/16, 1/8T, …; without it they stay where they were played");
  add_flag(app, "--overdub", options->overdub,
           "Of what is played in: keep what stood there beneath the take, and hear it meanwhile");
  add_play_options(app, options->play);
  add_number(
      app, {.name = "--round-trip", .minimum = 0.0, .maximum = 1e6, .scale = devices::Scale::whole}, "FRAMES",
      "After how many frames what is played comes in again through a cable, where the system does not tell it right",
      [options](double frames) { options->play.round_trip = Frames{static_cast<std::int64_t>(frames)}; });
  add_json(app, options->json);
  return [options](Call& call) {
    Arguments arguments(call.words);
    const auto directory = arguments.take_directory();
    arguments.end();
    record_project(call, directory, *options);
  };
}

}  // namespace

Family record_verbs() {
  return {
      "Recording",
      {{"record", "[DIR]", "Record what a song plays, in real time",
        "Main, taps of tracks, or channels of the device, onto new audio tracks, onto one track, or onto those that "
        "are armed; or what is played on keyboards, onto MIDI tracks. With "
        "nothing touched meanwhile it is, sample for sample, what `firn resample` makes faster. Each time round a loop "
        "is a clip of "
        "its own: the last whole one plays, the others are switched off. Ctrl-C ends the take. A take outlives a "
        "crash: the next command on the project puts it on its track.",
        "firn record song\nfirn record song --track Print --input resampling --from 9 --to 17\n"
        "firn record song --input Drums:post-mixer --from 9 --to 13 --loop --passes 4\n"
        "firn record song --from 1 --punch-in 5 --punch-out 9 --device jack\nfirn record song --input hw:1-2 "
        "--count-in 1 --click\nfirn record song --track Lead --input midi --from 9 --to 17 --count-in 1 --quantise "
        "1/16",
        record},
       {"capture", "[DIR]", "Put what was heard last onto a new track",
        "`firn play` keeps the last minutes of Main, five to ten of them. Captured, they are a clip where they were "
        "played. Playing again, and `firn clean`, forget them.",
        "firn play song\nfirn capture song", capture}}};
}

}  // namespace firn::cli
