#include "convert/print_state.hpp"

#include <algorithm>

#include "plan/solo.hpp"

namespace firn::convert {
namespace {

using base::RecipeKey;
using document::Project;
using document::Track;
using document::TrackId;

// What the prints of some tracks' stacks should be made of, from the lowest up: one compilation for all.
using Layers = std::vector<RecipeKey>;

base::Result<std::vector<Layers>> layers_of(const Project& project, const std::vector<const Track*>& tracks,
                                            const plan::DeviceFacts& facts) {
  std::vector<plan::Point> points;
  for (const Track* track : tracks) {
    for (const document::Print& print : track->prints) points.push_back(point_of(*track, print));
  }
  auto plan = plan::compile(project, points, {.start = {}, .prints = plan::Prints::ignore}, facts);
  if (!plan) return tl::unexpected(plan.error());
  const auto recipes = plan::recipes_of(*plan);
  std::vector<Layers> layers;
  auto next = recipes.begin();
  for (const Track* track : tracks) {
    const auto count = static_cast<std::ptrdiff_t>(track->prints.size());
    layers.emplace_back(next, next + count);
    next += count;
  }
  return layers;
}

// By track: those that can be known. Where one can't, the others are asked one by one.
std::map<TrackId, base::Result<Layers>> all_layers(const Project& project, const plan::DeviceFacts& facts) {
  std::map<TrackId, base::Result<Layers>> all;
  const Project unsoloed = plan::with_solo(project, {});
  std::vector<const Track*> together;
  const auto alone = [&](const Track& track) {
    const Project printed = as_printed(unsoloed, track.id);
    auto layers = layers_of(printed, {document::find(printed, track.id)}, facts);
    all.emplace(track.id, layers ? base::Result<Layers>(layers->front()) : tl::unexpected(layers.error()));
  };
  for (const auto& track : unsoloed.tracks) {
    if (!track->frozen()) continue;
    if (track->active) {
      together.push_back(track.get());
    } else {
      alone(*track);
    }
  }
  if (together.empty()) return all;
  const auto layers = layers_of(unsoloed, together, facts);
  for (std::size_t i = 0; i < together.size(); ++i) {
    if (layers) {
      all.emplace(together[i]->id, (*layers)[i]);
    } else {
      alone(*together[i]);
    }
  }
  return all;
}

}  // namespace

plan::Point point_after(const Track& track, std::size_t devices) {
  if (devices == 0) return {{track.id, document::TapPoint::pre_fx}, {}};
  const auto ending = devices < track.devices.size() ? plan::Ending::silent : plan::Ending::inaudible;
  return {{track.id, document::TapPoint::post_fx}, track.devices[devices - 1].id, ending};
}

// A print that is whole to its silence serves at the end of a chain too; one that was cut there serves there alone.
plan::Point point_of(const Track& track, const document::Print& print) {
  plan::Point point = point_after(track, document::devices_in(track, print));
  if (print.ringing) point.ending = plan::Ending::silent;
  return point;
}

Project as_printed(const Project& project, TrackId id) {
  Project printed = plan::with_solo(project, {});
  const Track* track = document::find(printed, id);
  if (!track || track->active) return printed;
  Track active = *track;
  active.active = true;
  return document::with_track(std::move(printed), std::move(active));
}

base::Result<PrintState> print_state(const Project& project, TrackId id, const plan::DeviceFacts& facts) {
  const Track* track = document::find(project, id);
  if (!track) return base::fail(base::ErrorKind::not_found, "There is no such track.");
  if (!track->frozen()) return PrintState::live;
  const Project printed = as_printed(project, id);
  const auto layers = layers_of(printed, {document::find(printed, id)}, facts);
  if (!layers) return tl::unexpected(layers.error());
  return layers->front().back() == track->prints.back().recipe ? PrintState::fresh : PrintState::stale;
}

std::map<TrackId, base::Result<PrintState>> print_states(const Project& project, const plan::DeviceFacts& facts) {
  std::map<TrackId, base::Result<PrintState>> states;
  const auto layers = all_layers(project, facts);
  for (const auto& track : project.tracks) {
    const auto found = layers.find(track->id);
    if (found == layers.end()) {
      states.emplace(track->id, PrintState::live);
    } else if (!found->second) {
      states.emplace(track->id, tl::unexpected(found->second.error()));
    } else {
      const bool is_fresh = found->second->back() == track->prints.back().recipe;
      states.emplace(track->id, is_fresh ? PrintState::fresh : PrintState::stale);
    }
  }
  return states;
}

Project with_fresh_prints(const Project& project, const plan::DeviceFacts& facts) {
  Project fresh = plan::with_solo(project, {});
  const auto layers = all_layers(project, facts);
  for (auto& box : fresh.tracks) {
    if (!box->frozen()) continue;
    const auto& should_be = layers.at(box->id);
    std::size_t count = should_be ? box->prints.size() : 0;
    while (count > 0 && (*should_be)[count - 1] != box->prints[count - 1].recipe) --count;
    if (count != box->prints.size()) box = base::changed(box, [&](Track& track) { track.prints.resize(count); });
  }
  return fresh;
}

Project without_fresh_prints(const Project& project, const plan::DeviceFacts& facts) {
  Project thawed = project;
  const auto states = print_states(project, facts);
  for (auto& box : thawed.tracks) {
    const auto& state = states.at(box->id);
    if (state && *state == PrintState::fresh) box = base::changed(box, [](Track& track) { track.prints.clear(); });
  }
  return thawed;
}

}  // namespace firn::convert
