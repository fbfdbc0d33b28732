// Help: what `firn help`, `--help` and usage errors show. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.hpp"

namespace firn::cli {

std::string overview_text();                   // every verb, a line each
std::string noun_text(std::string_view noun);  // the verbs of one noun
std::string verb_text(const Verb&);            // one verb whole: usage, what it does, options, examples

// What there is to read beside the verbs.
struct Topic {
  std::string_view name;  // "convert"
  std::string_view summary;
  std::string_view text;  // Markdown
};
const std::vector<Topic>& topics();

// The text of a page as a terminal shows it: without Markdown's marks.
std::string plain_text(std::string_view markdown);

}  // namespace firn::cli
