#include "convert/update_bounces.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "convert/bounce_state.hpp"
#include "convert/freeze.hpp"
#include "plan/solo.hpp"
#include "plan/upstream.hpp"

namespace firn::convert {
namespace {

using base::ErrorKind;
using document::AudioClip;
using document::Clip;
using document::Project;
using document::Track;
using document::TrackId;

const document::Bounce* bounce_of(const Clip& clip) {
  const auto* body = std::get_if<AudioClip>(&clip.body);
  return body != nullptr && body->bounce ? &*body->bounce : nullptr;
}

bool is_bounced(const Track& track) {
  return std::any_of(track.clips.begin(), track.clips.end(),
                     [](const auto& clip) { return bounce_of(*clip) != nullptr; });
}

// One clip's update, ready to be printed.
struct Updating {
  const Track* track;
  const Clip* clip;
  BounceSource source;
  PrintRequest request;
};

// What of the tracks is to be printed again; reasons why some of it can't be.
struct Updates {
  std::vector<Updating> stale;
  std::vector<std::string> impossible;
};

// Groups stand for the bounces in them.
base::Result<std::vector<const Track*>> chosen(const Project& project, const std::vector<TrackId>& ids) {
  std::vector<const Track*> tracks;
  for (const TrackId id : ids) {
    const Track* track = document::find(project, id);
    if (!track) return base::fail(ErrorKind::not_found, "There is no such track.");
    const std::size_t before = tracks.size();
    std::string bounces;
    for (const auto& other : project.tracks) {
      if (is_bounced(*other) && (other->id == id || document::is_within(project, other->id, id)))
        tracks.push_back(other.get());
      const bool is_of_it = std::any_of(other->clips.begin(), other->clips.end(), [&](const auto& clip) {
        return bounce_of(*clip) != nullptr && bounce_of(*clip)->source == id;
      });
      if (is_of_it) bounces += fmt::format("{}\"{}\"", bounces.empty() ? "" : ", ", other->name);
    }
    if (tracks.size() > before) continue;
    return base::fail(
        ErrorKind::refused,
        bounces.empty()
            ? fmt::format("{} holds no bounced audio: there is nothing to update.", track->name)
            : fmt::format("{} holds no bounced audio. Its bounces are {}: name those.", track->name, bounces));
  }
  return tracks;
}

Updates prepare(const Project& project, const Project& thawed, const std::vector<const Track*>& tracks, Studio& studio,
                Outcome& outcome) {
  Updates updates;
  for (const Track* track : tracks) {
    const std::size_t before = updates.stale.size() + updates.impossible.size();
    for (const auto& clip : track->clips) {
      const document::Bounce* bounce = bounce_of(*clip);
      if (bounce == nullptr) continue;
      auto request = bounce_request(thawed, *track, *clip, studio.facts);
      auto source = source_of(project, *track, *clip);
      if (!request || !source) {
        const std::string& why = (request ? source.error() : request.error()).message;
        const std::string reason = fmt::format("{}: {}", track->name, why);
        if (updates.impossible.empty() || updates.impossible.back() != reason) updates.impossible.push_back(reason);
        continue;
      }
      const bool lost = !studio.store.is_whole(std::get<AudioClip>(clip->body).audio);
      if (request->recipe == bounce->recipe && !lost) continue;
      if (lost) outcome.notes.push_back(fmt::format("{}: its audio was lost, and is printed again.", track->name));
      updates.stale.push_back({track, clip.get(), std::move(*source), std::move(*request)});
    }
    if (updates.stale.size() + updates.impossible.size() == before)
      outcome.notes.push_back(fmt::format("{} is up to date: what it was bounced from has not changed.", track->name));
  }
  return updates;
}

bool shares_pass(const Updating& updating) {
  const document::Bounce& bounce = updating.source.bounce;
  return bounce.source && !is_solo(bounce.point);
}

Project with_sources(Project project, const std::vector<Updating>& updates) {
  for (const Updating& updating : updates) {
    Track source = *document::find(project, updating.source.track);
    if (!shares_pass(updating) || source.active) continue;
    source.active = true;
    project = document::with_track(std::move(project), std::move(source));
  }
  return project;
}

// In one pass what sounds the same with the sources of all others active; the rest each by itself.
base::Result<std::vector<Printed>> print_all(const Project& project, const Project& thawed,
                                             const std::vector<Updating>& updates, Studio& studio) {
  const Project active = with_sources(plan::with_solo(project, {}), updates);
  const Project thawed_active = with_sources(plan::with_solo(thawed, {}), updates);
  std::vector<PrintRequest> together;
  std::vector<std::size_t> places;
  std::vector<Printed> all(updates.size());
  for (std::size_t i = 0; i < updates.size(); ++i) {
    const auto& [track, clip, source, request] = updates[i];
    if (shares_pass(updates[i])) {
      const auto asked =
          print_request(thawed_active, request.point, request.window, request.prints, request.folder, studio.facts);
      if (asked && asked->recipe == request.recipe) {
        together.push_back(request);
        places.push_back(i);
        continue;
      }
    }
    Studio room = studio;
    room.facts.merge(plan::built_in_facts(source.project));  // of what an origin holds
    auto alone = print(target_of(source.project, source.track, source.bounce).project, {request}, room);
    if (!alone) return alone;
    all[i] = std::move(alone->front());
  }
  auto printed = print(active, together, studio);
  if (!printed) return printed;
  for (std::size_t i = 0; i < places.size(); ++i) all[places[i]] = std::move((*printed)[i]);
  return all;
}

void note(const Updating& updating, const Printed& printed, Outcome& outcome) {
  const std::string& name = updating.track->name;
  if (!printed.found && printed.peak == 0.0f)
    outcome.notes.push_back(fmt::format("{}: what it was bounced from makes no sound there any more.", name));
  if (printed.cut_short)
    outcome.notes.push_back(
        fmt::format("{}: its source still sounded at the project's tail limit: it was faded out there.", name));
  const Track& source = *document::find(updating.source.project, updating.source.track);
  for (const plan::Feed& feed : plan::feeds_of(updating.source.project, source)) {
    const bool listens = !feed.send && plan::destination_of(updating.source.project, *feed.from) != source.id;
    if (listens && !feed.from->active)
      outcome.notes.push_back(fmt::format("{} listens to {}, which is deactivated: it was printed without that.",
                                          source.name, feed.from->name));
  }
  if (updating.track->frozen())
    outcome.notes.push_back(
        fmt::format("{} is frozen, so its print is stale now: `firn freeze --stale` prints it again.", name));
}

}  // namespace

std::vector<TrackId> bounced_tracks(const Project& project) {
  std::vector<TrackId> tracks;
  for (const auto& track : project.tracks) {
    if (is_bounced(*track)) tracks.push_back(track->id);
  }
  return tracks;
}

base::Result<Outcome> update_bounces(const Project& project, const UpdateRequest& request, Studio& studio) {
  const auto tracks = chosen(project, request.tracks);
  if (!tracks) return tl::unexpected(tracks.error());
  const Project thawed = without_fresh_prints(project, studio.facts);
  Outcome outcome;
  Updates updates = prepare(project, thawed, *tracks, studio, outcome);
  const bool refuses = request.impossible == UpdateRequest::Impossible::refuse;
  const auto refusal = [&] { return tl::unexpected(all_of(updates.impossible, "These bounces can't be updated:")); };
  if (refuses && !updates.impossible.empty()) return refusal();

  const Stopwatch stopwatch;
  const auto printed = print_all(project, thawed, updates.stale, studio);
  if (!printed) return tl::unexpected(printed.error());
  outcome.render_seconds = stopwatch.seconds();
  for (std::size_t i = 0; i < updates.stale.size(); ++i) {
    const auto& [track, clip, source, asked] = updates.stale[i];
    const Printed& print = (*printed)[i];
    const bool of_last_track = !outcome.tracks.empty() && outcome.tracks.back().track == track->id;
    if (print.audio.frames == time::Frames{}) {
      updates.impossible.push_back(
          fmt::format("{}: what it was bounced from makes no sound any more. Its audio stays as it is.", track->name));
      continue;
    }
    document::Bounce bounce = *bounce_of(*clip);
    bounce.start = source.bounce.start;
    bounce.recipe = asked.recipe;
    if (!of_last_track) outcome.commands.emplace_back(edit::UpdateBounce{track->id, {}});
    std::get<edit::UpdateBounce>(outcome.commands.back()).clips.push_back({clip->id, print.audio, std::move(bounce)});
    if (of_last_track && outcome.tracks.back().print.audio == print.audio) continue;
    outcome.tracks.push_back({track->id, track->name, print});
    note(updates.stale[i], print, outcome);
  }
  if (refuses && !updates.impossible.empty()) return refusal();
  outcome.notes.insert(outcome.notes.end(), updates.impossible.begin(), updates.impossible.end());
  if (!outcome.commands.empty())
    outcome.notes.emplace_back(
        "Only the audio is new: mixer, devices, and the clips' places, cuts, gains and fades are kept.");
  return outcome;
}

}  // namespace firn::convert
