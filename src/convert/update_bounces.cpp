#include "convert/update_bounces.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

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

// The tracks that hold a bounce of it: "\"Bass (Bounce)\", \"Bass (Bounce 2)\"".
std::string bounces_of(const Project& project, TrackId source) {
  std::string names;
  for (const auto& track : project.tracks) {
    const bool is_of_it = std::any_of(track->clips.begin(), track->clips.end(), [&](const auto& clip) {
      return bounce_of(*clip) != nullptr && bounce_of(*clip)->source == source;
    });
    if (is_of_it) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", track->name);
  }
  return names;
}

// Groups stand for the bounces in them.
base::Result<std::vector<TrackId>> chosen(const Project& project, const std::vector<TrackId>& ids) {
  std::vector<TrackId> tracks;
  for (const TrackId id : ids) {
    const Track* named = document::find(project, id);
    if (!named) return base::fail(ErrorKind::not_found, "There is no such track.");
    bool is_empty = true;
    for (const TrackId bounced : bounced_tracks(project)) {
      if (bounced != id && !document::is_within(project, bounced, id)) continue;
      is_empty = false;
      if (std::find(tracks.begin(), tracks.end(), bounced) == tracks.end()) tracks.push_back(bounced);
    }
    if (!is_empty) continue;
    const std::string bounces = bounces_of(project, id);
    return base::fail(
        ErrorKind::refused,
        bounces.empty()
            ? fmt::format("{} holds no bounced audio: there is nothing to update.", named->name)
            : fmt::format("{} holds no bounced audio. Its bounces are {}: name those.", named->name, bounces));
  }
  return tracks;
}

// Those heard in any of the track's bounces, but for itself.
std::set<TrackId> heard_by(const Project& project, const Track& track) {
  std::set<TrackId> heard;
  for (const auto& clip : track.clips) {
    if (bounce_of(*clip) == nullptr) continue;
    const auto source = source_of(project, track, *clip);
    if (source) heard.merge(heard_in(source->project, source->track, source->bounce, plan::Prints::ignore));
  }
  heard.erase(track.id);
  return heard;
}

// Takes those out of `pending` that hear none of the others: first a track's bounce, then that of its group. Where each hears another,
// one of a circle.
std::vector<TrackId> take_first(const Project& project, std::vector<TrackId>& pending) {
  std::vector<TrackId> first, later;
  std::map<TrackId, TrackId> waits_for;
  for (const TrackId id : pending) {
    const auto heard = heard_by(project, *document::find(project, id));
    const auto other = std::find_if(pending.begin(), pending.end(), [&](TrackId each) { return heard.contains(each); });
    if (other != pending.end()) waits_for[id] = *other;
    (other != pending.end() ? later : first).push_back(id);
  }
  if (first.empty()) {
    TrackId one = later.front();
    for (std::size_t step = 0; step < later.size(); ++step) one = waits_for.at(one);
    first.push_back(one);
    std::erase(later, one);
  }
  pending = std::move(later);
  return first;
}

// One clip's update, ready to be printed.
struct Updating {
  const Track* track;
  const Clip* clip;
  BounceSource source;
  PrintRequest request;
};

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
    room.facts.merge(facts_of_origin(source.project, project, studio.facts));
    auto alone = print(target_of(source.project, source.track, source.bounce).project, {request}, room);
    if (!alone) return alone;
    all[i] = std::move(alone->front());
  }
  auto printed = print(active, together, studio);
  if (!printed) return printed;
  for (std::size_t i = 0; i < places.size(); ++i) all[places[i]] = std::move((*printed)[i]);
  return all;
}

// An update on its way: the project as it comes out so far.
class Update {
 public:
  Update(const Project& project, Studio& studio) : project_(project), studio_(studio) {}

  // What is stale of these tracks, in one pass.
  base::Result<void> carry_out(const std::vector<TrackId>& tracks) {
    const Project thawed = without_fresh_prints(project_, studio_.facts);
    std::vector<Updating> updates;
    for (const TrackId id : tracks) {
      auto of_track = stale_on(*document::find(project_, id), thawed);
      std::move(of_track.begin(), of_track.end(), std::back_inserter(updates));
    }
    const auto printed = print_all(project_, thawed, updates, studio_);
    if (!printed) return tl::unexpected(printed.error());
    std::vector<edit::Command> commands;
    for (std::size_t i = 0; i < updates.size(); ++i) add(updates[i], (*printed)[i], commands);
    auto after = edit::apply(project_, commands);
    if (!after) return tl::unexpected(after.error());
    project_ = std::move(*after);
    outcome_.commands.insert(outcome_.commands.end(), commands.begin(), commands.end());
    return {};
  }

  const std::vector<std::string>& impossible() const { return impossible_; }
  Outcome finish() {
    outcome_.notes.insert(outcome_.notes.end(), impossible_.begin(), impossible_.end());
    if (!outcome_.commands.empty())
      outcome_.notes.emplace_back(
          "Only the audio is new: mixer, devices, and the clips' places, cuts, gains and fades are kept.");
    return std::move(outcome_);
  }

 private:
  void note(std::string text) {
    if (std::find(outcome_.notes.begin(), outcome_.notes.end(), text) == outcome_.notes.end())
      outcome_.notes.push_back(std::move(text));
  }
  void leave(const Track& track, const std::string& why) {
    std::string reason = fmt::format("{}: {}", track.name, why);
    if (impossible_.empty() || impossible_.back() != reason) impossible_.push_back(std::move(reason));
  }

  std::vector<Updating> stale_on(const Track& track, const Project& thawed) {
    std::vector<Updating> stale;
    const std::size_t impossible = impossible_.size();
    for (const auto& clip : track.clips) {
      const document::Bounce* bounce = bounce_of(*clip);
      if (bounce == nullptr) continue;
      auto request = bounce_request(project_, thawed, track, *clip, studio_.facts);
      auto source = source_of(project_, track, *clip);
      if (!request || !source) {
        leave(track, (request ? source.error() : request.error()).message);
        continue;
      }
      const bool lost = !studio_.store.is_whole(std::get<AudioClip>(clip->body).audio);
      if (lost) note(fmt::format("{}: its audio was lost, and is printed again.", track.name));
      if (request->recipe != bounce->recipe || lost)
        stale.push_back({&track, clip.get(), std::move(*source), std::move(*request)});
    }
    if (stale.empty() && impossible_.size() == impossible)
      note(fmt::format("{} is up to date: what it was bounced from has not changed.", track.name));
    return stale;
  }

  void add(const Updating& updating, const Printed& printed, std::vector<edit::Command>& commands) {
    const Track& track = *updating.track;
    if (printed.audio.frames == time::Frames{})
      return leave(track, "what it was bounced from makes no sound any more. Its audio stays as it is.");
    document::Bounce bounce = *bounce_of(*updating.clip);
    bounce.start = updating.source.bounce.start;
    bounce.recipe = updating.request.recipe;
    auto* command = commands.empty() ? nullptr : &std::get<edit::UpdateBounce>(commands.back());
    if (command == nullptr || command->track != track.id)
      command = &std::get<edit::UpdateBounce>(commands.emplace_back(edit::UpdateBounce{track.id, {}}));
    const bool is_told = !command->clips.empty() && command->clips.back().audio == printed.audio;
    command->clips.push_back({updating.clip->id, printed.audio, std::move(bounce)});
    tell_of_loop(updating, printed);
    if (is_told) return;
    outcome_.tracks.push_back({track.id, track.name, printed});
    tell(updating, printed);
  }

  void tell_of_loop(const Updating& updating, const Printed& printed) {
    const auto& body = std::get<AudioClip>(updating.clip->body);
    const auto frame_at = [&](time::Beats at) { return project_.tempo.frame_at(at, project_.rate); };
    const time::Frames later = frame_at(body.bounce->start) - frame_at(updating.source.bounce.start);
    if (body.loop && body.loop->end + later > printed.audio.frames)
      note(fmt::format("{}: the loop of {} reached past the end of the new audio: it is cut there, or gone.",
                       updating.track->name, updating.clip->name));
  }

  // Through the returns and Main, what is deactivated on the way is not in it.
  void tell_of_ways(const Updating& updating) {
    if (!is_solo(updating.source.bounce.point)) return;
    const Project& project = updating.source.project;
    const auto tell_of = [&](const Track& from, TrackId to) {
      const Track* way = document::find(project, to);
      if (way != nullptr && !way->active)
        note(fmt::format("{} goes through {}, which is deactivated: it was printed without that.", from.name,
                         way->name));
      return way;
    };
    const Track* track = document::find(project, updating.source.track);
    for (std::size_t i = 0; track != nullptr && i < project.tracks.size(); ++i) {
      for (const document::Send& send : track->mixer.sends) {
        if (send.on) tell_of(*track, send.to);
      }
      track = tell_of(*track, plan::destination_of(project, *track));
    }
  }

  void tell(const Updating& updating, const Printed& printed) {
    const auto& body = std::get<AudioClip>(updating.clip->body);
    const std::string& name = updating.track->name;
    const Project& project = updating.source.project;
    const Track& source = *document::find(project, updating.source.track);
    if (!printed.found && printed.peak == 0.0f)
      note(fmt::format("{}: what it was bounced from makes no sound there any more.", name));
    if (printed.cut_short)
      note(fmt::format("{}: its source still sounded at the project's tail limit: it was faded out there.", name));
    for (std::string& stale : stale_print_notes(project, source.id, updating.source.bounce, studio_.facts))
      note(std::move(stale));
    for (const plan::Feed& feed : plan::feeds_of(project, source)) {
      const bool listens = !feed.send && plan::destination_of(project, *feed.from) != source.id;
      if (listens && !feed.from->active)
        note(fmt::format("{} listens to {}, which is deactivated: it was printed without that.", source.name,
                         feed.from->name));
    }
    if (source.id != updating.track->id &&
        heard_in(project, source.id, updating.source.bounce, plan::Prints::ignore).contains(updating.track->id))
      note(fmt::format("{} hears {}, its own bounce: what is new there changes it again.", source.name, name));
    tell_of_ways(updating);
    if (updating.track->frozen() && printed.audio.key != body.audio.key)
      note(fmt::format("{} is frozen, so its print is stale now: `firn freeze --stale` prints it again.", name));
  }

  Project project_;
  Studio& studio_;
  Outcome outcome_;
  std::vector<std::string> impossible_;
};

// Why the tracks can't be updated, before anything is printed.
std::vector<std::string> obstacles(const Project& project, const std::vector<TrackId>& tracks,
                                   const plan::DeviceFacts& facts) {
  std::vector<std::string> reasons;
  const auto states = bounce_states(project, facts);
  for (const TrackId id : tracks) {
    const Track& track = *document::find(project, id);
    for (const auto& clip : track.clips) {
      const auto state = states.find(clip->id);
      if (state == states.end() || state->second) continue;
      std::string reason = fmt::format("{}: {}", track.name, state->second.error().message);
      if (reasons.empty() || reasons.back() != reason) reasons.push_back(std::move(reason));
    }
  }
  return reasons;
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
  auto pending = chosen(project, request.tracks);
  if (!pending) return tl::unexpected(pending.error());
  const bool refuses = request.impossible == UpdateRequest::Impossible::refuse;
  const char* const heading = "These bounces can't be updated:";
  if (refuses) {
    const auto reasons = obstacles(project, *pending, studio.facts);
    if (!reasons.empty()) return tl::unexpected(all_of(reasons, heading));
  }
  Update update(project, studio);
  const Stopwatch stopwatch;
  while (!pending->empty()) {
    const auto done = update.carry_out(take_first(project, *pending));
    if (!done) return tl::unexpected(done.error());
  }
  if (refuses && !update.impossible().empty()) return tl::unexpected(all_of(update.impossible(), heading));
  Outcome outcome = update.finish();
  outcome.render_seconds = stopwatch.seconds();
  return outcome;
}

}  // namespace firn::convert
