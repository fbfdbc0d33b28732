#include "cli/verb.hpp"

namespace firn::cli {

const std::vector<Family>& families() {
  static const std::vector<Family> all = {project_verbs(), conversion_verbs(), export_verbs(), pack_verbs(),
                                          batch_verbs(),   play_verbs(),       record_verbs(), track_verbs(),
                                          mixer_verbs(),   device_verbs(),     plugin_verbs(), clip_verbs(),
                                          note_verbs(),    automation_verbs(), tempo_verbs(),  other_verbs()};
  return all;
}

const Verb* find_verb(std::string_view name) {
  for (const Family& family : families()) {
    for (const Verb& verb : family.verbs) {
      if (verb.name == name) return &verb;
    }
  }
  return nullptr;
}

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const Family& family : families()) {
    for (const Verb& verb : family.verbs) {
      if (!verb.hidden) names.push_back(verb.name);
    }
  }
  return names;
}

std::vector<const Verb*> verbs_of_noun(std::string_view noun) {
  std::vector<const Verb*> found;
  for (const Family& family : families()) {
    for (const Verb& verb : family.verbs) {
      const auto space = verb.name.find(' ');
      if (space != std::string::npos && std::string_view(verb.name).substr(0, space) == noun) found.push_back(&verb);
    }
  }
  return found;
}

}  // namespace firn::cli
