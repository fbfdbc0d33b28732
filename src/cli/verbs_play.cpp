// Playing: what a song sounds like, now.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "cli/interrupts.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/playing.hpp"
#include "cli/text_table.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"
#include "convert/freeze.hpp"
#include "convert/played_prints.hpp"
#include "files/project_file.hpp"
#include "live/recorder.hpp"
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

struct PlayVerbOptions {
  PlayOptions play;
  bool auto_freeze = false;
  bool load = false;
  bool forget = false;
};

void freeze_played(Call& call, session::Session& session, convert::PlayedPrints& prints, convert::Studio& studio) {
  const std::vector<TrackId> whole = prints.finish();
  if (whole.empty()) {
    call.console.print("No track was played from its start to its end, so none is frozen.");
    return;
  }
  const auto outcome = must(convert::freeze(session.project(), {whole}, studio));
  call.console.print(commit(session, outcome.commands));
}

// Keeps what is heard for `firn capture`, as long as there is room.
class Ear {
 public:
  Ear(const std::filesystem::path& directory, const Project& project, const Way& way)
      : heard_(session::Heard::begin(directory, way.run, project.rate)),
        tape_(std::make_shared<live::Tape>(time::FrameRange{way.run.start(), way.end})) {
    main_.tap = {document::main_of(project).id, document::TapPoint::post_mixer};
  }

  live::Recording recording() const { return {main_, tape_}; }
  live::Recorder::Track track() {
    return {tape_, [this](audio::ConstStereoView part) {
              return heard_.and_then([&](auto& heard) { return heard.write(part); });
            }};
  }

 private:
  base::Result<session::Heard> heard_;
  std::shared_ptr<live::Tape> tape_;
  plan::Point main_;
};

// Sees when another process has edited a project.
class Edits {
 public:
  explicit Edits(std::filesystem::path directory) : directory_(std::move(directory)), seen_(stamp()) {}

  // The project, if it has been saved since. What can't be read is said.
  std::optional<Project> next(Console& console) {
    const auto now = stamp();
    if (now == seen_) return std::nullopt;
    seen_ = now;
    auto project = files::read_project(directory_);
    if (project) return std::move(*project);
    console.note("What was edited is not heard: " + project.error().message);
    return std::nullopt;
  }

 private:
  // Each save is a new file, renamed over the last.
  std::pair<std::uintmax_t, std::filesystem::file_time_type> stamp() const {
    struct ::stat found {};
    std::error_code error;
    const auto file = directory_ / files::project_file_name;
    if (::stat(file.c_str(), &found) != 0) return {};
    return {found.st_ino, std::filesystem::last_write_time(file, error)};
  }

  std::filesystem::path directory_;
  std::pair<std::uintmax_t, std::filesystem::file_time_type> seen_;
};

void play_project(Call& call, const std::filesystem::path& directory, const PlayVerbOptions& options) {
  std::optional<session::Session> session = open_session(call.console, directory);
  const Project project = session->project();
  const Way way = way_of(options.play, project);
  const Interrupts interrupts;  // before a thread is made: a device has its own
  const auto device = open_device(options.play, project);
  std::optional<store::Store> own;
  if (!options.auto_freeze) own.emplace(must(store::Store::open(directory)));
  store::Store& store = own ? *own : session->store();
  convert::Studio studio{store, facts_of(call.machine, directory, project), call.machine.devices()};
  convert::PlayedPrints prints(project, studio);
  std::optional<Ear> ear;
  std::vector<live::Recorder::Track> tracks;
  Edits edits(directory);
  Listening listening;
  listening.measures = options.load;
  if (options.auto_freeze) {
    listening.keep = [&](TrackId track, const plan::Plan& plan) { return prints.keep(track, plan); };
  } else {
    session.reset();  // others may edit, which is heard
    listening.edited = [&] { return edits.next(call.console); };
  }
  if (!options.forget) {
    ear.emplace(directory, project, way);
    listening.recordings.push_back(ear->recording());
    tracks.push_back(ear->track());
  }
  live::Recorder recorder(tracks);
  const Played played = play_through(call, project, store, *device, way, listening, interrupts.token());
  recorder.finish();
  call.console.print(fmt::format("Played {} to {}. {}.", clock_of(way.run.start(), project.rate),
                                 clock_of(way.run.from(played.heard).position, project.rate), troubles_text(played)));
  if (auto fault = recorder.fault())
    call.console.note(fmt::format("What was heard can't all be captured: {}", fault->message));
  if (options.load) print_loads(call.console, project, played.loads);
  if (options.auto_freeze) freeze_played(call, *session, prints, studio);
}

Run play(CLI::App& app) {
  const auto options = std::make_shared<PlayVerbOptions>();
  add_play_options(app, options->play);
  add_flag(app, "--forget", options->forget, "Keep nothing of what is heard for `firn capture`");
  add_flag(app, "--auto-freeze", options->auto_freeze,
           "Freeze the tracks that were played from the song's start to their end: what was played is their print");
  add_flag(app, "--load", options->load,
           "Say what each track and device takes of a core, and what a freeze would save");
  return [options](Call& call) {
    Arguments arguments(call.words);
    const auto directory = arguments.take_directory();
    arguments.end();
    play_project(call, directory, *options);
  };
}

struct Keyboard {
  std::string name;
  hardware::System system;
};

// Those that come with a device of the system.
std::vector<Keyboard> keyboards_here() {
  std::vector<Keyboard> all;
  for (const hardware::System system : {hardware::System::jack, hardware::System::alsa}) {
    for (std::string& name : hardware::midi_inputs(system)) all.push_back({std::move(name), system});
  }
  return all;
}

Run audio_devices(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json](Call& call) {
    Arguments(call.words).end();
    const auto devices = hardware::audio_devices();
    const auto keyboards = keyboards_here();
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
      Json inputs = Json::array();
      for (const Keyboard& each : keyboards)
        inputs.push_back(Json{{"name", each.name}, {"system", hardware::name_of(each.system)}});
      call.console.print_json(Json{{"devices", std::move(all)}, {"midi_inputs", std::move(inputs)}});
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
    if (keyboards.empty()) return;
    rows.clear();
    for (const Keyboard& each : keyboards) rows.push_back({each.name, hardware::title_of(each.system)});
    call.console.print(table_text({{"MIDI input"}, {"System"}}, rows));
  };
}

}  // namespace

Family play_verbs() {
  return {
      "Playing",
      {{"play", "[DIR]", "Play a song through an audio device",
        "What is heard is what is printed: sample for sample what `firn export` writes. The device is JACK's where "
        "a server runs, else PulseAudio's or ALSA's; `--device null` keeps time and plays nothing. Edits that other "
        "commands make meanwhile are heard as soon as they are saved, without a gap.",
        "firn play song\nfirn play song --from 17 --to 25 --loop\nfirn play song --device jack\nfirn play song "
        "--auto-freeze\nfirn play song --load",
        play},
       {"audio-devices", "", "List the audio devices and MIDI inputs of this machine",
        "JACK brings its own MIDI inputs, the other systems those of ALSA. `firn route song Lead input=midi` takes in "
        "all "
        "of them, `input=midi:Keystation` those with that in their names, `input=midi#10` channel 10.",
        "firn audio-devices\nfirn audio-devices --json", audio_devices}}};
}

}  // namespace firn::cli
