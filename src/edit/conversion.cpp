#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "devices/device_type.hpp"
#include "edit/checks.hpp"
#include "edit/clips.hpp"
#include "edit/copies.hpp"
#include "edit/layout.hpp"
#include "edit/pads.hpp"
#include "edit/parts.hpp"
#include "edit/routing.hpp"
#include "edit/verbs.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::ErrorKind;
using base::Result;
using document::Automation;
using document::Device;
using document::Track;
using document::TrackKind;

namespace {

bool is_audio_effect(const Device& device) {
  const auto* type = document::type_of(device);
  return type == nullptr || type->device_class == devices::DeviceClass::audio_effect;
}

bool is_neutral_after(BouncePoint point) {
  return point == BouncePoint::post_mixer || point == BouncePoint::through_returns ||
         point == BouncePoint::through_main;
}

// What has been through the returns, or Main, may not go there again.
void route_past(const Project& project, BouncePoint point, Track& track) {
  if (point == BouncePoint::through_returns) track.output = document::ToTrack{document::main_of(project).id};
  if (point == BouncePoint::through_main) track.output = document::PastMain{};
}

Result<void> refuse_unless_convertible(const Track& track, std::string_view verb) {
  if (track.kind == TrackKind::midi || track.kind == TrackKind::audio) return {};
  return base::fail(ErrorKind::refused, fmt::format("{} is {}: only MIDI and audio tracks can be {}.",
                                                    in_quotes(track.name), kind_text(track.kind), verb));
}

// Whoever listens at Pre FX would hear the devices too once their sound is in the clip: they are named.
Result<void> refuse_if_tapped_at_pre_fx(const Project& project, const Track& track, std::string_view verb) {
  std::vector<std::string> listeners;
  const document::Tap tap{track.id, document::TapPoint::pre_fx};
  for (const auto& other : project.tracks) {
    const bool by_device = std::any_of(other->devices.begin(), other->devices.end(),
                                       [&](const Device& device) { return device.side_chain == tap; });
    if (by_device || other->input == document::Input{tap}) listeners.push_back(in_quotes(other->name));
  }
  if (listeners.empty() || std::none_of(track.devices.begin(), track.devices.end(), is_audio_effect)) return {};
  return base::fail(
      ErrorKind::refused,
      fmt::format("{} can't be {}: {} would hear it with its effects, not at Pre FX. Choose Post FX there first.",
                  in_quotes(track.name), verb, list_text(listeners)));
}

// Whatever is routed to it would be heard from the new clip and once more from itself: it is named.
Result<void> refuse_if_routed_to(const Project& project, const Track& track, std::string_view verb) {
  std::vector<std::string> sources;
  for (const auto& other : project.tracks) {
    if (other->output == document::Output{document::ToTrack{track.id}}) sources.push_back(in_quotes(other->name));
  }
  if (sources.empty()) return {};
  return base::fail(
      ErrorKind::refused,
      fmt::format("{} can't be {}: {} would be heard twice, in its new clip and through it. Freeze it, or "
                  "bounce it to a new track.",
                  in_quotes(track.name), verb, list_text(sources)));
}

void drop_automation_of_missing_devices(Track& track) {
  std::erase_if(track.automation, [&](const Automation& automation) {
    const auto* target = std::get_if<document::DeviceTarget>(&automation.target);
    return target != nullptr && document::find(track, target->device) == nullptr;
  });
}

void drop_mixer_automation(Track& track) {
  std::erase_if(track.automation, [](const Automation& automation) {
    return !std::holds_alternative<document::DeviceTarget>(automation.target);
  });
}

// Makes it an audio track without clips, prints and the devices before `first_kept`; `origin` keeps what it was. What
// it took in is in the new audio already, so its input is heard no more; a MIDI input is no input for an audio track.
void become_audio(Track& track, std::vector<Device>::const_iterator first_kept) {
  document::Origin origin{base::Box<Track>(track)};
  if (track.kind == TrackKind::midi) {
    track.input = document::NoInput{};
    track.armed = false;
  } else if (document::hears_input(track)) {
    track.monitor = document::Monitor::off;
  }
  track.kind = TrackKind::audio;
  track.clips.clear();
  track.prints.clear();
  track.devices.erase(track.devices.cbegin(), first_kept);
  drop_automation_of_missing_devices(track);
  track.origin = {std::move(origin)};
}

Result<void> add_clips(Track& track, const std::vector<NewClip>& clips, std::uint64_t& next_id) {
  for (const NewClip& clip : clips) {
    if (auto added = add_clip(track, clip, next_id); !added) return added;
  }
  return {};
}

// The first device behind the point.
Result<std::vector<Device>::const_iterator> first_behind(const Track& track, BouncePoint point, DeviceId after) {
  if (point == BouncePoint::pre_fx) return std::find_if(track.devices.begin(), track.devices.end(), is_audio_effect);
  if (point != BouncePoint::after_device) return track.devices.end();
  const auto found =
      std::find_if(track.devices.begin(), track.devices.end(), [&](const Device& d) { return d.id == after; });
  if (found == track.devices.end()) return tl::make_unexpected(no_such_device(track));
  const auto* type = document::type_of(*found);
  if (type != nullptr && type->device_class == devices::DeviceClass::midi_effect) {
    return base::fail(ErrorKind::refused,
                      fmt::format("{} on {} is a MIDI effect: there is no audio behind it to bounce.",
                                  in_quotes(found->name), in_quotes(track.name)));
  }
  return found + 1;
}

// What the source said of tracks that are gone is left out.
void forget_missing(const Project& project, Track& track) {
  const auto is_gone = [&](TrackId id) { return document::find(project, id) == nullptr; };
  const auto is_gone_tap = [&](const document::Tap& tap) {
    const Track* source = document::find(project, tap.track);
    return source == nullptr || problem_of_pad(*source, tap).has_value();
  };
  std::erase_if(track.mixer.sends, [&](const auto& send) { return is_gone(send.to); });
  std::erase_if(track.automation, [&](const Automation& automation) {
    const auto* send = std::get_if<document::SendTarget>(&automation.target);
    return send != nullptr && is_gone(send->to);
  });
  for (Device& device : track.devices) {
    if (device.side_chain && is_gone_tap(*device.side_chain)) device.side_chain.reset();
  }
  if (const auto* input = std::get_if<document::Tap>(&track.input); input != nullptr && is_gone_tap(*input)) {
    track.input = document::NoInput{};
  }
  if (const auto* to = std::get_if<document::ToTrack>(&track.output); to != nullptr && is_gone(to->track)) {
    track.output = document::ToParent{};
  }
}

// True if a clip or device of the source is in use on a track other than `here`: on a copy that was unflattened
// before.
bool is_used_elsewhere(const Project& project, const Track& source, TrackId here) {
  std::unordered_set<std::uint64_t> used;
  for (const auto& track : project.tracks) {
    if (track->id == here) continue;
    for (const auto& clip : track->clips) used.insert(clip->id.value);
    for (const Device& device : track->devices) used.insert(device.id.value);
  }
  return std::any_of(source.clips.begin(), source.clips.end(),
                     [&](const auto& c) { return used.contains(c->id.value); }) ||
         std::any_of(source.devices.begin(), source.devices.end(),
                     [&](const auto& d) { return used.contains(d.id.value); });
}

}  // namespace

Result<Project> carry_out(const Project& project, const Freeze& command) {
  return changed_track(project, command.track, [&](Track& track) -> Result<void> {
    const Device* last = document::find(track, command.print.up_to);
    const auto* type = last == nullptr ? nullptr : document::type_of(*last);
    if (!command.print.up_to && track.kind == TrackKind::midi) {
      return base::fail(
          ErrorKind::refused,
          fmt::format("{} has nothing to hear before its instrument: freeze up to that or a device behind it.",
                      in_quotes(track.name)));
    }
    if (type != nullptr && type->device_class == devices::DeviceClass::midi_effect) {
      return base::fail(ErrorKind::refused,
                        fmt::format("{} on {} is a MIDI effect: freeze up to the instrument or a device behind it.",
                                    in_quotes(last->name), in_quotes(track.name)));
    }
    track.prints.push_back(command.print);
    return {};
  });
}

Result<Project> carry_out(const Project& project, const Unfreeze& command) {
  return changed_track(project, command.track, [](Track& track) -> Result<void> {
    if (!track.frozen()) return base::fail(ErrorKind::refused, fmt::format("{} is not frozen.", in_quotes(track.name)));
    track.prints.pop_back();
    return {};
  });
}

Result<Project> carry_out(const Project& project, const Flatten& command) {
  std::uint64_t next_id = project.next_id;
  auto after = changed_track(project, command.track, [&](Track& track) -> Result<void> {
    if (auto allowed = refuse_unless_convertible(track, "flattened"); !allowed) return allowed;
    if (auto allowed = refuse_if_tapped_at_pre_fx(project, track, "flattened"); !allowed) return allowed;
    if (auto allowed = refuse_if_routed_to(project, track, "flattened"); !allowed) return allowed;
    if (!track.frozen() || document::frozen_devices(track) < track.devices.size()) {
      return base::fail(ErrorKind::refused,
                        fmt::format("{} is not frozen whole. Freeze it first.", in_quotes(track.name)));
    }
    const document::Print print = track.prints.back();
    become_audio(track, track.devices.end());
    if (auto allowed = refuse_if_pads_go(project, track, in_quotes(track.name), "flattened"); !allowed) return allowed;
    document::AudioClip audio;
    audio.audio = print.audio;
    audio.length = print.range.length();
    NewClip clip;
    clip.start = project.tempo.beats_at(print.range.start, project.rate);
    clip.body = std::move(audio);
    return add_clip(track, clip, next_id);
  });
  if (after) after->next_id = next_id;
  return after;
}

Result<Project> carry_out(const Project& project, const Unflatten& command) {
  std::uint64_t next_id = project.next_id;
  auto after = changed_track(project, command.track, [&](Track& track) -> Result<void> {
    if (track.origin.empty()) {
      return base::fail(
          ErrorKind::refused,
          fmt::format("{} doesn't come from another track, so there is nothing to bring back.", in_quotes(track.name)));
    }
    const Track& origin = *track.origin.front().source;
    Track source = is_used_elsewhere(project, origin, track.id) ? with_new_parts(origin, next_id) : origin;
    source.id = track.id;
    source.name = track.name;
    source.color = track.color;
    source.group = track.group;
    source.active = track.active;
    if (command.mixer == MixerChoice::as_now) {
      drop_mixer_automation(source);
      std::copy_if(track.automation.begin(), track.automation.end(), std::back_inserter(source.automation),
                   [](const Automation& a) { return !std::holds_alternative<document::DeviceTarget>(a.target); });
      std::sort(source.automation.begin(), source.automation.end(),
                [](const Automation& a, const Automation& b) { return a.target < b.target; });
      source.mixer = track.mixer;
      source.output = track.output;
    }
    forget_missing(project, source);
    track = std::move(source);
    return {};
  });
  if (after) after->next_id = next_id;
  return after;
}

Result<Project> carry_out(const Project& project, const BounceToNewTrack& command) {
  const Track* source = document::find(project, command.source);
  if (source == nullptr) return tl::make_unexpected(no_such_track());
  if (source->kind == TrackKind::main) {
    return base::fail(ErrorKind::refused,
                      fmt::format("{} can't be bounced. Resample or export it instead.", in_quotes(source->name)));
  }
  Project after = project;
  Track bounce;
  bounce.id = {after.next_id++};
  bounce.kind = TrackKind::audio;
  bounce.name = marked_name(track_names(project), source->name, "Bounce");
  bounce.color = source->color;
  bounce.group = source->group;
  bounce.output = source->output;
  route_past(project, command.point, bounce);
  if (!is_neutral_after(command.point)) {
    bounce.mixer = source->mixer;
    bounce.automation = source->automation;
    drop_automation_of_missing_devices(bounce);
  }
  if (auto added = add_clips(bounce, command.clips, after.next_id); !added) return tl::make_unexpected(added.error());
  return family_of(project.tracks, command.source).map([&](std::pair<std::size_t, std::size_t> family) {
    after.tracks[family.first] = base::changed(after.tracks[family.first], [](Track& track) { track.active = false; });
    after.tracks.insert(after.tracks.begin() + static_cast<std::ptrdiff_t>(family.second), std::move(bounce));
    return after;
  });
}

Result<Project> carry_out(const Project& project, const BouncePads& command) {
  const Track* source = document::find(project, command.source);
  if (source == nullptr) return tl::make_unexpected(no_such_track());
  const Device* rack = rack_of(*source);
  if (rack == nullptr) {
    return base::fail(
        ErrorKind::refused,
        fmt::format("{} has no drum rack and no plug-in with several outputs, so it has no pads to bounce.",
                    in_quotes(source->name)));
  }
  Project after = project;
  std::set<std::string> names = track_names(project);
  Track group;
  group.id = {after.next_id++};
  group.kind = TrackKind::group;
  group.name = marked_name(names, source->name, "Bounce");
  group.color = source->color;
  group.group = source->group;
  group.output = source->output;
  group.mixer = source->mixer;
  group.devices.assign(rack + 1, source->devices.data() + source->devices.size());
  group.automation = source->automation;
  drop_automation_of_missing_devices(group);
  group = with_new_parts(std::move(group), after.next_id);
  std::vector<base::Box<Track>> family;
  for (const BouncePads::Pad& pad : command.pads) {
    Track track;
    track.id = {after.next_id++};
    track.kind = TrackKind::audio;
    track.name = numbered_name(names, pad.name);
    track.color = source->color;
    track.group = group.id;
    if (auto added = add_clips(track, pad.clips, after.next_id); !added) return tl::make_unexpected(added.error());
    for (Device& device : group.devices) {
      if (device.side_chain == document::Tap{source->id, document::TapPoint::pre_fx, pad.number})
        device.side_chain = document::Tap{track.id, document::TapPoint::post_fx};
    }
    names.insert(track.name);
    family.emplace_back(std::move(track));
  }
  for (Device& device : group.devices) {
    if (device.side_chain == document::Tap{source->id, document::TapPoint::pre_fx}) device.side_chain->track = group.id;
  }
  family.emplace(family.begin(), std::move(group));
  return family_of(project.tracks, command.source).map([&](std::pair<std::size_t, std::size_t> place) {
    after.tracks[place.first] = base::changed(after.tracks[place.first], [](Track& track) { track.active = false; });
    after.tracks.insert(after.tracks.begin() + static_cast<std::ptrdiff_t>(place.second), family.begin(), family.end());
    return after;
  });
}

Result<Project> carry_out(const Project& project, const BounceInPlace& command) {
  std::uint64_t next_id = project.next_id;
  auto after = changed_track(project, command.track, [&](Track& track) -> Result<void> {
    if (auto allowed = refuse_unless_convertible(track, "bounced in place"); !allowed) return allowed;
    if (auto allowed = refuse_if_routed_to(project, track, "bounced in place"); !allowed) return allowed;
    if (command.point != BouncePoint::pre_fx) {
      if (auto allowed = refuse_if_tapped_at_pre_fx(project, track, "bounced in place"); !allowed) return allowed;
    }
    const auto first_kept = first_behind(track, command.point, command.after);
    if (!first_kept) return tl::make_unexpected(first_kept.error());
    become_audio(track, *first_kept);
    if (auto allowed = refuse_if_pads_go(project, track, in_quotes(track.name), "bounced in place"); !allowed)
      return allowed;
    if (is_neutral_after(command.point)) {
      track.mixer = {};
      drop_mixer_automation(track);
    }
    route_past(project, command.point, track);
    return add_clips(track, command.clips, next_id);
  });
  if (after) after->next_id = next_id;
  return after;
}

Result<Project> carry_out(const Project& project, const UpdateBounce& command) {
  return changed_track(project, command.track, [&](Track& track) -> Result<void> {
    for (const UpdateBounce::Printed& printed : command.clips) {
      const auto found = std::find_if(track.clips.begin(), track.clips.end(),
                                      [&](const auto& clip) { return clip->id == printed.clip; });
      if (found == track.clips.end()) return tl::make_unexpected(no_such_clip(track));
      const auto* body = std::get_if<document::AudioClip>(&(*found)->body);
      if (body == nullptr || !body->bounce) {
        return base::fail(ErrorKind::refused, fmt::format("{} holds no bounced audio.", in_quotes((*found)->name)));
      }
      *found =
          base::changed(*found, [&](document::Clip& clip) { renew(project, clip, printed.audio, printed.bounce); });
    }
    sort_clips(track.clips);
    return {};
  });
}

Result<Project> carry_out(const Project& project, const RecordTake& command) {
  Project with_track = project;
  TrackId id = command.track;
  if (!id) {
    id = {project.next_id};
    auto added = carry_out(project, AddTrack{command.kind, command.new_track, {}, {}});
    if (!added) return added;
    auto routed = carry_out(*added, SetInput{id, command.input});
    if (!routed) return routed;
    with_track = std::move(*routed);
  }
  std::uint64_t next_id = with_track.next_id;
  auto after = changed_track(with_track, id, [&](Track& track) -> Result<void> {
    std::vector<ClipId> added;
    for (std::size_t i = 0; i < command.clips.size(); ++i) added.push_back({next_id + i});
    if (auto done = add_clips(track, command.clips, next_id); !done) return done;
    for (std::size_t i = 0; i < added.size(); ++i) {
      if (command.clips[i].active && command.beneath == Beneath::switched_off)
        make_way(with_track, track, added[i], added, next_id);
    }
    return {};
  });
  if (after) after->next_id = next_id;
  return after;
}

}  // namespace firn::edit
