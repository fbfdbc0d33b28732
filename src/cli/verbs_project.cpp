// A project as a whole: show, undo, redo, clean, its settings.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/new_project.hpp"
#include "cli/notation.hpp"
#include "cli/options.hpp"
#include "cli/values.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"
#include "devices/device_type.hpp"
#include "files/project_file.hpp"

namespace firn::cli {
namespace {

Run show(CLI::App& app) {
  struct Options {
    std::vector<std::string> tracks;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_list(app, "--track", options->tracks, "TRACK",
           "Show one track whole: notes, devices, automation; may be given several times");
  add_json(app, options->json);
  return [options](Call& call) {
    Arguments arguments(call.words);
    const auto directory = arguments.take_directory();
    arguments.end();
    document::Project project = must(files::read_project(directory));
    const auto facts = facts_for_prints(call.machine, directory, project);
    View view = view_of(directory, std::move(project), facts);
    view.obstacles = obstacles_in(call.machine, view.project);
    view.outside = outside_files_in(directory, view.project);
    const auto tracks = tracks_of(view.project, options->tracks);
    view.texts = texts_in(call.machine, directory, view.project, tracks);
    if (options->json) {
      Json json = project_json(view);
      if (!tracks.empty()) {
        json["tracks"] = Json::array();
        for (const auto id : tracks) json["tracks"].push_back(track_json(view, *document::find(view.project, id)));
      }
      call.console.print_json(json);
      return;
    }
    if (tracks.empty()) call.console.print(project_text(view));
    for (const auto id : tracks) call.console.print(track_text(view, *document::find(view.project, id)));
  };
}

enum class Direction { undo, redo };

void print_history(Call& call, const session::HistoryList& list, bool json) {
  if (json) {
    Json labels = Json::array();
    for (const std::string& label : list.labels) labels.push_back(label);
    call.console.print_json(Json{{"steps", labels}, {"done", list.at}});
    return;
  }
  if (list.labels.empty()) call.console.print("There is no history.");
  for (std::size_t i = list.labels.size(); i-- > 0;) {
    call.console.print(fmt::format("{}  {}", i < list.at ? "done  " : "undone", list.labels[i]));
  }
}

Run step_through_history(CLI::App& app, Direction direction) {
  struct Options {
    bool list = false;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_flag(app, "--list", options->list, "Show the steps, the newest first, and change nothing");
  add_json(app, options->json);
  return [options, direction](Call& call) {
    Arguments arguments(call.words);
    // Without a take that is to be recovered: that would be a step before it.
    session::Session session = must(session::Session::open(arguments.take_directory()));
    arguments.end();
    if (options->list) {
      if (session.history_fault()) throw Failure{*session.history_fault()};
      print_history(call, session.history(), options->json);
      return;
    }
    const std::string label = must(direction == Direction::undo ? session.undo() : session.redo());
    must(session.save());
    const std::string_view word = direction == Direction::undo ? "undone" : "redone";
    if (options->json) {
      call.console.print_json(Json{{word, label}});
    } else {
      call.console.print(fmt::format("{}: {}", direction == Direction::undo ? "Undone" : "Redone", label));
    }
  };
}

Run undo(CLI::App& app) { return step_through_history(app, Direction::undo); }
Run redo(CLI::App& app) { return step_through_history(app, Direction::redo); }

Run clean(CLI::App& app) {
  struct Options {
    bool history = false;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_flag(app, "--history", options->history, "Forget undo and redo, and remove what only they need");
  add_json(app, options->json);
  return [options](Call& call) {
    Arguments arguments(call.words);
    session::Session session = must(session::Session::open(arguments.take_directory()));
    arguments.end();
    if (options->history) must(session.forget_history());
    const auto in_use = options->history ? session::InUse::by_project : session::InUse::by_project_or_history;
    const auto cleaned = must(session.store().clean(must(session.files_in_use(in_use))));
    if (options->json) {
      Json removed = Json::array();
      for (const std::string& file : cleaned.files) removed.push_back(file);
      call.console.print_json(Json{{"removed", removed}, {"bytes", cleaned.bytes}});
      return;
    }
    for (const std::string& file : cleaned.files) call.console.print("Removed " + file);
    call.console.print(
        fmt::format("{} files, {:.1f} MB.", cleaned.files.size(), static_cast<double>(cleaned.bytes) / 1e6));
  };
}

Run project_set(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    Commands commands;
    for (const std::string& word : editing.arguments.take_all("SETTING=VALUE")) {
      const Setting setting = must(parse_setting(word));
      if (setting.name == "tail-limit") {
        commands.push_back(edit::SetTailLimit{must(parse_duration(setting.value)).count});
      } else if (setting.name == "plugin-grid") {
        commands.push_back(
            edit::SetPluginGrid{static_cast<int>(must(parse_whole("plugin-grid", setting.value, 32, 1024)))});
      } else {
        refuse(base::ErrorKind::usage,
               fmt::format("A project has no setting \"{}\": it has tail-limit and plugin-grid.", setting.name));
      }
    }
    return commands;
  });
}

}  // namespace

Family project_verbs() {
  return {"Projects",
          {{"new", "[SONG.mid] -o DIR", "Make a project, from a MIDI file or empty",
            "Each track and channel of the MIDI file that has notes becomes a track that plays the SoundFont. A "
            "SoundFont in one of the "
            "machine's folders is shared by name; any other is copied into the project. DIR must be new, or empty.",
            "firn new song.mid -o song\nfirn new song.mid -o song --soundfont Piano.sf2 --rate 96000\nfirn new -o "
            "sketch --tempo 96",
            new_project},
           {"import", "[DIR] FILE…", "Add MIDI or audio files to a project",
            "A MIDI file becomes tracks behind those there are; an audio file becomes an audio track with one clip, "
            "converted once to the "
            "project's rate, with the original kept.",
            "firn import song more.mid\nfirn import song voice.flac --at 17.1.1\nfirn import song take2.wav --track "
            "Voice --at 33.1.1",
            import_files},
           {"show", "[DIR]", "Show a project's tracks, or one track whole", "",
            "firn show song\nfirn show song --track Bass\nfirn show song --json | jq '.tracks[].name'", show},
           {"undo", "[DIR]", "Take back the last step",
            "Every command is one step, also between runs of firn. After the project's text was changed by hand, the "
            "steps before that can't "
            "be taken back.",
            "firn undo song\nfirn undo song --list", undo},
           {"redo", "[DIR]", "Bring back what was undone", "", "firn redo song", redo},
           {"clean", "[DIR]", "Remove prints and samples that nothing refers to",
            "What undo and redo need is kept, unless --history says otherwise.",
            "firn clean song\nfirn clean song --history", clean},
           {"project set", "[DIR] SETTING=VALUE…", "Change the project's own settings",
            "tail-limit is how long a sound may ring on after the last note, at most (60 s, unless changed). "
            "plugin-grid is how many frames "
            "plug-ins are given at a time: 32 to 1024 (256, unless changed). More is faster, and later by as much when "
            "played live; the sound "
            "of some plug-ins depends on it, so their prints are stale when it changes.",
            "firn project set song tail-limit=20s", project_set}}};
}

}  // namespace firn::cli
