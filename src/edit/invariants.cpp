#include "edit/invariants.hpp"

#include <fmt/format.h>

#include "document/check.hpp"
#include "edit/checks.hpp"
#include "edit/routing.hpp"

namespace firn::edit {

std::optional<std::string> violation_of(const document::Project& project) {
  if (const auto checked = document::check(project); !checked) return checked.error().message;
  if (auto problem = problem_of_settings(project)) return problem->message;
  for (const auto& track : project.tracks) {
    if (auto problem = problem_of_track(project, *track)) return problem->message;
  }
  if (const auto cycle = find_cycle(project)) {
    return fmt::format("The routing is a cycle: {}.", path_text(project, *cycle));
  }
  return std::nullopt;
}

}  // namespace firn::edit
