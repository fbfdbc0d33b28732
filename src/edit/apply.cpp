#include <fmt/format.h>

#include <unordered_map>

#include "edit/checks.hpp"
#include "edit/command.hpp"
#include "edit/guard.hpp"
#include "edit/routing.hpp"
#include "edit/verbs.hpp"

namespace firn::edit {

using base::ErrorKind;
using base::Result;
using document::Track;

namespace {

struct ChangedTrack {
  const Track* before;  // null: new
  const Track* after;
};

// What is not one and the same box in both.
std::vector<ChangedTrack> changed_tracks(const Project& before, const Project& after) {
  std::vector<const Track*> changed;
  for (std::size_t i = 0; i < after.tracks.size(); ++i) {
    const bool is_same = i < before.tracks.size() && before.tracks[i].shares(after.tracks[i]);
    if (!is_same) changed.push_back(after.tracks[i].get());
  }
  if (changed.empty()) return {};
  std::unordered_map<TrackId, const Track*> earlier;
  for (const auto& track : before.tracks) earlier.emplace(track->id, track.get());
  std::vector<ChangedTrack> pairs;
  for (const Track* track : changed) {
    const auto found = earlier.find(track->id);
    const Track* was = found == earlier.end() ? nullptr : found->second;
    if (was != track) pairs.push_back({was, track});
  }
  return pairs;
}

// A track that becomes one of another kind may no longer be what others are routed to.
Problem problem_of_all_routing(const Project& project) {
  for (const auto& track : project.tracks) {
    if (auto problem = problem_of_routing(project, *track)) return problem;
  }
  return std::nullopt;
}

// Judges what came out of a command, in one place for all of them.
Problem problem_of_result(const Project& before, const Project& after, const Command& command) {
  if (auto problem = problem_of_settings(after)) return problem;
  bool rerouted = false;
  for (const auto& [was, now] : changed_tracks(before, after)) {
    if (was != nullptr && !is_conversion(command)) {
      if (auto problem = problem_of_outcome(*was, *now)) return problem;
    }
    if (auto problem = problem_of_track(after, *now)) return problem;
    if (was != nullptr && was->kind != now->kind) {
      if (auto problem = problem_of_all_routing(after)) return problem;
    }
    rerouted = rerouted || was == nullptr || !same_connections(*was, *now);
  }
  if (!rerouted) return std::nullopt;
  if (const auto cycle = find_cycle(after)) {
    return base::Error{ErrorKind::refused,
                       fmt::format("That would make a cycle: {}. Break it elsewhere first, or choose another routing.",
                                   path_text(after, *cycle))};
  }
  return std::nullopt;
}

}  // namespace

Result<Project> apply(const Project& project, const Command& command) {
  if (auto problem = problem_of_attempt(project, command)) return tl::make_unexpected(*problem);
  auto after = std::visit([&](const auto& verb) { return carry_out(project, verb); }, command);
  if (!after) return after;
  if (auto problem = problem_of_result(project, *after, command)) return tl::make_unexpected(*problem);
  return after;
}

Result<Project> apply(const Project& project, const std::vector<Command>& commands) {
  Result<Project> after = project;
  for (const Command& command : commands) {
    after = edit::apply(*after, command);
    if (!after) return after;
  }
  return after;
}

}  // namespace firn::edit
