#include "cli/program.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <new>

#include "cli/exit_status.hpp"
#include "cli/help.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/suggest.hpp"
#include "cli/verb.hpp"

namespace firn::cli {

using base::ErrorKind;
using base::Result;

namespace {

using Words = std::vector<std::string>;

// A thousand tracks play a thousand files: as many as the system lets us have open.
void raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string hint(const std::string& word, const Words& known) {
  const auto near = nearest(word, known);
  return near ? fmt::format(" Did you mean \"{}\"?", *near) : std::string();
}

Words first_words() {
  Words words;
  for (const std::string& name : verb_names()) words.push_back(name.substr(0, name.find(' ')));
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

Words second_words(const std::string& noun) {
  Words words;
  for (const Verb* verb : verbs_of_noun(noun)) words.push_back(verb->name.substr(noun.size() + 1));
  return words;
}

bool asks_for_help(const std::string& word) { return word == "--help" || word == "-h"; }

Failure usage_failure(const Verb& verb, const std::string& what) {
  return {base::Error{ErrorKind::usage, fmt::format("{} See `firn help {}`.", what, verb.name)}};
}

[[noreturn]] void refuse_option(const Verb& verb, const CLI::App& app, const std::string& option) {
  Words known;
  for (const CLI::Option* has : app.get_options()) {
    for (const std::string& name : has->get_lnames()) known.push_back("--" + name);
    for (const std::string& name : has->get_snames()) known.push_back("-" + name);
  }
  const std::string name = option.substr(0, option.find('='));
  throw usage_failure(verb, fmt::format("`firn {}` has no option {}.{}", verb.name, name, hint(name, known)));
}

// What is left beside the options that there are: words, and behind "--" nothing else.
Words words_of(const Verb& verb, const CLI::App& app) {
  Words words;
  bool only_words = false;
  for (const std::string& word : app.remaining()) {
    if (word == "--" && !only_words) {
      only_words = true;
    } else if (!only_words && word.size() > 1 && word.front() == '-') {
      refuse_option(verb, app, word);
    } else {
      words.push_back(word);
    }
  }
  return words;
}

// Reads the options that the verb has declared; returns the words beside them.
Words parse(const Verb& verb, CLI::App& app, Words arguments) {
  app.set_help_flag();
  app.allow_extras();
  try {
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    throw usage_failure(verb, fmt::format("{}.", error.what()));
  }
  return words_of(verb, app);
}

void run_verb(const Verb& verb, Words arguments, Console& console) {
  if (std::any_of(arguments.begin(), std::find(arguments.begin(), arguments.end(), "--"), asks_for_help)) {
    console.print(verb_text(verb));
    return;
  }
  CLI::App app;
  const Run run = verb.declare(app);
  const auto machine = this_machine();
  Call call{console, parse(verb, app, std::move(arguments)), *machine};
  run(call);
}

void run_words(Words arguments, Console& console) {
  if (arguments.empty() || asks_for_help(arguments.front())) {
    console.print(overview_text());
    return;
  }
  const std::string first = arguments.front();
  if (first == "--version" || first == "-V") {
    console.print("firn " FIRN_VERSION);
    return;
  }
  arguments.erase(arguments.begin());
  if (const Verb* verb = find_verb(first)) return run_verb(*verb, std::move(arguments), console);
  if (verbs_of_noun(first).empty()) {
    refuse(ErrorKind::usage, fmt::format("There is no command \"{}\".{} `firn help` lists what there is.", first,
                                         hint(first, first_words())));
  }
  if (arguments.empty() || asks_for_help(arguments.front())) {
    console.print(noun_text(first));
    return;
  }
  const std::string second = arguments.front();
  arguments.erase(arguments.begin());
  if (const Verb* verb = find_verb(first + " " + second)) return run_verb(*verb, std::move(arguments), console);
  refuse(ErrorKind::usage, fmt::format("There is no command \"{} {}\".{} `firn help {}` lists what there is.", first,
                                       second, hint(second, second_words(first)), first));
}

// Runs the command; then its result goes out, whether or not it went well: some of it may be said before an error.
Result<void> outcome_of(Words arguments, Console& console) {
  Result<void> outcome;
  try {
    run_words(std::move(arguments), console);
  } catch (Failure& failure) {
    outcome = tl::unexpected(std::move(failure.error));
  }
  const Result<void> flushed = console.flush();
  return outcome ? flushed : outcome;
}

}  // namespace

void check_options(const Verb& verb, const Words& arguments) {
  CLI::App app;
  const Run run = verb.declare(app);
  parse(verb, app, arguments);
}

int run(std::vector<std::string> arguments) {
  ::signal(SIGPIPE, SIG_IGN);  // a reader that goes away must not stop work half done
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk, not the end
  raise_open_files();
  Console console;
  try {
    const Result<void> outcome = outcome_of(std::move(arguments), console);
    if (outcome) return 0;
    console.note("firn: " + outcome.error().message);
    return exit_status(outcome.error().kind);
  } catch (const std::bad_alloc&) {
    console.note("firn: There is not enough memory for this.");
  } catch (const std::exception& error) {
    console.note(fmt::format("firn: A fault in Firn itself: {}. Please report it.", error.what()));
  }
  return exit_fault;
}

}  // namespace firn::cli
