#include "cli/manual.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/verb.hpp"

namespace firn::cli {
namespace {

constexpr std::string_view page_date = "November 22, 2026";

// Text as roff reads it: no escapes, and no request at the start of a line.
std::string escaped(std::string_view text) {
  std::string made = !text.empty() && (text.front() == '.' || text.front() == '\'') ? "\\&" : "";
  for (const char c : text) {
    if (c == '\\') {
      made += "\\e";
    } else if (c == '-') {
      made += "\\-";
    } else {
      made += c;
    }
  }
  return made;
}

// Each sentence on a line of its own, as mdoc wants it.
std::string sentences(std::string_view text) {
  std::string made;
  for (auto end = text.find(". "); end != std::string_view::npos; end = text.find(". ")) {
    made += escaped(text.substr(0, end + 1)) + "\n";
    text.remove_prefix(end + 2);
  }
  return made + escaped(text);
}

// As an argument of a macro.
std::string macro_argument(std::string_view text) {
  std::string made = "\"";
  for (const char c : escaped(text)) made += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return made + "\"";
}

std::string literal(std::string_view lines) {
  std::string made = ".Bd -literal -offset indent\n";
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    made += escaped(lines.substr(0, end)) + "\n";
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return made + ".Ed\n";
}

// Paragraphs; indented lines as they are.
std::string prose(std::string_view about) {
  std::string made;
  std::string indented;
  const auto end_indented = [&] {
    if (!indented.empty()) made += literal(indented);
    indented.clear();
  };
  while (!about.empty()) {
    const auto end = std::min(about.find('\n'), about.size());
    const std::string_view line = about.substr(0, end);
    about.remove_prefix(std::min(end + 1, about.size()));
    if (!line.empty() && line.front() == ' ') {
      indented += std::string(line.substr(line.find_first_not_of(' '))) + "\n";
      continue;
    }
    end_indented();
    if (!line.empty()) made += ".Pp\n" + sentences(line) + "\n";
  }
  end_indented();
  return made;
}

std::string options_of(const Verb& verb) {
  CLI::App app;
  app.set_help_flag();
  const Run run = verb.declare(app);
  if (app.get_options().empty()) return {};
  std::string made = ".Bl -tag -width Ds\n";
  for (const CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    made +=
        fmt::format(".It {}\n{}.\n", macro_argument(option->get_name(false, true) + (type.empty() ? "" : " " + type)),
                    sentences(option->get_description()));
  }
  return made + ".El\n";
}

std::string section_of(const Verb& verb) {
  std::string made = fmt::format(".Ss {}\n.Nm\n.Cm {}\n", macro_argument(verb.name), escaped(verb.name));
  if (!verb.usage.empty()) made += escaped(verb.usage) + "\n";
  made += fmt::format(".Pp\n{}.\n", escaped(verb.summary));
  made += prose(verb.about) + options_of(verb);
  if (!verb.examples.empty()) made += literal(verb.examples);
  return made;
}

constexpr std::string_view page_opening = R"(.Os
.Sh NAME
.Nm firn
.Nd a digital audio workstation that turns MIDI tracks into audio, and back
.Sh SYNOPSIS
.Nm
.Ar verb
.Op Ar directory
.Op Ar ...
.Op Ar options
.Nm
.Cm help
.Op Ar verb | topic
.Nm
.Fl -version
.Sh DESCRIPTION
.Nm
makes projects from MIDI files, edits them, freezes, flattens, bounces and resamples their tracks, and exports mixes, stems and MIDI.
.Pp
.Ar directory
is a project's; without it, the current one is meant.
Tracks, devices, clips and locators are given by name or number; a name that fits several things, or none, is answered with those there are.
Every verb that changes a project is one step, which
.Nm
.Cm undo
takes back, also in a later run.
A project is whole at every moment: what is interrupted or fails leaves it as it was.
.Pp
Results go to standard output, everything else to standard error.
.Nm
.Cm help values
says how positions, lengths, levels, notes and routings are written;
.Nm
.Cm help json
what
.Fl -json
prints;
.Nm
.Cm help convert
which conversion to choose.
)";

constexpr std::string_view closing = R"(.Sh ENVIRONMENT
.Bl -tag -width Ds
.It Ev FIRN_SOUNDFONTS
Folders, with colons between, where SoundFonts that projects share by name are looked for, before those of the system.
.El
.Sh FILES
See
.Xr firn-project 5 .
.Sh EXIT STATUS
0 if all went well; else the kind of the error, as
.Nm
.Cm help exit
lists them: 1 a print differs, 2 usage, 3 not found, 4 ambiguous, 5 refused, 6 malformed, 7 unsupported, 8 newer, 9 changed by hand, 10 locked,
11 input or output, 12 a device failed, 13 some songs of a batch failed, 70 a fault in
.Nm
itself, 130 cancelled.
.Sh EXAMPLES
.Bd -literal -offset indent
firn new song.mid \-o song
firn freeze song \-\-all
firn mixer song Bass volume=\-6dB pan=20L
firn export song mix.flac \-\-depth 24
.Ed
.Sh SEE ALSO
.Xr firn-project 5
)";

}  // namespace

std::string manual_text(std::string_view version) {
  std::string text = fmt::format(
      ".\\\" Made by `firn manual` from its table of verbs.\n.Dd {}\n.Dt FIRN 1\n{}.Pp\nThis page is of version {}.\n",
      page_date, page_opening, escaped(version));
  for (const Family& family : families()) {
    std::string upper;
    for (const char c : family.title) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    text += fmt::format(".Sh {}\n", upper);
    for (const Verb& verb : family.verbs) {
      if (!verb.hidden) text += section_of(verb);
    }
  }
  return text + std::string(closing);
}

}  // namespace firn::cli
