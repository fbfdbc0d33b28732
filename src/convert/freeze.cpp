#include "convert/freeze.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "plan/solo.hpp"

namespace firn::convert {
namespace {

using base::ErrorKind;
using document::Project;
using document::TapPoint;
using document::Track;
using document::TrackId;
using document::TrackKind;

bool has_notes(const Track& track) {
  return std::any_of(track.clips.begin(), track.clips.end(), [](const auto& clip) {
    const auto* body = std::get_if<document::MidiClip>(&clip->body);
    return clip->active && body && !body->content->notes.empty();
  });
}

// Clips, an input that it hears, or other tracks that are routed to it.
bool has_audio(const Project& project, const Track& track) {
  return std::any_of(track.clips.begin(), track.clips.end(), [](const auto& clip) { return clip->active; }) ||
         document::hears_input(track) ||
         std::any_of(project.tracks.begin(), project.tracks.end(),
                     [&](const auto& other) { return plan::destination_of(project, *other) == track.id; });
}

bool has_instrument(const Track& track) {
  return std::any_of(track.devices.begin(), track.devices.end(), [](const auto& device) {
    const auto* type = devices::find_type(device.type);
    return !type ||
           type->device_class == devices::DeviceClass::instrument;  // a missing one may be one: compile names it
  });
}

base::Result<PrintRequest> request_freeze(const Project& project, TrackId track, const plan::DeviceFacts& facts) {
  return print_request(with_track_active(project, track), {{track, TapPoint::post_fx}, {}}, {}, plan::Prints::ignore,
                       store::Folder::freeze, facts);
}

document::Print print_of(const PrintRequest& request, const Printed& printed) {
  document::Print print;
  print.recipe = request.recipe;
  print.audio = printed.audio;
  print.range = printed.range;
  return print;
}

base::Error all_of(const std::vector<std::string>& reasons, const char* heading) {
  std::string message = heading;
  for (const std::string& reason : reasons) message += "\n  " + reason;
  return {ErrorKind::refused, std::move(message)};
}

// Of what a freeze of these tracks is about: what must be rendered, and the commands that go before.
struct Freezing {
  std::vector<PrintRequest> requests;
  std::vector<const Track*> tracks;  // one for each request
  Outcome outcome;
};

base::Result<Freezing> plan_freeze(const Project& project, const std::vector<TrackId>& tracks,
                                   const plan::DeviceFacts& facts) {
  Freezing freezing;
  std::vector<std::string> reasons;
  for (const TrackId id : tracks) {
    const Track* track = document::find(project, id);
    if (!track) return base::fail(ErrorKind::not_found, "There is no such track.");
    if (const std::string obstacle = freeze_obstacle(project, *track); !obstacle.empty() && !track->frozen()) {
      reasons.push_back(fmt::format("{}: {}", track->name, obstacle));
      continue;
    }
    auto request = request_freeze(project, id, facts);
    if (!request) {
      reasons.push_back(fmt::format("{}: {}", track->name, request.error().message));
      continue;
    }
    if (track->frozen() && track->prints.back().recipe == request->recipe) {
      freezing.outcome.notes.push_back(fmt::format("{} is frozen already, and its print is fresh.", track->name));
      continue;
    }
    for (std::size_t i = 0; i < track->prints.size(); ++i) freezing.outcome.commands.push_back(edit::Unfreeze{id});
    freezing.requests.push_back(std::move(*request));
    freezing.tracks.push_back(track);
  }
  if (!reasons.empty()) return tl::unexpected(all_of(reasons, "These tracks can't be frozen:"));
  return freezing;
}

// What is deactivated is printed as it plays when it is active, and by itself: the others don't hear it.
base::Result<std::vector<Printed>> print_all(const Project& project, const Freezing& freezing, Studio& studio) {
  std::vector<PrintRequest> together;
  for (std::size_t i = 0; i < freezing.tracks.size(); ++i) {
    if (freezing.tracks[i]->active) together.push_back(freezing.requests[i]);
  }
  auto printed = print(project, together, studio);
  for (std::size_t i = 0; printed && i < freezing.tracks.size(); ++i) {
    const Track& track = *freezing.tracks[i];
    if (track.active) continue;
    auto alone = print(with_track_active(project, track.id), {freezing.requests[i]}, studio);
    if (!alone) return alone;
    printed->insert(printed->begin() + static_cast<std::ptrdiff_t>(i), alone->front());
  }
  return printed;
}

void note_tail(const Track& track, const Printed& printed, const Project& project, Outcome& outcome) {
  if (!printed.cut_short) return;
  outcome.notes.push_back(
      fmt::format("{} still sounded {:g} s after its last note or clip: its tail was faded out there. Its tail limit "
                  "is the project's.",
                  track.name, project.tail_limit_seconds));
}

}  // namespace

Project with_track_active(Project project, TrackId id) {
  const Track* track = document::find(project, id);
  if (!track || track->active) return project;
  Track active = *track;
  active.active = true;
  return document::with_track(std::move(project), std::move(active));
}

base::Result<PrintState> print_state(const Project& project, TrackId id, const plan::DeviceFacts& facts) {
  const Track* track = document::find(project, id);
  if (!track) return base::fail(ErrorKind::not_found, "There is no such track.");
  if (!track->frozen()) return PrintState::live;
  auto request = request_freeze(project, id, facts);
  if (!request) return tl::unexpected(request.error());
  return request->recipe == track->prints.back().recipe ? PrintState::fresh : PrintState::stale;
}

bool hears_live_input(const Track& track) {
  return document::hears_input(track) && std::holds_alternative<document::ExternalInput>(track.input);
}

std::string freeze_obstacle(const Project& project, const Track& track) {
  switch (track.kind) {
    case TrackKind::main: return "Main can't be frozen; export or resample it.";
    case TrackKind::group: return "groups can't be frozen yet; freeze the tracks in it.";
    case TrackKind::return_: return "returns can't be frozen yet; freeze the tracks that send to it.";
    case TrackKind::midi:
      if (!has_notes(track)) return "nothing to render: it has no notes.";
      if (!has_instrument(track)) return "nothing to render: it has no instrument; add one.";
      break;
    case TrackKind::audio:
      if (hears_live_input(track))
        return "nothing to render: it plays its live input instead of its clips. Disarm it, or set its monitor to off.";
      if (!has_audio(project, track)) return "nothing to render: it has no clips, and hears no other track.";
      break;
  }
  return track.active ? "" : "it is deactivated; activate it first.";
}

std::vector<TrackId> freezable_tracks(const Project& project) {
  std::vector<TrackId> tracks;
  for (const auto& track : project.tracks) {
    if (track->frozen() || freeze_obstacle(project, *track).empty()) tracks.push_back(track->id);
  }
  return tracks;
}

base::Result<Outcome> freeze(const Project& project, const std::vector<TrackId>& tracks, Studio& studio) {
  auto freezing = plan_freeze(project, tracks, studio.facts);
  if (!freezing) return tl::unexpected(freezing.error());
  Outcome outcome = std::move(freezing->outcome);
  const Stopwatch stopwatch;
  auto printed = print_all(project, *freezing, studio);
  if (!printed) return tl::unexpected(printed.error());
  outcome.render_seconds = stopwatch.seconds();
  for (std::size_t i = 0; i < printed->size(); ++i) {
    const Track& track = *freezing->tracks[i];
    outcome.commands.push_back(edit::Freeze{track.id, print_of(freezing->requests[i], (*printed)[i])});
    outcome.tracks.push_back({track.id, track.name, (*printed)[i]});
    note_tail(track, (*printed)[i], project, outcome);
  }
  if (!printed->empty()) {
    outcome.notes.push_back(
        "Notes, clips, devices and their automation are kept and read-only until you unfreeze. Volume, pan, sends, "
        "routing and their automation stay live.");
  }
  return outcome;
}

base::Result<Outcome> unfreeze(const Project& project, const std::vector<TrackId>& tracks) {
  Outcome outcome;
  std::vector<std::string> reasons;
  for (const TrackId id : tracks) {
    const Track* track = document::find(project, id);
    if (!track) return base::fail(ErrorKind::not_found, "There is no such track.");
    if (!track->frozen()) {
      reasons.push_back(fmt::format("{}: it is not frozen.", track->name));
      continue;
    }
    outcome.commands.push_back(edit::Unfreeze{id});
    Printed print;
    print.audio = track->prints.back().audio;
    print.range = track->prints.back().range;
    print.found = true;
    outcome.tracks.push_back({id, track->name, print});
  }
  if (!reasons.empty()) return tl::unexpected(all_of(reasons, "These tracks can't be unfrozen:"));
  outcome.notes.push_back(
      "Everything is as it was before freezing. The prints stay on disk until `firn clean`, so freezing the same again "
      "costs nothing.");
  return outcome;
}

base::Result<Outcome> flatten(const Project& project, const std::vector<TrackId>& tracks, StalePrints stale,
                              Studio& studio) {
  std::vector<TrackId> to_freeze;
  std::vector<std::string> reasons;
  for (const TrackId id : tracks) {
    auto state = print_state(project, id, studio.facts);
    if (!state) return tl::unexpected(state.error());
    if (*state == PrintState::stale && stale == StalePrints::refuse) {
      reasons.push_back(
          fmt::format("{}: its print is stale, something changed since it was frozen. Refresh it, or unfreeze it.",
                      document::find(project, id)->name));
    }
    if (*state != PrintState::fresh) to_freeze.push_back(id);
  }
  if (!reasons.empty()) return tl::unexpected(all_of(reasons, "These tracks can't be flattened:"));
  auto outcome = freeze(project, to_freeze, studio);
  if (!outcome) return outcome;
  outcome->notes.clear();
  for (const TrackId id : tracks) {
    const Track& track = *document::find(project, id);
    outcome->commands.push_back(edit::Flatten{id});
    const bool rendered = std::any_of(outcome->tracks.begin(), outcome->tracks.end(),
                                      [&](const auto& result) { return result.track == id; });
    if (!rendered) {
      Printed print;
      print.audio = track.prints.back().audio;
      print.range = track.prints.back().range;
      print.found = true;
      outcome->tracks.push_back({id, track.name, print});
    } else {
      note_tail(track,
                std::find_if(outcome->tracks.begin(), outcome->tracks.end(),
                             [&](const auto& result) { return result.track == id; })
                    ->print,
                project, *outcome);
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
