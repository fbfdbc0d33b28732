// What verbs do with a project: read it; change it in one step; convert it. Each fails as a verb does (must.hpp). One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/options.hpp"
#include "cli/verb.hpp"
#include "convert/studio.hpp"
#include "edit/command.hpp"
#include "session/session.hpp"

namespace firn::cli {

// Changes a project: `make` says by which commands. They are one step of its history, which is saved and said.
using Commands = std::vector<edit::Command>;
struct Editing {
  Console& console;
  session::Session& session;
  Arguments& arguments;
  plugins::Machine& machine;
  std::string label = {};                 // of the step; without one it is called after what the commands do
  std::vector<std::string> remarks = {};  // on what was done, for when it is

  const document::Project& project() const { return session.project(); }
};
using Make = std::function<Commands(Editing&)>;
void edit_project(Call&, bool json, const Make& make);
// A verb that does no more than that, and has no options of its own.
Run editing_verb(CLI::App&, Make make);

// The project, opened to be edited. What was being recorded when a process died is on its tracks then, and is said.
session::Session open_session(Console&, const std::filesystem::path& directory);

// Applies commands as one step, and saves; without a label of its own it is called after what they do. Returns the step's label; empty if nothing changed.
std::string commit(session::Session&, const Commands&, const std::string& label = {});

// Renders: `work` gets a studio whose progress is shown and which Ctrl-C stops.
void with_studio(Call&, const document::Project&, store::Store&, const RenderOptions&, const std::string& label,
                 const std::function<void(convert::Studio&)>& work);

// Converts a project: what `convert` makes of it becomes one step, and what was done is printed.
using Convert = std::function<convert::Outcome(const document::Project&, convert::Studio&)>;
struct Conversion {
  RenderOptions render;
  bool json = false;
  std::string label;  // of the progress bar: "Freezing"
};
void convert_project(Call&, const Conversion&,
                     const std::function<Convert(const document::Project&, const store::Store&, Arguments&)>& prepare);

// Fails where the file is no sound that can be read whole; notes where its stream breaks off.
void check_sound(Console&, const std::filesystem::path&);

// Fails with unsupported where the file is no SoundFont.
void check_soundfont(const std::filesystem::path&);

// Brings a file into a project for one of a device's slots: a machine's SoundFont by name, all else as a copy. Fails with
// unsupported where the file is none, before it is copied.
document::FileRef soundfont_from(store::Store&, const std::filesystem::path&);
document::FileRef sample_from(Console&, store::Store&, const std::filesystem::path&);
// The SoundFont that new MIDI tracks play: the one given, or a small General MIDI one of the machine.
document::FileRef soundfont_for(store::Store&, const std::string& given);

}  // namespace firn::cli
