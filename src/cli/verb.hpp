// Verb: one thing that `firn` does: how it is typed, what its help says, and what runs. One thread.
//
// verbs() is the table of all of them: help, completion and the man page's test read it, and program.cpp runs what it holds.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/console.hpp"
#include "plugins/machine.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): of another library
class App;
}

namespace firn::cli {

// One call of a verb.
struct Call {
  Console& console;
  std::vector<std::string> words;  // what was typed beside options
  plugins::Machine& machine;
};

using Run = std::function<void(Call&)>;  // fails as must.hpp does

struct Verb {
  std::string name;           // "freeze"; or a noun and what to do with it: "track add"
  std::string usage;          // its words: "[DIR] TRACK…". Completion reads them; a final … repeats.
  std::string summary;        // a line without a full stop
  std::string about;          // paragraphs, separated by empty lines; indented lines stay as they are
  std::string examples;       // a command on each line
  Run (*declare)(CLI::App&);  // adds its options; what it returns holds their values
  bool hidden = false;
};

// A family of verbs for the overview: "Conversion".
struct Family {
  std::string title;
  std::vector<Verb> verbs;
};

// One file each.
Family project_verbs();     // new, import, show, undo, redo, clean, project set
Family conversion_verbs();  // freeze, unfreeze, flatten, unflatten, duplicate, bounce, resample, verify
Family export_verbs();      // export, stems
Family pack_verbs();        // pack, unpack
Family batch_verbs();       // batch
Family play_verbs();        // play, audio-devices
Family record_verbs();      // record, capture
Family track_verbs();       // track …, activate, deactivate
Family mixer_verbs();       // mixer, route
Family device_verbs();      // device …, devices
Family plugin_verbs();      // plugins
Family clip_verbs();        // clip …
Family note_verbs();        // note …, control …
Family automation_verbs();  // automate …
Family tempo_verbs();       // tempo …, signature …, locator …
Family other_verbs();       // help, complete

const std::vector<Family>& families();
const Verb* find_verb(std::string_view name);                   // null if there is none
std::vector<std::string> verb_names();                          // without the hidden ones
std::vector<const Verb*> verbs_of_noun(std::string_view noun);  // "track" -> "track add", …

}  // namespace firn::cli
