#include "cli/help.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/pages.hpp"
#include "cli/text_table.hpp"

namespace firn::cli {
namespace {

constexpr int page_width = 80;

using Rows = std::vector<std::pair<std::string, std::string>>;

// Terms, and behind each what it means, wrapped.
std::string definitions(const Rows& rows, int widest) {
  int column = 0;
  for (const auto& [term, meaning] : rows) column = std::max(column, width_of(term));
  column = std::min(column, widest) + 4;
  std::string text;
  for (const auto& [term, meaning] : rows) {
    std::string lines = wrapped(meaning, column, page_width);
    std::string head = "  " + term;
    if (width_of(head) + 2 <= column) {
      head += std::string(static_cast<std::size_t>(column - width_of(head)), ' ');
      lines.erase(0, std::min<std::size_t>(lines.size(), static_cast<std::size_t>(column)));
    } else {
      head += "\n";
    }
    text += head + lines;
    if (text.back() != '\n') text += '\n';
  }
  return text;
}

// Paragraphs are wrapped; indented lines stay.
std::string paragraphs(std::string_view about) {
  std::string text;
  std::string paragraph;
  const auto end_paragraph = [&] {
    text += wrapped(paragraph, 0, page_width);
    paragraph.clear();
  };
  while (!about.empty()) {
    const auto end = std::min(about.find('\n'), about.size());
    const std::string_view line = about.substr(0, end);
    about.remove_prefix(std::min(end + 1, about.size()));
    if (line.empty() || line.front() == ' ') {
      end_paragraph();
      text += std::string(line) + "\n";
    } else {
      if (!paragraph.empty()) paragraph += ' ';
      paragraph += line;
    }
  }
  end_paragraph();
  return text;
}

std::string options_text(const Verb& verb) {
  CLI::App app;
  verb.declare(app);
  Rows rows;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->nonpositional()) continue;
    std::string term = option->get_name(false, true);
    for (std::size_t at = term.find(','); at != std::string::npos; at = term.find(',', at + 2))
      term.insert(at + 1, " ");
    if (!option->get_type_name().empty()) term += " " + option->get_type_name();
    rows.emplace_back(term, option->get_description());
  }
  return definitions(rows, 24);
}

std::string indented(std::string_view lines) {
  std::string text = "  ";
  for (const char c : lines) {
    text += c;
    if (c == '\n') text += "  ";
  }
  return text + "\n";
}

}  // namespace

std::string overview_text() {
  std::string text =
      "firn: a digital audio workstation that turns MIDI tracks into audio, and back\n"
      "\n"
      "Usage: firn VERB [DIR] … [OPTIONS]\n"
      "\n"
      "DIR is a project's directory; without it, the current one is meant. Tracks, devices\n"
      "and clips are given by name or number.\n";
  for (const Family& family : families()) {
    Rows rows;
    for (const Verb& verb : family.verbs) {
      if (!verb.hidden) rows.emplace_back(verb.name, verb.summary);
    }
    text += fmt::format("\n{}\n{}", family.title, definitions(rows, 20));
  }
  Rows rows;
  for (const Topic& topic : topics()) rows.emplace_back(fmt::format("help {}", topic.name), std::string(topic.summary));
  return text + "\nTo read\n" + definitions(rows, 20) + "\n`firn help VERB` shows one of them whole.\n";
}

std::string noun_text(std::string_view noun) {
  Rows rows;
  for (const Verb* verb : verbs_of_noun(noun)) rows.emplace_back(verb->name + " " + verb->usage, verb->summary);
  return fmt::format("Usage:\n{}\n`firn help {} …` shows one of them whole.\n", definitions(rows, 34), noun);
}

std::string verb_text(const Verb& verb) {
  std::string text =
      fmt::format("firn {}: {}\n\nUsage: firn {} {} [OPTIONS]\n", verb.name, verb.summary, verb.name, verb.usage);
  if (!verb.about.empty()) text += "\n" + paragraphs(verb.about);
  text += "\nOptions:\n" + options_text(verb);
  if (!verb.examples.empty()) text += "\nExamples:\n" + indented(verb.examples);
  return text;
}

const std::vector<Topic>& topics() {
  static const std::vector<Topic> all = {
      {"convert", "Freeze, flatten, bounce, resample or export: which when, and what each keeps", pages::which},
      {"values", "How positions, lengths, levels, notes and routings are written", pages::values},
      {"exit", "Exit statuses, for scripts", pages::exit_status},
      {"json", "What --json prints", pages::cli},
  };
  return all;
}

std::string plain_text(std::string_view markdown) {
  std::string text;
  while (!markdown.empty()) {
    const auto end = std::min(markdown.find('\n'), markdown.size());
    std::string_view line = markdown.substr(0, end);
    markdown.remove_prefix(std::min(end + 1, markdown.size()));
    if (line.substr(0, 3) == "```") continue;
    const auto heading = line.find_first_not_of('#');
    if (heading != 0 && heading != std::string_view::npos && line[heading] == ' ') {
      std::string upper;
      for (const char c : line.substr(heading + 1))
        upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      text += upper + "\n";
      continue;
    }
    const bool verbatim = line.substr(0, 4) == "    ";
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\' && i + 1 < line.size() && !verbatim) {
        text += line[++i];
      } else if (verbatim || (line[i] != '`' && line.substr(i, 2) != "**")) {
        text += line[i];
      } else if (line[i] == '*') {
        ++i;
      }
    }
    text += "\n";
  }
  return text;
}

}  // namespace firn::cli
