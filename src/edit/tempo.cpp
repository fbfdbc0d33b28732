#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "edit/checks.hpp"
#include "edit/parts.hpp"
#include "edit/verbs.hpp"

namespace firn::edit {

using base::ErrorKind;
using base::Result;
using document::Locator;

namespace {

Result<Project> with_tempo(const Project& project, std::vector<time::TempoPoint> points,
                           std::vector<time::TimeSignature> signatures) {
  return time::TempoMap::make(std::move(points), std::move(signatures)).map([&](time::TempoMap tempo) {
    Project after = project;
    after.tempo = std::move(tempo);
    return after;
  });
}

void sort_locators(std::vector<Locator>& locators) {
  std::sort(locators.begin(), locators.end(),
            [](const Locator& a, const Locator& b) { return std::tie(a.at, a.id) < std::tie(b.at, b.id); });
}

template <class Change>
Result<Project> changed_locator(const Project& project, LocatorId id, Change change) {
  Project after = project;
  const auto found = std::find_if(after.locators.begin(), after.locators.end(),
                                  [&](const Locator& locator) { return locator.id == id; });
  if (found == after.locators.end()) return base::fail(ErrorKind::not_found, "There is no such locator any more.");
  change(after.locators, found);
  sort_locators(after.locators);
  return after;
}

}  // namespace

Result<Project> carry_out(const Project& project, const SetTempo& command) {
  return with_tempo(project, command.points, project.tempo.signatures());
}

Result<Project> carry_out(const Project& project, const SetTimeSignatures& command) {
  return with_tempo(project, project.tempo.tempos(), command.signatures);
}

Result<Project> carry_out(const Project& project, const AddLocator& command) {
  Project after = project;
  Locator locator;
  locator.id = {after.next_id++};
  locator.at = command.at;
  locator.name = command.name;
  after.locators.push_back(std::move(locator));
  sort_locators(after.locators);
  return after;
}

Result<Project> carry_out(const Project& project, const RemoveLocator& command) {
  return changed_locator(project, command.locator, [](auto& locators, auto found) { locators.erase(found); });
}

Result<Project> carry_out(const Project& project, const RenameLocator& command) {
  return changed_locator(project, command.locator, [&](auto&, auto found) { found->name = command.name; });
}

Result<Project> carry_out(const Project& project, const MoveLocator& command) {
  return changed_locator(project, command.locator, [&](auto&, auto found) { found->at = command.at; });
}

Result<Project> carry_out(const Project& project, const SetTailLimit& command) {
  Project after = project;
  after.tail_limit_seconds = command.seconds;
  return after;
}

Result<Project> carry_out(const Project& project, const SetPluginGrid& command) {
  Project after = project;
  after.plugin_grid = command.frames;
  return after;
}

}  // namespace firn::edit
