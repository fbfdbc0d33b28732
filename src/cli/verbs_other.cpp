// Help and completion.
#include <fmt/format.h>

#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/manual.hpp"
#include "cli/must.hpp"
#include "cli/suggest.hpp"

namespace firn::cli {
namespace {

std::string help_text(const std::string& words) {
  for (const Topic& topic : topics()) {
    if (topic.name == words) return plain_text(topic.text);
  }
  if (const Verb* verb = find_verb(words)) return verb_text(*verb);
  if (!verbs_of_noun(words).empty()) return noun_text(words);
  std::vector<std::string> known = verb_names();
  for (const Topic& topic : topics()) known.emplace_back(topic.name);
  const auto near = nearest(words, known);
  refuse(base::ErrorKind::not_found, fmt::format("There is no help on \"{}\".{} `firn help` lists what there is.",
                                                 words, near ? fmt::format(" Did you mean \"{}\"?", *near) : ""));
}

Run help(CLI::App&) {
  return [](Call& call) {
    const std::string words = fmt::format("{}", fmt::join(call.words, " "));
    call.console.print(words.empty() ? overview_text() : help_text(words));
  };
}

Run complete(CLI::App&) {
  return [](Call& call) {
    for (const std::string& word : completions(call.words, call.machine)) call.console.print(word);
  };
}

Run manual(CLI::App&) {
  return [](Call& call) { call.console.print(manual_text(FIRN_VERSION)); };
}

}  // namespace

Family other_verbs() {
  return {"Help",
          {{"help", "[VERB | TOPIC]", "Show what there is, one verb whole, or a topic", "",
            "firn help\nfirn help freeze\nfirn help convert", help},
           {"complete", "-- WORD…", "What could stand next on a command line, for shells", "", "", complete, true},
           {"manual", "", "The man page firn(1), in mdoc", "", "", manual, true}}};
}

}  // namespace firn::cli
