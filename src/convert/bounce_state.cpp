#include "convert/bounce_state.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "edit/clips.hpp"
#include "edit/command.hpp"
#include "edit/pads.hpp"
#include "plan/solo.hpp"
#include "plan/upstream.hpp"

namespace firn::convert {
namespace {

using base::ErrorKind;
using document::AudioClip;
using document::Bounce;
using document::BouncePoint;
using document::Clip;
using document::Project;
using document::TapPoint;
using document::Track;
using document::TrackId;
using time::Beats;
using time::Frames;

// What the track brings to Main by all its ways, its returns among them, before Main's own chain.
Project through_returns_alone(Project project, TrackId track) {
  project = plan::with_solo(std::move(project), {track});
  Track main = document::main_of(project);
  main.devices.clear();
  main.automation.clear();
  main.mixer = {};
  main.prints.clear();
  return document::with_track(std::move(project), std::move(main));
}

// The project with what the track's origin keeps in its place, live, and the bounce as it is of that.
base::Result<BounceSource> in_origin(const Project& project, const Track& track, Bounce bounce) {
  if (track.origin.empty())
    return base::fail(ErrorKind::not_found, "what the track was before it was bounced is gone.");
  std::vector<edit::Command> commands(track.prints.size(), edit::Unfreeze{track.id});
  commands.emplace_back(edit::Unflatten{track.id, edit::MixerChoice::as_was});
  auto before = edit::apply(project, commands);
  if (!before) return tl::unexpected(before.error());
  // A device that is in use on a copy by now has another name here.
  const auto& was = track.origin.front().source->devices;
  const auto& is = document::find(*before, track.id)->devices;
  for (std::size_t i = 0; i < is.size(); ++i) {
    if (was[i].id == bounce.after) bounce.after = is[i].id;
  }
  Track source = *document::find(*before, track.id);
  source.prints.clear();
  return BounceSource{as_printed(document::with_track(std::move(*before), std::move(source)), track.id),
                      track.id,
                      std::move(bounce),
                      {}};
}

base::Result<BounceSource> in_project(const Project& project, const Bounce& bounce) {
  if (document::find(project, bounce.source) == nullptr) {
    return base::fail(ErrorKind::not_found,
                      "the track that it was bounced from is gone. `firn undo` brings that back; without it the audio "
                      "stays as it is.");
  }
  return BounceSource{as_printed(project, bounce.source), bounce.source, bounce, {}};
}

// Of a deactivated source, which is printed as if it were active: prints in what it hears that would hear it are fresh or stale by that.
bool is_heard_by_prints_upstream(const Project& project, TrackId id) {
  const Track* source = document::find(project, id);
  if (source == nullptr || source->active) return false;
  const Project woken = as_printed(project, id);
  const auto upstream = plan::upstream_of(woken, *document::find(woken, id));
  return std::any_of(upstream.begin(), upstream.end(), [&](TrackId other) {
    const Track& track = *document::find(woken, other);
    return track.frozen() && plan::upstream_of(woken, track).contains(id);
  });
}

// Where what is whole begins now. A clip that begins with its audio follows where the source begins; in one that was cut there is
// silence from where the audio began until then.
Beats start_of(const BounceSource& source, const AudioClip& clip) {
  const Beats was = source.bounce.start;
  const Beats first = start_of_sound(source.project, *document::find(source.project, source.track));
  if (!source.bounce.whole || first <= was) return source.bounce.whole ? first : was;
  const auto frame_at = [&](Beats at) { return source.project.tempo.frame_at(at, source.project.rate); };
  const bool reaches_it = edit::has_end(clip) || frame_at(first) < frame_at(was) + clip.length;
  return edit::has_start(clip) && reaches_it ? first : was;
}

// Of a frozen track: is its print in the bounce, or does the bounce hold what comes before it?
bool plays_print(const Track& track, const Bounce& bounce) {
  if (bounce.point == BouncePoint::pre_fx) return false;
  if (bounce.point != BouncePoint::after_device) return true;
  const auto device = std::find_if(track.devices.begin(), track.devices.end(),
                                   [&](const auto& each) { return each.id == bounce.after; });
  return static_cast<std::size_t>(device - track.devices.begin()) + 1 >= document::frozen_devices(track);
}

std::string file_name_of(const Track& source, const Bounce& bounce) {
  for (const edit::Pad& pad : edit::pads_of(source)) {
    if (pad.number == bounce.pad) return fmt::format("{} {}", source.name, pad.name);
  }
  return source.name;
}

}  // namespace

Beats start_of_sound(const Project& project, const Track& track) {
  const bool is_fed = std::any_of(project.tracks.begin(), project.tracks.end(),
                                  [&](const auto& other) { return plan::destination_of(project, *other) == track.id; });
  if (is_fed || document::hears_input(track)) return {};
  const auto first =
      std::find_if(track.clips.begin(), track.clips.end(), [](const auto& clip) { return clip->active; });
  return first == track.clips.end() ? Beats{} : (*first)->start;
}

bool is_solo(BouncePoint point) { return point == BouncePoint::through_returns || point == BouncePoint::through_main; }

BounceTarget target_of(const Project& project, TrackId track, const Bounce& bounce) {
  const document::Tap output{document::main_of(project).id, TapPoint::post_mixer};
  switch (bounce.point) {
    case BouncePoint::pre_fx: return {project, {{track, TapPoint::pre_fx, bounce.pad}, {}}};
    case BouncePoint::after_device: return {project, {{track, TapPoint::post_fx}, bounce.after}};
    case BouncePoint::post_fx: return {project, {{track, TapPoint::post_fx}, {}}};
    case BouncePoint::post_mixer: return {project, {{track, TapPoint::post_mixer}, {}}};
    case BouncePoint::through_returns: return {through_returns_alone(project, track), {output, {}}};
    case BouncePoint::through_main: return {plan::with_solo(project, {track}), {output, {}}};
  }
  return {project, {{track, TapPoint::post_fx}, {}}};
}

base::Result<BounceSource> source_of(const Project& project, const Track& track, const Clip& clip) {
  const auto& body = std::get<AudioClip>(clip.body);
  auto source = body.bounce->source ? in_project(project, *body.bounce) : in_origin(project, track, *body.bounce);
  if (!source) return source;
  const Track& of = *document::find(source->project, source->track);
  Bounce& bounce = source->bounce;
  if (bounce.after && document::find(of, bounce.after) == nullptr) {
    return base::fail(
        ErrorKind::not_found,
        fmt::format("the device of {} after which it was bounced is gone. Bounce {} again.", of.name, of.name));
  }
  if (bounce.pad != 0 && edit::rack_of(of) == nullptr) {
    return base::fail(ErrorKind::not_found, fmt::format("the device of {}, whose pad it is, is gone.", of.name));
  }
  bounce.start = start_of(*source, body);
  const auto frame_at = [&](Beats at) { return source->project.tempo.frame_at(at, source->project.rate); };
  source->window = {frame_at(bounce.start), bounce.end ? frame_at(*bounce.end) : Frames::never()};
  return source;
}

plan::DeviceFacts facts_of_origin(const Project& origin, const Project& project, const plan::DeviceFacts& facts) {
  return plan::facts_of(origin, [&](const devices::Settings& settings) {
    devices::Facts found;
    found.known = devices::Facts::Known::missing;
    document::for_each_device(project, [&](const Track&, const document::Device& device) {
      const auto known = facts.find(device.id);
      if (known != facts.end() && plan::settings_of(project, device) == settings) found = known->second;
    });
    return found;
  });
}

base::Result<PrintRequest> bounce_request(const Project& project, const Project& thawed, const Track& track,
                                          const Clip& clip, const plan::DeviceFacts& facts) {
  const document::Bounce& bounce = *std::get<AudioClip>(clip.body).bounce;
  std::optional<Project> woken;
  if (is_heard_by_prints_upstream(project, bounce.source))
    woken = without_fresh_prints(as_printed(project, bounce.source), facts);
  auto source = source_of(woken ? *woken : thawed, track, clip);
  if (!source) return tl::unexpected(source.error());
  plan::DeviceFacts all = facts;
  if (!bounce.source) all.merge(facts_of_origin(source->project, project, facts));
  const auto target = target_of(source->project, source->track, source->bounce);
  auto request =
      print_request(target.project, target.point, source->window, plan::Prints::play, store::Folder::bounce, all);
  if (request) request->name = file_name_of(*document::find(source->project, source->track), source->bounce);
  return request;
}

std::set<TrackId> heard_in(const Project& project, TrackId source, const Bounce& bounce, plan::Prints prints) {
  const BounceTarget target = target_of(project, source, bounce);
  const plan::Audibility audibility(target.project);
  std::set<TrackId> heard{source, target.point.tap.track};
  std::vector<TrackId> to_visit(heard.begin(), heard.end());
  while (!to_visit.empty()) {
    const Track& track = *document::find(target.project, to_visit.back());
    to_visit.pop_back();
    const bool is_print = track.frozen() && (track.id != source || plays_print(track, bounce));
    if (is_print && prints == plan::Prints::play) continue;
    for (const plan::Feed& feed : plan::feeds_of(target.project, track)) {
      const bool is_heard = feed.send                          ? audibility.is_sent(*feed.from, track)
                            : feed.tap == TapPoint::post_mixer ? audibility.is_heard(*feed.from)
                                                               : feed.from->active;
      if (is_heard && heard.insert(feed.from->id).second) to_visit.push_back(feed.from->id);
    }
  }
  return heard;
}

std::vector<std::string> stale_print_notes(const Project& project, TrackId source, const Bounce& bounce,
                                           const plan::DeviceFacts& facts) {
  std::vector<std::string> notes;
  for (const TrackId id : heard_in(project, source, bounce, plan::Prints::play)) {
    const Track& track = *document::find(project, id);
    if (!track.frozen() || (id == source && !plays_print(track, bounce))) continue;
    const auto state = print_state(project, id, facts);
    if (!state || *state != PrintState::stale) continue;
    notes.push_back(
        fmt::format("{} is frozen, and its print is stale: that print was bounced, as it is heard.", track.name));
  }
  return notes;
}

std::map<document::ClipId, base::Result<PrintState>> bounce_states(const Project& project,
                                                                   const plan::DeviceFacts& facts) {
  std::map<document::ClipId, base::Result<PrintState>> states;
  std::optional<Project> thawed;  // made once there is a bounce
  for (const auto& track : project.tracks) {
    for (const auto& clip : track->clips) {
      const auto* body = std::get_if<AudioClip>(&clip->body);
      if (body == nullptr || !body->bounce) continue;
      if (!thawed) thawed = without_fresh_prints(project, facts);
      const auto request = bounce_request(project, *thawed, *track, *clip, facts);
      states.emplace(clip->id, request.map([&](const PrintRequest& asked) {
        return asked.recipe == body->bounce->recipe ? PrintState::fresh : PrintState::stale;
      }));
    }
  }
  return states;
}

}  // namespace firn::convert
