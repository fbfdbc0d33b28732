#include "convert/freeze.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "convert/print.hpp"
#include "devices/device_type.hpp"
#include "edit/find.hpp"
#include "plan/solo.hpp"
#include "plan/upstream.hpp"

namespace firn::convert {
namespace {

using base::ErrorKind;
using document::Project;
using document::Track;
using document::TrackId;
using document::TrackKind;

bool has_notes(const Track& track) {
  return std::any_of(track.clips.begin(), track.clips.end(), [](const auto& clip) {
    const auto* body = std::get_if<document::MidiClip>(&clip->body);
    return clip->active && body && !body->content->notes.empty();
  });
}

bool has_clips(const Track& track) {
  return std::any_of(track.clips.begin(), track.clips.end(), [](const auto& clip) { return clip->active; });
}

bool is_audible(const document::Send& send, const Track& of) {
  const document::AutomationTarget level = document::SendTarget{send.to};
  return send.level_db > document::Send::minus_infinity() ||
         std::any_of(of.automation.begin(), of.automation.end(),
                     [&](const auto& automation) { return automation.target == level; });
}

// Does another track's sound enter its source? Side-chains only control what is there.
bool is_fed(const Project& project, const Track& track) {
  const auto feeds = plan::feeds_of(project, track);
  return std::any_of(feeds.begin(), feeds.end(), [&](const plan::Feed& feed) {
    if (!feed.from->active) return false;
    if (feed.send) return is_audible(*feed.send, *feed.from);
    return plan::destination_of(project, *feed.from) == track.id || document::hears_input(track);
  });
}

bool has_instrument(const Track& track) {
  return std::any_of(track.devices.begin(), track.devices.end(), [](const auto& device) {
    const auto* type = document::type_of(device);
    return !type ||
           type->device_class == devices::DeviceClass::instrument;  // a missing one may be one: compile names it
  });
}

// Of a track upstream that plays a live input: no print can hold that.
std::string live_input_upstream(const Project& project, const Track& track) {
  for (const TrackId id : plan::upstream_of(project, track)) {
    const Track& source = *document::find(project, id);
    if (source.active && hears_live_input(source))
      return fmt::format("{} plays its live input into it. Disarm that, or set its monitor to off.", source.name);
  }
  return {};
}

// One print of a track's stack as it is to be.
struct Layer {
  std::size_t devices;
  PrintRequest request;
  const document::Print* fresh;  // the print that is there already; null: to be made
};

struct TrackFreeze {
  const Track* track;
  std::size_t kept = 0;  // prints that stay where they are, from the lowest on
  std::vector<Layer> layers;
};

base::Result<std::size_t> line_of(const Track& track, const FreezeRequest& request) {
  switch (request.line) {
    case FreezeRequest::Line::end_of_chain: return track.devices.size();
    case FreezeRequest::Line::as_it_is: return document::frozen_devices(track);
    case FreezeRequest::Line::device: break;
  }
  const auto device = edit::find_device(track, request.device);
  if (!device) return tl::unexpected(device.error());
  const auto found =
      std::find_if(track.devices.begin(), track.devices.end(), [&](const auto& each) { return each.id == *device; });
  const auto* type = document::type_of(*found);
  if (type && type->device_class == devices::DeviceClass::midi_effect) {
    return base::fail(
        ErrorKind::refused,
        fmt::format("{} is a MIDI effect: freeze up to the instrument or a device behind it.", found->name));
  }
  return static_cast<std::size_t>(found - track.devices.begin()) + 1;
}

base::Result<TrackFreeze> plan_track(const Project& project, const Track& track, std::size_t line, Studio& studio) {
  TrackFreeze freeze{&track, 0, {}};
  const Project printed = as_printed(project, track.id);
  const auto add = [&](const plan::Point& point, std::size_t devices,
                       const document::Print* there) -> base::Result<void> {
    auto request = print_request(printed, point, {}, plan::Prints::ignore, store::Folder::freeze, studio.facts);
    if (!request) return tl::unexpected(request.error());
    const bool is_fresh = there && there->recipe == request->recipe && studio.store.is_whole(there->audio);
    request->prints = plan::Prints::play;
    freeze.layers.push_back({devices, std::move(*request), is_fresh ? there : nullptr});
    return {};
  };
  for (const document::Print& print : track.prints) {
    const std::size_t devices = document::devices_in(track, print);
    if (devices > line) break;
    if (auto added = add(point_of(track, print), devices, &print); !added) return tl::unexpected(added.error());
    // What was printed to its silence though nothing follows, or was cut though something does, is now printed as it should be.
    if (!freeze.layers.back().fresh) {
      freeze.layers.pop_back();
      if (auto added = add(point_after(track, devices), devices, nullptr); !added) return tl::unexpected(added.error());
    }
  }
  if (freeze.layers.empty() || freeze.layers.back().devices < line) {
    if (auto added = add(point_after(track, line), line, nullptr); !added) return tl::unexpected(added.error());
  }
  while (freeze.kept < freeze.layers.size() && freeze.layers[freeze.kept].fresh) ++freeze.kept;
  return freeze;
}

bool has_lost_print(const Track& track, const store::Store& store) {
  return std::any_of(track.prints.begin(), track.prints.end(),
                     [&](const document::Print& print) { return !store.is_whole(print.audio); });
}

base::Result<std::vector<TrackFreeze>> plan_freeze(const Project& project, const FreezeRequest& request, Studio& studio,
                                                   Outcome& outcome) {
  std::vector<TrackFreeze> freezes;
  std::vector<std::string> reasons;
  std::set<ErrorKind> kinds;
  for (const TrackId id : request.tracks) {
    const Track* track = document::find(project, id);
    if (!track) return base::fail(ErrorKind::not_found, "There is no such track.");
    if (const std::string obstacle = freeze_obstacle(project, *track); !obstacle.empty() && !track->frozen()) {
      reasons.push_back(fmt::format("{}: {}", track->name, obstacle));
      kinds.insert(ErrorKind::refused);
      continue;
    }
    auto freeze =
        line_of(*track, request).and_then([&](std::size_t line) { return plan_track(project, *track, line, studio); });
    if (!freeze && freeze.error().kind == ErrorKind::device) {
      outcome.faults.push_back({id, track->name, freeze.error()});
    } else if (!freeze) {
      reasons.push_back(fmt::format("{}: {}", track->name, freeze.error().message));
      kinds.insert(freeze.error().kind);
    } else if (freeze->kept == freeze->layers.size() && freeze->kept == track->prints.size()) {
      outcome.notes.push_back(fmt::format("{} is frozen already, and its print is fresh.", track->name));
    } else {
      if (has_lost_print(*track, studio.store))
        outcome.notes.push_back(fmt::format("{}: its print was lost, and is made again.", track->name));
      freezes.push_back(std::move(*freeze));
    }
  }
  if (reasons.empty()) return freezes;
  return tl::unexpected(
      all_of(reasons, "These tracks can't be frozen:", kinds.size() == 1 ? *kinds.begin() : ErrorKind::refused));
}

// Without the lost prints of what the freezes hear: what those stand for is rendered.
Project without_lost_prints(Project project, const std::vector<TrackFreeze>& freezes, const store::Store& store) {
  std::set<TrackId> heard;
  for (const TrackFreeze& freeze : freezes) {
    heard.insert(freeze.track->id);
    heard.merge(plan::upstream_of(project, *freeze.track));
  }
  for (auto& box : project.tracks) {
    if (!heard.contains(box->id)) continue;
    std::size_t count = box->prints.size();
    while (count > 0 && !store.is_whole(box->prints[count - 1].audio)) --count;
    if (count != box->prints.size()) box = base::changed(box, [&](Track& track) { track.prints.resize(count); });
  }
  return project;
}

// What is deactivated is printed as it plays when it is active, and by itself: the others don't hear it, and of those that would, no print
// that was made without it is played.
base::Result<std::vector<std::vector<Printed>>> print_all(const Project& project,
                                                          const std::vector<TrackFreeze>& freezes, Studio& studio) {
  const auto with_whole_prints = [&](const Project& of) {
    return without_lost_prints(with_fresh_prints(of, studio.facts), freezes, studio.store);
  };
  const auto missing = [](const TrackFreeze& freeze) {
    std::vector<PrintRequest> requests;
    for (const Layer& layer : freeze.layers) {
      if (!layer.fresh) requests.push_back(layer.request);
    }
    return requests;
  };
  std::vector<PrintRequest> together;
  for (const TrackFreeze& freeze : freezes) {
    if (!freeze.track->active) continue;
    for (auto& request : missing(freeze)) together.push_back(std::move(request));
  }
  auto printed = print_what_works(with_whole_prints(project), together, studio);
  if (!printed) return tl::unexpected(printed.error());
  std::vector<std::vector<Printed>> all;
  auto next = printed->begin();
  for (const TrackFreeze& freeze : freezes) {
    const auto requests = missing(freeze);
    if (freeze.track->active) {
      all.emplace_back(next, next + static_cast<std::ptrdiff_t>(requests.size()));
      next += static_cast<std::ptrdiff_t>(requests.size());
      continue;
    }
    auto alone = print_what_works(with_whole_prints(as_printed(project, freeze.track->id)), requests, studio);
    if (!alone) return tl::unexpected(alone.error());
    all.push_back(std::move(*alone));
  }
  return all;
}

// The prints of the track that are as they should be stay; those above are taken off.
void take_off_rest(const TrackFreeze& freeze, Outcome& outcome) {
  for (std::size_t k = freeze.kept; k < freeze.track->prints.size(); ++k)
    outcome.commands.push_back(edit::Unfreeze{freeze.track->id});
}

// Takes out those that make no sound: there is nothing to play in their place. A print from when they still sounded would be heard.
base::Result<void> take_out_silent(std::vector<TrackFreeze>& freezes, std::vector<std::vector<Printed>>& printed,
                                   FreezeRequest::Silent silent, Outcome& outcome) {
  std::vector<std::string> reasons;
  for (std::size_t i = freezes.size(); i-- > 0;) {
    const bool sounds = std::none_of(printed[i].begin(), printed[i].end(),
                                     [](const Printed& print) { return print.audio.frames == time::Frames{}; });
    if (sounds) continue;
    const bool leave = silent == FreezeRequest::Silent::leave;
    const Track& track = *freezes[i].track;
    const bool sounded = freezes[i].kept < track.prints.size();
    const char* then = !sounded ? "" : leave ? " Its old print did, so it was unfrozen." : " Unfreeze it.";
    reasons.push_back(fmt::format("{}: nothing to render: it makes no sound.{}", track.name, then));
    if (leave) take_off_rest(freezes[i], outcome);
    freezes.erase(freezes.begin() + static_cast<std::ptrdiff_t>(i));
    printed.erase(printed.begin() + static_cast<std::ptrdiff_t>(i));
  }
  std::reverse(reasons.begin(), reasons.end());
  if (silent == FreezeRequest::Silent::refuse && !reasons.empty())
    return tl::unexpected(all_of(reasons, "These tracks can't be frozen:"));
  outcome.notes.insert(outcome.notes.end(), reasons.begin(), reasons.end());
  return {};
}

// Takes out those with a device that failed: they stay as they are.
void take_out_faulty(std::vector<TrackFreeze>& freezes, std::vector<std::vector<Printed>>& printed, Outcome& outcome) {
  std::vector<TrackFreeze> well;
  std::vector<std::vector<Printed>> printed_well;
  for (std::size_t i = 0; i < freezes.size(); ++i) {
    const auto faulty = std::find_if(printed[i].begin(), printed[i].end(),
                                     [](const Printed& print) { return print.fault.has_value(); });
    if (faulty != printed[i].end()) {
      outcome.faults.push_back({freezes[i].track->id, freezes[i].track->name, *faulty->fault});
    } else {
      well.push_back(std::move(freezes[i]));
      printed_well.push_back(std::move(printed[i]));
    }
  }
  freezes = std::move(well);
  printed = std::move(printed_well);
}

document::Print print_of(const Track& track, const Layer& layer, const Printed& printed) {
  document::Print print;
  print.recipe = layer.request.recipe;
  print.audio = printed.audio;
  print.range = printed.range;
  if (layer.devices > 0) print.up_to = track.devices[layer.devices - 1].id;
  print.ringing = printed.ringing;
  return print;
}

void note_mixers_upstream(const Project& project, const Track& track, Outcome& outcome) {
  if (track.kind == TrackKind::group) {
    outcome.notes.push_back(
        fmt::format("{}: the tracks in it sleep now, but for what their own sends and taps need. They stay editable: "
                    "their mixers are "
                    "in the print, and whatever changes in them makes it stale.",
                    track.name));
  } else if (is_fed(project, track)) {
    outcome.notes.push_back(fmt::format(
        "{}: the mixers of what feeds it are in the print, and whatever changes there makes it stale.", track.name));
  }
}

}  // namespace

base::Error all_of(const std::vector<std::string>& reasons, const char* heading, ErrorKind kind) {
  std::string message = heading;
  for (const std::string& reason : reasons) message += "\n  " + reason;
  return {kind, std::move(message)};
}

void note_tail(const Track& track, const Printed& printed, const Project& project, Outcome& outcome) {
  if (!printed.cut_short) return;
  outcome.notes.push_back(
      fmt::format("{} still sounded {:g} s after its last note or clip: its tail was faded out there. Its tail limit "
                  "is the project's.",
                  track.name, project.tail_limit_seconds));
}

bool hears_live_input(const Track& track) {
  return document::hears_input(track) && std::holds_alternative<document::ExternalInput>(track.input);
}

std::string freeze_obstacle(const Project& project, const Track& track) {
  switch (track.kind) {
    case TrackKind::main: return "Main can't be frozen; export or resample it.";
    case TrackKind::group:
      if (!is_fed(project, track)) return "nothing to render: no active track plays into it.";
      break;
    case TrackKind::return_:
      if (!is_fed(project, track)) return "nothing to render: no active track sends to it.";
      break;
    case TrackKind::midi:
      if (!has_notes(track)) return "nothing to render: it has no notes.";
      if (!has_instrument(track)) return "nothing to render: it has no instrument; add one.";
      break;
    case TrackKind::audio:
      if (hears_live_input(track))
        return "nothing to render: it plays its live input instead of its clips. Disarm it, or set its monitor to off.";
      if (!has_clips(track) && !is_fed(project, track))
        return "nothing to render: it has no clips, and hears no other track.";
      break;
  }
  if (!track.active) return "it is deactivated; activate it first.";
  return live_input_upstream(project, track);
}

std::vector<TrackId> freezable_tracks(const Project& project, Buses buses) {
  std::vector<TrackId> tracks;
  for (const auto& track : project.tracks) {
    const bool is_source = track->kind == TrackKind::midi || track->kind == TrackKind::audio;
    const bool is_meant = is_source || buses == Buses::with;
    if (track->frozen() || (is_meant && freeze_obstacle(project, *track).empty())) tracks.push_back(track->id);
  }
  return tracks;
}

std::vector<TrackId> stale_tracks(const Project& project, const plan::DeviceFacts& facts, const store::Store& store) {
  std::vector<TrackId> tracks;
  for (const auto& [id, state] : print_states(project, facts)) {
    if (!state) continue;
    if (*state == PrintState::stale || has_lost_print(*document::find(project, id), store)) tracks.push_back(id);
  }
  return tracks;
}

base::Result<Outcome> freeze(const Project& project, const FreezeRequest& request, Studio& studio) {
  Outcome outcome;
  auto freezes = plan_freeze(project, request, studio, outcome);
  if (!freezes) return tl::unexpected(freezes.error());
  const Stopwatch stopwatch;
  auto printed = print_all(project, *freezes, studio);
  if (!printed) return tl::unexpected(printed.error());
  outcome.render_seconds = stopwatch.seconds();
  take_out_faulty(*freezes, *printed, outcome);
  if (auto taken = take_out_silent(*freezes, *printed, request.silent, outcome); !taken)
    return tl::unexpected(taken.error());
  for (std::size_t i = 0; i < freezes->size(); ++i) {
    const TrackFreeze& freeze = (*freezes)[i];
    const Track& track = *freeze.track;
    take_off_rest(freeze, outcome);
    auto made = (*printed)[i].begin();
    for (std::size_t k = 0; k < freeze.layers.size(); ++k) {
      const Layer& layer = freeze.layers[k];
      if (k < freeze.kept) continue;
      if (layer.fresh) {
        outcome.commands.push_back(edit::Freeze{track.id, *layer.fresh});
        continue;
      }
      outcome.commands.push_back(edit::Freeze{track.id, print_of(track, layer, *made)});
      outcome.tracks.push_back({track.id, track.name, *made});
      note_tail(track, *made++, project, outcome);
    }
    note_mixers_upstream(project, track, outcome);
  }
  if (!freezes->empty()) {
    outcome.notes.push_back(
        "Notes, clips, devices and their automation are kept and read-only until you unfreeze. Volume, pan, sends, "
        "routing and their automation stay live.");
  }
  return outcome;
}

base::Result<Outcome> unfreeze(const Project& project, const std::vector<TrackId>& tracks, Unfreezing unfreezing) {
  Outcome outcome;
  std::vector<std::string> reasons;
  bool all_live = true;
  for (const TrackId id : tracks) {
    const Track* track = document::find(project, id);
    if (!track) return base::fail(ErrorKind::not_found, "There is no such track.");
    if (!track->frozen()) {
      const Track* group = document::find(project, track->group);
      while (group && !group->frozen()) group = document::find(project, group->group);
      reasons.push_back(
          group ? fmt::format("{}: it is not frozen itself, it sleeps in {}, which is. Edit it as it is: {} is "
                              "stale then, and `firn freeze --stale` prints it again.",
                              track->name, group->name, group->name)
                : fmt::format("{}: it is not frozen.", track->name));
      continue;
    }
    const std::size_t steps = unfreezing == Unfreezing::whole ? track->prints.size() : 1;
    for (std::size_t i = 0; i < steps; ++i) outcome.commands.push_back(edit::Unfreeze{id});
    Printed print;
    print.audio = track->prints.back().audio;
    print.range = track->prints.back().range;
    print.found = true;
    outcome.tracks.push_back({id, track->name, print});
    if (steps < track->prints.size()) {
      all_live = false;
      const document::Print& below = track->prints[track->prints.size() - steps - 1];
      const document::Device* device = document::find(*track, below.up_to);
      outcome.notes.push_back(
          fmt::format("{} is still frozen up to {}.", track->name, device ? device->name : "its devices"));
    }
  }
  if (!reasons.empty()) return tl::unexpected(all_of(reasons, "These tracks can't be unfrozen:"));
  outcome.notes.push_back(
      std::string(all_live ? "Everything" : "All else") +
      " is as it was before freezing. The prints stay on disk until `firn clean`, so freezing the same again "
      "costs nothing.");
  return outcome;
}

}  // namespace firn::convert
