#include "convert/flatten.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "convert/freeze.hpp"

namespace firn::convert {

using document::Project;
using document::Track;
using document::TrackId;

namespace {

// Its print can become a clip: it is of the whole chain, and cut where that ends.
bool is_frozen_whole(const Track& track) {
  return track.frozen() && document::frozen_devices(track) == track.devices.size() && !track.prints.back().ringing;
}

Printed found_print(const Track& track) {
  Printed print;
  print.audio = track.prints.back().audio;
  print.range = track.prints.back().range;
  print.found = true;
  return print;
}

}  // namespace

base::Result<Outcome> flatten(const Project& project, const std::vector<TrackId>& tracks, StalePrints stale,
                              Studio& studio) {
  std::vector<TrackId> to_freeze;
  std::vector<std::string> reasons;
  Project thawed = project;
  std::vector<edit::Command> thawing;
  for (const TrackId id : tracks) {
    auto state = print_state(project, id, studio.facts);
    if (!state) return tl::unexpected(state.error());
    const Track& track = *document::find(project, id);
    if (*state == PrintState::stale && stale == StalePrints::refuse) {
      reasons.push_back(fmt::format(
          "{}: its print is stale, something changed since it was frozen. Refresh it, or unfreeze it.", track.name));
    }
    if (*state == PrintState::fresh && is_frozen_whole(track) && studio.store.is_whole(track.prints.back().audio))
      continue;
    to_freeze.push_back(id);
    if (!track.frozen() || !track.prints.back().ringing) continue;
    // A print to its silence is fresh at the end of a chain, but no clip: it gives way to one that is cut there.
    thawing.emplace_back(edit::Unfreeze{id});
    Track below = track;
    below.prints.pop_back();
    thawed = document::with_track(std::move(thawed), std::move(below));
  }
  if (!reasons.empty()) return tl::unexpected(all_of(reasons, "These tracks can't be flattened:"));
  auto outcome = freeze(thawed, {to_freeze, FreezeRequest::Line::end_of_chain, {}}, studio);
  if (!outcome) return outcome;
  const auto is_faulty = [&](TrackId id) {
    return std::any_of(outcome->faults.begin(), outcome->faults.end(),
                       [&](const auto& fault) { return fault.track == id; });
  };
  std::erase_if(thawing, [&](const edit::Command& thaw) { return is_faulty(std::get<edit::Unfreeze>(thaw).track); });
  outcome->commands.insert(outcome->commands.begin(), thawing.begin(), thawing.end());
  outcome->notes.clear();
  for (const TrackId id : tracks) {
    if (is_faulty(id)) continue;
    const Track& track = *document::find(project, id);
    outcome->commands.push_back(edit::Flatten{id});
    const auto rendered = std::find_if(outcome->tracks.rbegin(), outcome->tracks.rend(),
                                       [&](const auto& result) { return result.track == id; });
    if (rendered == outcome->tracks.rend()) {
      outcome->tracks.push_back({id, track.name, found_print(track)});
    } else {
      note_tail(track, rendered->print, project, *outcome);
    }
    std::string dropped;
    for (const auto& device : track.devices) dropped += (dropped.empty() ? "" : ", ") + device.name;
    if (!dropped.empty())
      outcome->notes.push_back(fmt::format("{}: devices and their automation went: {}.", track.name, dropped));
  }
  outcome->notes.push_back(
      "Mixer, sends, routing and their automation are kept. The track as it was is kept with the new clip.");
  return outcome;
}

}  // namespace firn::convert
