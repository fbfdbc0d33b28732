#include "cli/workspace.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "audio/sound_file.hpp"
#include "base/file.hpp"
#include "cli/interrupts.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/outcome.hpp"
#include "cli/progress.hpp"
#include "cli/view.hpp"
#include "session/takes.hpp"

namespace firn::cli {

using base::ErrorKind;
using document::Project;

namespace {

// What failed is said after what was done.
[[noreturn]] void refuse_faults(const convert::Outcome& outcome) {
  std::string message = "These failed, and their tracks are as they were:";
  for (const auto& fault : outcome.faults) message += "\n  " + fault.error.message;
  refuse(outcome.tracks.empty() ? outcome.faults.front().error.kind : ErrorKind::incomplete, message);
}

bool can_share(const base::Error& error) { return error.kind != ErrorKind::refused; }

}  // namespace

session::Session open_session(Console& console, const std::filesystem::path& directory) {
  session::Session session = must(session::Session::open(directory));
  for (const std::string& said : session::recover_takes(session)) console.note(said);
  return session;
}

std::string commit(session::Session& session, const Commands& commands, const std::string& label) {
  const std::size_t before = session.history().at;
  must(session.dispatch(commands, label));
  if (session.history().at == before && session.is_saved()) return {};
  must(session.save());
  const auto history = session.history();
  return history.at == 0 ? std::string() : history.labels[history.at - 1];
}

void edit_project(Call& call, bool json, const Make& make) {
  Arguments arguments(call.words);
  session::Session session = open_session(call.console, arguments.take_directory());
  Editing editing{call.console, session, arguments, call.machine};
  const Commands commands = make(editing);
  arguments.end();
  const Project before = session.project();
  const std::string label = commit(session, commands, editing.label);
  for (const std::string& remark : editing.remarks) call.console.note(remark);
  if (json) {
    call.console.print_json(
        Json{{"step", label.empty() ? Json(nullptr) : Json(label)}, {"made", made_by(before, session.project())}});
  } else {
    call.console.print(label.empty() ? "Nothing to change." : label);
  }
}

Run editing_verb(CLI::App& app, Make make) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json, make = std::move(make)](Call& call) { edit_project(call, *json, make); };
}

void with_studio(Call& call, const Project& project, store::Store& store, const RenderOptions& options,
                 const std::string& label, const std::function<void(convert::Studio&)>& work) {
  Interrupts interrupts;
  Progress progress(call.console, label, project.rate);
  convert::Studio studio{store, facts_of(call.machine, store.directory(), project), call.machine.devices()};
  studio.options.threads = options.threads;
  studio.options.block = options.block;
  studio.options.stop = interrupts.token();
  studio.options.progress = [&progress](const render::Progress& standing) { progress.report(standing); };
  work(studio);
  if (interrupts.token().stop_requested()) refuse(ErrorKind::cancelled, "Cancelled.");
}

void convert_project(Call& call, const Conversion& conversion,
                     const std::function<Convert(const Project&, const store::Store&, Arguments&)>& prepare) {
  Arguments arguments(call.words);
  session::Session session = open_session(call.console, arguments.take_directory());
  const Project before = session.project();
  const Convert convert = prepare(before, session.store(), arguments);
  arguments.end();
  convert::Outcome outcome;
  with_studio(call, before, session.store(), conversion.render, conversion.label,
              [&](convert::Studio& studio) { outcome = convert(before, studio); });
  const std::string label = commit(session, outcome.commands);
  const Project& after = session.project();
  const plan::DeviceFacts facts = facts_for_prints(call.machine, session.directory(), after);
  const Change change{before, after, facts};
  print_outcome(call.console, outcome, label, session.directory(), change, conversion.json);
  if (!outcome.faults.empty()) refuse_faults(outcome);
}

void check_sound(Console& console, const std::filesystem::path& path) {
  const audio::SoundFileInfo info = must(audio::SoundReader::open(path)).info();
  if (!info.breaks_off) return;
  const double seconds = static_cast<double>(info.frames.count) / info.rate.hertz;
  console.note(fmt::format(
      "{} breaks off after {:.1f} seconds, as a recorded broadcast does, or a copy that was cut off. What is "
      "there is taken; if there should be more, get a whole copy.",
      path.string(), seconds));
}

void check_soundfont(const std::filesystem::path& path) {
  const auto file = must(base::open_to_read(path));
  char head[12] = {};
  if (::read(file.number(), head, sizeof head) != sizeof head || std::memcmp(head, "RIFF", 4) != 0 ||
      std::memcmp(head + 8, "sfbk", 4) != 0) {
    refuse(ErrorKind::unsupported, fmt::format("{} is not a SoundFont (.sf2, .sf3). Choose another.", path.string()));
  }
}

document::FileRef soundfont_from(store::Store& store, const std::filesystem::path& path) {
  check_soundfont(path);
  const auto shared = store.share(path);
  if (shared || can_share(shared.error())) return must(shared);
  return must(store.adopt(path));
}

document::FileRef sample_from(Console& console, store::Store& store, const std::filesystem::path& path) {
  check_sound(console, path);
  return must(store.adopt(path));
}

document::FileRef soundfont_for(store::Store& store, const std::string& given) {
  if (!given.empty()) return soundfont_from(store, given);
  for (const char* name : {"TimGM6mb.sf2", "default-GM.sf2", "default-GM.sf3", "FluidR3_GM.sf2"}) {
    for (const auto& folder : store::shared_folders()) {
      std::error_code error;
      if (std::filesystem::is_regular_file(folder / name, error)) return must(store.share(folder / name));
    }
  }
  refuse(ErrorKind::not_found,
         "There is no General MIDI SoundFont on this machine. Install one (Debian: timgm6mb-soundfont), or give "
         "one with --soundfont.");
}

}  // namespace firn::cli
