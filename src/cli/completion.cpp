#include "cli/completion.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/help.hpp"
#include "cli/must.hpp"
#include "cli/verb.hpp"
#include "devices/device_type.hpp"
#include "edit/find.hpp"
#include "edit/pads.hpp"
#include "files/project_file.hpp"
#include "plugins/machine.hpp"

namespace firn::cli {

using document::Project;
using document::Track;
using Words = std::vector<std::string>;

namespace {

Words words_between(std::string_view text, char at) {
  Words parts;
  for (;;) {
    const auto end = text.find(at);
    if (end != 0 && !text.empty()) parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<Project> project_in(const std::string& directory) {
  std::error_code error;
  if (directory.empty() || !std::filesystem::exists(std::filesystem::path(directory) / files::project_file_name, error))
    return std::nullopt;
  auto project = files::read_project(directory);
  return project ? std::optional(*std::move(project)) : std::nullopt;
}

// A verb's words so far, apart from its options.
struct TypedLine {
  const Verb& verb;
  Words words;  // before the one being typed, without DIR
  std::optional<Project> project;
  std::string option;  // the type of the option whose value is being typed
  plugins::Machine& machine;
};

Words track_names(const TypedLine& line) {
  Words names;
  if (line.project) {
    for (const auto& track : line.project->tracks) names.push_back(track->name);
  }
  return names;
}

const Track* track_at(const TypedLine& line, std::size_t index) {
  if (!line.project || index >= line.words.size()) return nullptr;
  const auto found = edit::find_track(*line.project, line.words[index]);
  return found ? document::find(*line.project, *found) : nullptr;
}

Words type_names(const TypedLine& line) {
  Words names;
  for (const auto& type : devices::catalogue()) names.push_back(type.name);
  if (line.verb.name != "device add") return names;
  for (const plugins::Shelf& shelf : line.machine.remembered().shelves) {
    for (const plugins::Description& plugin : shelf.plugins) names.push_back(plugin.type.title);
  }
  return names;
}

// Of the device that the line adds or sets.
std::optional<devices::DeviceType> type_in(const TypedLine& line) {
  const auto& words = line.words;
  if (words.size() < 2) return std::nullopt;
  if (line.verb.name == "device add") {
    if (const auto* type = devices::find_type(words[1])) return *type;
    const plugins::Catalogue catalogue = line.machine.remembered();
    const auto found = plugins::named(catalogue, words[1]);
    return found.empty() ? std::nullopt : std::optional(found.front().plugin->type);
  }
  const Track* track = line.verb.name == "device set" ? track_at(line, 0) : nullptr;
  if (track == nullptr) return std::nullopt;
  const auto device = edit::find_device(*track, words[1]);
  const auto* type = device ? document::type_of(*document::find(*track, *device)) : nullptr;
  return type == nullptr ? std::nullopt : std::optional(*type);
}

// "decay=", "on=", "send:Hall=": what can be set.
Words setting_names(const TypedLine& line) {
  if (line.verb.name == "mixer") {
    Words names = {"volume=", "pan=", "activator=", "mute=", "solo="};
    if (!line.project) return names;
    for (const auto& track : line.project->tracks) {
      if (track->kind == document::TrackKind::return_) names.push_back("send:" + track->name + "=");
    }
    return names;
  }
  if (line.verb.name == "route") return {"input=", "output=", "monitor=", "arm="};
  if (line.verb.name == "clip set")
    return {"name=", "color=", "active=", "length=", "offset=", "loop=", "gain=", "fade-in=", "fade-out="};
  if (line.verb.name == "note change")
    return {"key=", "transpose=", "velocity=", "release=", "start=", "shift=", "length="};
  const auto type = type_in(line);
  if (!type) return {};
  Words names = {"on=", "seed="};
  if (type->plugin) names.emplace_back("preset=");
  if (type->side_chain) names.emplace_back("side-chain=");
  for (const auto& slot : type->files) names.push_back(slot.name + "=");
  for (const auto& parameter : type->parameters) names.push_back(parameter.name + "=");
  return names;
}

Words targets_of(const TypedLine& line) {
  Words names = {"volume", "pan", "activator"};
  const Track* track = track_at(line, 0);
  if (track == nullptr) return names;
  for (const auto& other : line.project->tracks) {
    if (other->kind == document::TrackKind::return_) names.push_back("send:" + other->name);
  }
  for (const auto& device : track->devices) {
    names.push_back(device.name + ":on");
    const devices::DeviceType* type = document::type_of(device);
    if (type == nullptr) continue;
    for (const auto& parameter : type->parameters) {
      if (parameter.automatable) names.push_back(device.name + ":" + parameter.name);
    }
  }
  return names;
}

// What a word of a usage, or the type of an option, stands for.
Words candidates_of(const std::string& kind, const TypedLine& line) {
  if (kind == "TRACK" || kind == "GROUP" || kind == "RETURN") return track_names(line);
  if (kind == "TYPE") return type_names(line);
  if (kind == "INPUT") {
    Words names = {"resampling"};
    if (!line.project) return names;
    for (const auto& track : line.project->tracks) {
      for (const char* tap : {"pre-fx", "post-fx", "post-mixer"}) names.push_back(track->name + ":" + tap);
      for (const edit::Pad& pad : edit::pads_of(*track)) names.push_back(track->name + ":" + pad.name);
    }
    return names;
  }
  if (kind == "TARGET") return targets_of(line);
  if (kind == "NAME=VALUE") return setting_names(line);
  if (kind == "SETTING=VALUE") return {"tail-limit=", "plugin-grid="};
  Words names;
  if (const Track* track = track_at(line, 0)) {
    for (const edit::Pad& pad : edit::pads_of(*track)) {
      if (kind == "PAD") names.push_back(pad.name);
    }
    for (const auto& device : track->devices) {
      if (kind == "DEVICE") names.push_back(device.name);
    }
    for (const auto& clip : track->clips) {
      if (kind == "CLIP") names.push_back(clip->name);
    }
  }
  if (kind == "LOCATOR" && line.project) {
    for (const auto& locator : line.project->locators) names.push_back(locator.name);
  }
  // "pre-fx|post-fx" is, "LIST|DIR" is not.
  const bool is_choice = kind.find('|') != std::string::npos && !(kind.front() >= 'A' && kind.front() <= 'Z');
  return is_choice ? words_between(kind, '|') : names;
}

// The words of a usage that stand for words of the line, first to last; "…" is left at those that repeat.
Words slots_of(const Verb& verb) {
  Words slots;
  for (std::string word : words_between(verb.usage, ' ')) {
    if (word == "|" || word.front() == '-') break;
    std::erase_if(word, [](char c) { return c == '[' || c == ']'; });
    if (word != "DIR") slots.push_back(word);
  }
  return slots;
}

Words word_candidates(const TypedLine& line) {
  static const std::string repeats = "…";
  Words slots = slots_of(line.verb);
  Words candidates;
  std::size_t at = 0;
  for (std::string slot : slots) {
    const bool many =
        slot.size() > repeats.size() && slot.compare(slot.size() - repeats.size(), repeats.size(), repeats) == 0;
    if (many) slot.resize(slot.size() - repeats.size());
    if (at == line.words.size() || (many && at <= line.words.size())) {
      const Words more = candidates_of(slot, line);
      candidates.insert(candidates.end(), more.begin(), more.end());
    }
    if (!many && at == line.words.size()) break;
    ++at;
  }
  return candidates;
}

std::string option_type(const CLI::App& app, const std::string& word) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->check_name(word) && option->get_items_expected_max() > 0) return option->get_type_name();
  }
  return {};
}

Words option_names(const CLI::App& app) {
  Words names = {"--help"};
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

Words verb_candidates(const Verb& verb, const Words& typed, const std::string& last, plugins::Machine& machine) {
  CLI::App app;
  app.set_help_flag();
  const Run run = verb.declare(app);
  TypedLine line{verb, {}, std::nullopt, {}, machine};
  for (const std::string& word : typed) {
    if (!line.option.empty()) {
      line.option.clear();
    } else if (!word.empty() && word.front() == '-') {
      line.option = option_type(app, word);
    } else {
      line.words.push_back(word);
    }
  }
  if (!line.words.empty()) line.project = project_in(line.words.front());
  if (line.project) {
    line.words.erase(line.words.begin());
  } else {
    line.project = project_in(".");
  }
  if (!line.option.empty()) return candidates_of(line.option, line);
  if (!last.empty() && last.front() == '-') return option_names(app);
  return word_candidates(line);
}

Words first_candidates() {
  Words names = {"--help", "--version"};
  for (const std::string& name : verb_names()) names.push_back(name.substr(0, name.find(' ')));
  return names;
}

Words candidates(const Words& words, plugins::Machine& machine) {
  if (words.size() <= 1) return first_candidates();
  const std::string& last = words.back();
  if (words.front() == "help") {
    Words names = first_candidates();
    for (const Topic& topic : topics()) names.emplace_back(topic.name);
    return names;
  }
  if (const Verb* verb = find_verb(words[0]))
    return verb_candidates(*verb, {words.begin() + 1, words.end() - 1}, last, machine);
  if (words.size() == 2) {
    Words names;
    for (const Verb* verb : verbs_of_noun(words[0])) names.push_back(verb->name.substr(words[0].size() + 1));
    return names;
  }
  const Verb* verb = find_verb(words[0] + " " + words[1]);
  return verb == nullptr ? Words() : verb_candidates(*verb, {words.begin() + 2, words.end() - 1}, last, machine);
}

}  // namespace

std::vector<std::string> completions(const std::vector<std::string>& words, plugins::Machine& machine) {
  const std::string last = words.empty() ? "" : words.back();
  Words found = candidates(words, machine);
  const auto is_line_break = [](char c) { return c == '\n'; };
  std::erase_if(found, [&](const std::string& word) {
    return word.compare(0, last.size(), last) != 0 || std::any_of(word.begin(), word.end(), is_line_break);
  });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace firn::cli
