#include "cli/new_project.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/new_folder.hpp"
#include "cli/interrupts.hpp"
#include "cli/must.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/values.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"
#include "files/midi_file.hpp"
#include "files/midi_import.hpp"

namespace firn::cli {

namespace fs = std::filesystem;
using base::ErrorKind;
using document::Project;

namespace {

files::MidiSong read_song(const fs::path& path) {
  const std::string bytes = must(base::read_whole(path, files::longest_midi_file));
  auto song = files::read_midi(std::as_bytes(std::span(bytes)));
  if (!song) refuse(song.error().kind, fmt::format("{}: {}", path.string(), song.error().message));
  return *std::move(song);
}

std::vector<std::string> remarks_of(const files::MidiSong& song, const fs::path& path) {
  std::vector<std::string> remarks;
  for (const auto* list : {&song.warnings, &song.left_out}) {
    for (const files::MidiRemark& remark : *list)
      remarks.push_back(fmt::format("{}: {}", path.string(), files::text_of(remark)));
  }
  return remarks;
}

struct NewOptions {
  std::string directory;
  std::string soundfont;
  std::optional<time::SampleRate> rate;
  std::optional<std::string> tempo;
  bool json = false;
};

time::SampleRate rate_of(const NewOptions& options) { return options.rate.value_or(time::SampleRate{48000}); }

Project empty_project(const NewOptions& options) {
  Project project = document::make_project(rate_of(options));
  if (options.tempo) {
    const auto bpm = must(parse_value({.name = "--tempo", .minimum = 1.0, .maximum = 10'000.0}, *options.tempo));
    project.tempo = must(time::TempoMap::make({{.at = {}, .bpm = bpm}}, project.tempo.signatures()));
  }
  return project;
}

void make_new(Call& call, const NewOptions& options) {
  Arguments arguments(call.words);
  const auto songs = arguments.take_rest();
  if (songs.size() > 1) refuse(ErrorKind::usage, "A project is made of one MIDI file; add others with `firn import`.");
  if (options.directory.empty()) refuse(ErrorKind::usage, "Where to? Give the new project's directory with -o DIR.");
  if (!songs.empty() && options.tempo)
    refuse(ErrorKind::usage, "--tempo is for an empty project: a MIDI file brings its own.");
  if (songs.empty() && !options.soundfont.empty())
    refuse(ErrorKind::usage,
           "--soundfont is what a MIDI file's tracks play: give it with one, here or to `firn import`.");
  const fs::path target = without_slash(options.directory);
  const Interrupts interrupts;
  base::NewFolder folder = must(base::NewFolder::beside(target));

  std::vector<std::string> remarks;
  std::optional<files::MidiSong> song;
  if (!songs.empty()) {
    song = read_song(songs.front());
    remarks = remarks_of(*song, songs.front());
  }
  Project project = empty_project(options);
  try {
    if (song) {
      store::Store store = must(store::Store::open(folder.path()));
      project = files::project_of(*song, soundfont_for(store, options.soundfont), rate_of(options));
    }
    must(session::Session::create(folder.path(), project).map([](const session::Session&) {}));
  } catch (const Failure& failure) {
    throw Failure{folder.said(failure.error)};
  }
  if (interrupts.token().stop_requested()) refuse(ErrorKind::cancelled, "Cancelled.");
  must(folder.move_to_target());

  for (const std::string& remark : remarks) call.console.note(remark);
  const View view = view_of(target, std::move(project), {});
  if (options.json) {
    Json json = project_json(view);
    json["remarks"] = Json::array();
    for (const std::string& remark : remarks) json["remarks"].push_back(remark);
    call.console.print_json(json);
  } else {
    call.console.print(project_text(view));
  }
}

bool is_midi(const fs::path& path) {
  const auto file = must(base::open_to_read(path));
  char head[12] = {};
  const ssize_t count = ::read(file.number(), head, sizeof head);
  const auto is = [&](std::size_t at, const char* mark) {
    return count >= static_cast<ssize_t>(at + 4) && std::memcmp(head + at, mark, 4) == 0;
  };
  const std::string extension = path.extension().string();
  return is(0, "MThd") || (is(0, "RIFF") && is(8, "RMID")) || extension == ".mid" || extension == ".midi" ||
         extension == ".MID";
}

// The tracks and locators that `after` has more than `before`, as the commands that make them.
Commands commands_between(const Project& before, const Project& after) {
  Commands commands;
  std::uint64_t next = before.next_id;
  for (const auto& track : after.tracks) {
    if (document::find(before, track->id) != nullptr) continue;
    const document::TrackId id{next++};
    commands.push_back(edit::AddTrack{track->kind, track->name, track->color, {}});
    for (const document::Device& device : track->devices) {
      ++next;
      commands.push_back(
          edit::AddDevice{id, device.type, device.name, {}, device.parameters, device.files, std::nullopt});
    }
    for (const auto& clip : track->clips) {
      ++next;
      commands.push_back(edit::AddClip{id, {clip->name, clip->color, clip->start, clip->body}});
    }
  }
  for (const document::Locator& locator : after.locators) {
    if (locator.id.value >= before.next_id) commands.push_back(edit::AddLocator{locator.at, locator.name});
  }
  return commands;
}

struct ImportOptions {
  std::string at;
  std::string track;
  std::string soundfont;
  bool json = false;
};

// What one import is made of, file after file.
class Importer {
 public:
  Importer(Call& call, session::Session& session, const ImportOptions& options)
      : call_(call), session_(session), options_(options), project_(session.project()) {
    if (!options.at.empty()) at_ = must(time::parse_position(options.at, project_.tempo));
  }

  void add(const fs::path& file) {
    if (is_midi(file)) {
      if (!options_.track.empty())
        refuse(ErrorKind::usage, "--track is for audio files: a MIDI file makes its own tracks.");
      add_midi(file);
    } else {
      add_audio(file);
    }
  }

  const Commands& commands() const { return commands_; }

 private:
  void carry_out(const Commands& commands) {
    project_ = must(edit::apply(project_, commands));
    commands_.insert(commands_.end(), commands.begin(), commands.end());
  }

  document::FileRef soundfont() {
    if (options_.soundfont.empty()) {
      for (const auto& track : project_.tracks) {
        for (const document::Device& device : track->devices) {
          const auto file = device.files.find("soundfont");
          if (file != device.files.end()) return file->second;
        }
      }
    }
    return soundfont_for(session_.store(), options_.soundfont);
  }

  void add_midi(const fs::path& file) {
    const files::MidiSong song = read_song(file);
    for (const std::string& remark : remarks_of(song, file)) call_.console.note(remark);
    carry_out(commands_between(project_, files::with_song(project_, song, soundfont(), at_)));
  }

  void add_audio(const fs::path& file) {
    std::optional<document::TrackId> track;
    if (!options_.track.empty()) track = track_of(project_, options_.track).id;
    check_sound(call_.console, file);
    const audio::AudioRef audio = converted(file);
    document::AudioClip body;
    body.audio = audio;
    body.length = audio.frames;
    const std::string name = file.stem().string();
    Commands commands;
    if (!track) {
      track = document::TrackId{project_.next_id};
      commands.push_back(edit::AddTrack{document::TrackKind::audio, name, {}, {}});
    }
    commands.push_back(edit::AddClip{*track, {name, std::nullopt, at_, body}});
    carry_out(commands);
  }

  audio::AudioRef converted(const fs::path& file) {
    Interrupts interrupts;
    Progress progress(call_.console, "Importing " + file.filename().string(), project_.rate);
    return must(session_.store().import_audio(file, project_.rate, [&](double fraction) {
      progress.report(fraction);
      return !interrupts.token().stop_requested();
    }));
  }

  Call& call_;
  session::Session& session_;
  const ImportOptions& options_;
  Project project_;
  time::Beats at_;
  Commands commands_;
};

}  // namespace

Run new_project(CLI::App& app) {
  const auto options = std::make_shared<NewOptions>();
  add_text(app, "-o,--output", options->directory, "DIR", "The new project's directory");
  add_text(app, "--soundfont", options->soundfont, "FILE",
           "What the tracks play; without it, a small General MIDI SoundFont of the machine");
  add_rate(app, options->rate, "The project's sample rate, 8000 to 384000; 48000 without it");
  add_text(app, "--tempo", options->tempo, "BPM", "Of an empty project; 120 without it");
  add_json(app, options->json);
  return [options](Call& call) { make_new(call, *options); };
}

Run import_files(CLI::App& app) {
  const auto options = std::make_shared<ImportOptions>();
  add_text(app, "--at", options->at, "POS", "Where it begins; without it, at 1.1.1");
  add_text(app, "--track", options->track, "TRACK",
           "The audio track that an audio file goes to; without it, a new one");
  add_text(app, "--soundfont", options->soundfont, "FILE",
           "What new MIDI tracks play; without it, what those of the project do");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      Importer importer(call, editing.session, *options);
      for (const std::string& file : editing.arguments.take_all("FILE")) importer.add(file);
      return importer.commands();
    });
  };
}

}  // namespace firn::cli
