// Many songs at once.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/arguments.hpp"
#include "cli/batch.hpp"
#include "cli/interrupts.hpp"
#include "cli/must.hpp"
#include "cli/options.hpp"
#include "cli/text_table.hpp"
#include "cli/verb.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"

namespace firn::cli {

namespace fs = std::filesystem;
using base::ErrorKind;
using State = BatchResult::State;

namespace {

struct BatchOptions {
  std::vector<std::string> each;
  std::string output;
  std::string soundfont;
  std::optional<time::SampleRate> rate;
  int jobs = 0;
  double timeout = 0.0;
  std::string journal;
  bool again = false;
  bool json = false;
};

std::string_view state_word(State state) {
  switch (state) {
    case State::done: return "done";
    case State::skipped: return "skipped";
    case State::failed: return "failed";
    case State::left: return "left";
  }
  return {};
}

// Beside the list or the folder; none for standard input.
fs::path journal_of(const std::string& list, const std::string& given) {
  if (!given.empty()) return given;
  if (list == "-") return {};
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(without_slash(list), error);
  return whole.string() + ".firn-batch.jsonl";
}

std::vector<std::string> making_of(const BatchOptions& options) {
  std::vector<std::string> words;
  if (!options.soundfont.empty()) {
    check_soundfont(options.soundfont);
    words.insert(words.end(), {"--soundfont", options.soundfont});
  }
  if (options.rate) words.insert(words.end(), {"--rate", std::to_string(options.rate->hertz)});
  return words;
}

std::size_t count_of(const std::vector<BatchResult>& results, State state) {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [&](const BatchResult& result) { return result.state == state; }));
}

Json report_json(const BatchRequest& request, const std::vector<BatchResult>& results, double seconds) {
  Json songs = Json::array();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const BatchResult& result = results[i];
    const bool failed = result.state == State::failed;
    songs.push_back(Json{{"song", request.songs[i].name},
                         {"directory", request.songs[i].directory.string()},
                         {"state", state_word(result.state)},
                         {"seconds", result.seconds},
                         {"exit", failed ? Json(result.exit) : Json(nullptr)},
                         {"command", result.command.empty() ? Json(nullptr) : Json(result.command)},
                         {"message", failed ? Json(result.message) : Json(nullptr)}});
  }
  Json json{{"songs", songs}};
  for (const State state : {State::done, State::skipped, State::failed, State::left})
    json[std::string(state_word(state))] = count_of(results, state);
  json["jobs"] = request.jobs;
  json["threads"] = request.threads;
  json["seconds"] = seconds;
  return json;
}

void print_report(Console& console, const BatchRequest& request, const std::vector<BatchResult>& results,
                  double seconds) {
  std::string text = fmt::format("{} songs: {} done", results.size(), count_of(results, State::done));
  if (const auto count = count_of(results, State::skipped)) text += fmt::format(", {} done before", count);
  if (const auto count = count_of(results, State::failed)) text += fmt::format(", {} failed", count);
  if (const auto count = count_of(results, State::left)) text += fmt::format(", {} left", count);
  console.print(fmt::format("{}, in {:.1f} s.", text, seconds));
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const BatchResult& result = results[i];
    if (result.state != State::failed) continue;
    rows.push_back({request.songs[i].name, std::to_string(result.exit), result.command, result.message});
  }
  if (rows.empty()) return;
  const std::string table = table_text({{"Failed"}, {"Status", Align::right}, {"Command"}, {"Why"}}, rows);
  console.print(table);
}

void run(Call& call, const BatchOptions& options) {
  Arguments arguments(call.words);
  const std::string list = arguments.take("LIST or DIR");
  arguments.end();
  if (options.each.empty()) refuse(ErrorKind::usage, "What is to be done? Give a command with --each 'freeze --all'.");
  const auto cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));

  BatchRequest request;
  for (const std::string& each : options.each) request.commands.emplace_back(each);
  request.making = making_of(options);
  request.songs = songs_of(list, options.output);
  if (request.songs.empty()) refuse(ErrorKind::refused, fmt::format("There is no song in {}.", list));
  request.jobs = options.jobs == 0 ? cores : options.jobs;
  request.threads = std::max(1, cores / request.jobs);
  request.timeout = options.timeout;
  request.again = options.again;

  BatchJournal journal(journal_of(list, options.journal));
  const auto start = std::chrono::steady_clock::now();
  const Interrupts interrupts;
  request.stop = interrupts.token();
  const std::vector<BatchResult> results = run_batch(request, journal, call.console);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.json) {
    call.console.print_json(report_json(request, results, seconds));
  } else {
    print_report(call.console, request, results, seconds);
  }
  if (interrupts.token().stop_requested())
    refuse(ErrorKind::cancelled, "Cancelled. The same command goes on from here.");
  if (const std::size_t failed = count_of(results, State::failed)) {
    refuse(ErrorKind::incomplete,
           fmt::format("{} of {} songs failed. The same command tries them again.", failed, results.size()));
  }
}

Run batch(CLI::App& app) {
  const auto options = std::make_shared<BatchOptions>();
  add_list(app, "--each", options->each, "COMMAND",
           "What to do with each song, without DIR: 'freeze --all'; may be given several times, in order");
  add_text(app, "-o,--output", options->output, "OUTDIR",
           "Where MIDI files become projects; without it, each beside its file");
  add_text(app, "--soundfont", options->soundfont, "FILE",
           "What the tracks of MIDI files play; without it, a small General MIDI SoundFont of the machine");
  add_rate(app, options->rate, "The sample rate of the projects that MIDI files become; 48000 without it");
  add_number(app, {.name = "--jobs", .maximum = 1024.0, .scale = devices::Scale::whole}, "N",
             "Songs at a time; 0, the default: one for each core",
             [options](double jobs) { options->jobs = static_cast<int>(jobs); });
  add_number(app, {.name = "--timeout", .maximum = 1e9, .unit = devices::Unit::seconds}, "SECONDS",
             "Give a song up after so many seconds", [options](double seconds) { options->timeout = seconds; });
  add_text(app, "--journal", options->journal, "FILE",
           "Where to note what is done; without it, LIST.firn-batch.jsonl beside the list or folder");
  add_flag(app, "--again", options->again, "Do everything again, also what is done and unchanged");
  add_json(app, options->json);
  return [options](Call& call) { run(call, *options); };
}

Run batch_song(CLI::App&) {
  return [](Call& call) {
    if (call.words.empty()) refuse(ErrorKind::usage, "DIR is missing.");
    std::_Exit(run_batch_song(call.words));
  };
}

}  // namespace

Family batch_verbs() {
  return {"Many songs",
          {{"batch", "LIST|DIR --each COMMAND", "Run commands on many songs, several at a time",
            "LIST has a project's directory or a MIDI file on each line (\"-\": standard input; # begins a comment); "
            "of a DIR, every project and MIDI file in it and below is meant. A MIDI file is first made a project, as "
            "`firn new` does, unless it has been; a project made with another --soundfont or --rate than is given now "
            "fails. In a command, {dir} is the project's directory, and {name} the last part of that.\n"
            "\n"
            "Each song has a process of its own: one that fails, crashes or takes too long never stops the rest. "
            "The failures are listed at the end. What is done is noted in a journal: the same command goes on where "
            "it was stopped, tries again what failed, and leaves alone what is done and has not changed since.",
            "firn batch songs --each 'freeze --all' --jobs 2\n"
            "firn batch songs.txt -o projects --each 'freeze --all' --each 'export mixes/{name}.flac'\n"
            "firn batch songs -o hires --soundfont Piano.sf2 --rate 96k --each 'export {dir}.flac'\n"
            "find . -name '*.mid' | firn batch - -o projects --each 'freeze --all' --journal songs.jsonl",
            batch},
           {"batch-song", "DIR COMMAND…", "What a batch runs for each song", "", "", batch_song, true}}};
}

}  // namespace firn::cli
