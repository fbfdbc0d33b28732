#include "convert/bounce.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "audio/sound_file.hpp"
#include "convert/bounce_state.hpp"
#include "convert/print.hpp"
#include "devices/device_type.hpp"
#include "edit/find.hpp"
#include "edit/pads.hpp"
#include "plan/solo.hpp"

namespace firn::convert {
namespace {

using base::ErrorKind;
using document::Project;
using document::TapPoint;
using document::Track;
using document::TrackId;
using edit::BouncePoint;
using time::Frames;

// A window needs a sound in it; without a range it is all.
base::Result<render::Window> window_of(const std::optional<time::FrameRange>& range) {
  if (!range) return render::Window{};
  if (range->start < Frames{} || range->end <= range->start) {
    return base::fail(ErrorKind::usage, "The range is empty: its end must lie after its start.");
  }
  return render::Window{range->start, range->end};
}

edit::NewClip clip_of(const Project& project, const Printed& printed,
                      const std::optional<document::Bounce>& bounce = std::nullopt) {
  document::AudioClip body;
  body.audio = printed.audio;
  body.length = printed.audio.frames;
  body.bounce = bounce;
  edit::NewClip clip;
  clip.start = bounce ? bounce->start : project.tempo.beats_at(printed.range.start, project.rate);
  clip.body = std::move(body);
  return clip;
}

// What a bounce of the track is printed of; where it is taken, its maker adds.
document::Bounce new_bounce_of(const Project& project, const Track& track, const std::optional<BounceRange>& range) {
  document::Bounce bounce;
  bounce.source = track.id;
  bounce.start = range ? range->from : start_of_sound(project, track);
  if (range) bounce.end = range->to;
  bounce.whole = !range;
  return bounce;
}

base::Result<render::Window> window_of(const Project& project, const document::Bounce& bounce) {
  const auto frame_at = [&](time::Beats at) { return project.tempo.frame_at(at, project.rate); };
  return window_of(time::FrameRange{frame_at(bounce.start), bounce.end ? frame_at(*bounce.end) : Frames::never()});
}

bool sends(const Track& track) {
  return std::any_of(track.mixer.sends.begin(), track.mixer.sends.end(), [&](const document::Send& send) {
    const document::AutomationTarget level = document::SendTarget{send.to};
    const bool automated = std::any_of(track.automation.begin(), track.automation.end(),
                                       [&](const auto& automation) { return automation.target == level; });
    return send.on && (automated || send.level_db > document::Send::minus_infinity());
  });
}

std::string mixer_note(BouncePoint point, BounceRequest::Where where) {
  if (point == BouncePoint::post_mixer) {
    return "Volume and pan are in the audio, so the mixer is neutral: nothing is applied twice.";
  }
  if (point == BouncePoint::through_returns) {
    return "Volume, pan and what the sends add are in the audio, so the mixer is neutral and the output is Main: "
           "nothing "
           "is applied twice.";
  }
  if (point == BouncePoint::through_main) {
    return "Main's devices and mixer are in the audio too, so the output is past-main: nothing is applied twice. A "
           "compressor or another device of Main that answers to the whole mix heard this track alone.";
  }
  return where == BounceRequest::Where::in_place
             ? "The mixer's settings and automation stay as they are; they are not in the audio."
             : "The mixer's settings and automation are on the new track; they are not in the audio.";
}

void note_silence(const std::string& name, const Printed& printed, Outcome& outcome) {
  if (!printed.found && printed.peak == 0.0f)
    outcome.notes.push_back(fmt::format("{} makes no sound there: what was printed is silence.", name));
}

std::string word_of(const Track& track, const document::Tap& tap) {
  for (const edit::Pad& pad : edit::pads_of(track)) {
    if (pad.number == tap.pad) return pad.name;
  }
  switch (tap.point) {
    case TapPoint::pre_fx: return "Pre FX";
    case TapPoint::post_fx: return "Post FX";
    case TapPoint::post_mixer: return "Post Mixer";
  }
  return {};
}

base::Result<const Track*> bounceable(const Project& project, TrackId id) {
  const Track* track = document::find(project, id);
  if (!track) return base::fail(ErrorKind::not_found, "There is no such track.");
  if (track->kind == document::TrackKind::main) {
    return base::fail(ErrorKind::refused,
                      fmt::format("{} can't be bounced. Resample or export it instead.", track->name));
  }
  if (!track->active) {
    return base::fail(ErrorKind::refused,
                      fmt::format("{} is deactivated: there is nothing to bounce. Activate it first.", track->name));
  }
  return track;
}

// One track's bounce, ready to be printed.
struct Bouncing {
  const Track* track;
  document::Bounce bounce;
  PrintRequest request;
};

// `thawed`: the project without fresh prints.
base::Result<Bouncing> prepare(const Project& project, const Project& thawed, TrackId id, const BounceRequest& request,
                               const plan::DeviceFacts& facts) {
  const auto found = bounceable(project, id);
  if (!found) return tl::unexpected(found.error());
  const Track* track = *found;
  document::Bounce bounce = new_bounce_of(project, *track, request.range);
  const auto window = window_of(project, bounce);
  if (!window) return tl::unexpected(window.error());
  bounce.point = request.point;
  if (request.point == BouncePoint::after_device) {
    auto device = edit::find_device(*track, request.after);
    if (!device) return tl::unexpected(device.error());
    bounce.after = *device;
  }
  const BounceTarget target = target_of(thawed, id, bounce);
  auto asked = print_request(target.project, target.point, *window, plan::Prints::play, store::Folder::bounce, facts);
  if (!asked) return tl::unexpected(asked.error());
  asked->name = track->name;
  bounce.recipe = asked->recipe;
  return Bouncing{track, std::move(bounce), std::move(*asked)};
}

// In one pass; but what is soloed for it, each by itself.
base::Result<std::vector<Printed>> print_all(const Project& project, const std::vector<Bouncing>& bouncings,
                                             BouncePoint point, Studio& studio) {
  std::vector<PrintRequest> requests;
  for (const Bouncing& bouncing : bouncings) requests.push_back(bouncing.request);
  if (!is_solo(point)) return print(project, requests, studio);
  std::vector<Printed> all;
  for (const Bouncing& bouncing : bouncings) {
    auto printed = print(target_of(project, bouncing.track->id, bouncing.bounce).project, {bouncing.request}, studio);
    if (!printed) return printed;
    all.push_back(std::move(printed->front()));
  }
  return all;
}

// The audio effects that come after the point.
std::string effects_behind(const Track& track, const document::Bounce& bounce) {
  std::vector<std::string> names;
  if (bounce.point != BouncePoint::pre_fx && bounce.point != BouncePoint::after_device) return {};
  for (const document::Device& device : track.devices) {
    const auto* type = document::type_of(device);
    if (type != nullptr && type->device_class == devices::DeviceClass::audio_effect) names.push_back(device.name);
    if (device.id == bounce.after) names.clear();
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// `after`: the project as it is with what was bounced so far; with this result, too, when it returns.
base::Result<void> add_result(const Project& project, const Bouncing& bouncing, const Printed& printed,
                              const BounceRequest& request, Outcome& outcome, Project& after) {
  const Track& track = *bouncing.track;
  outcome.tracks.push_back({track.id, track.name, printed});
  document::Bounce bounce = bouncing.bounce;
  if (request.where == BounceRequest::Where::in_place) bounce.source = {};
  std::vector<edit::NewClip> clips{clip_of(project, printed, bounce)};
  if (request.where == BounceRequest::Where::in_place) {
    outcome.commands.push_back(edit::BounceInPlace{track.id, request.point, bounce.after, std::move(clips)});
    outcome.notes.push_back(
        fmt::format("{} is an audio track now. The track as it was is kept with the new clip.", track.name));
  } else {
    outcome.commands.push_back(edit::BounceToNewTrack{track.id, request.point, std::move(clips)});
  }
  auto changed = edit::apply(after, outcome.commands.back());
  if (!changed) return tl::unexpected(changed.error());
  after = std::move(*changed);
  if (request.where == BounceRequest::Where::new_track) {
    const auto made = std::ranges::max_element(after.tracks, {}, [](const auto& each) { return each->id; });
    outcome.notes.push_back(
        fmt::format("{} is deactivated, and kept whole; \"{}\" plays in its place.", track.name, (*made)->name));
    if (const std::string behind = effects_behind(track, bouncing.bounce); !behind.empty())
      outcome.notes.push_back(fmt::format("Neither in the audio nor on the new track: {}.", behind));
  }
  if (request.point == BouncePoint::post_mixer && sends(track)) {
    outcome.notes.push_back(fmt::format(
        "{}: what its sends bring to the returns is not in the audio. Bounce it through the returns to keep that.",
        track.name));
  }
  note_silence(track.name, printed, outcome);
  if (printed.cut_short)
    outcome.notes.push_back(
        fmt::format("{} still sounded at the project's tail limit: it was faded out there.", track.name));
  return {};
}

// ---- Pads ----

// One pad's bounce, ready to be printed.
struct BouncingPad {
  const Track* track;
  edit::Pad pad;
  document::Bounce bounce;
  PrintRequest request;
};

std::string name_of(const BouncingPad& bouncing) {
  return fmt::format("{} {}", bouncing.track->name, bouncing.pad.name);
}

base::Result<std::vector<BouncingPad>> prepare(const Project& project, const Project& thawed,
                                               const PadBounceRequest::Rack& rack,
                                               const std::optional<BounceRange>& range,
                                               const plan::DeviceFacts& facts) {
  const auto track = bounceable(project, rack.track);
  if (!track) return tl::unexpected(track.error());
  document::Bounce bounce = new_bounce_of(project, **track, range);
  bounce.point = BouncePoint::pre_fx;
  const auto window = window_of(project, bounce);
  if (!window) return tl::unexpected(window.error());
  const std::vector<edit::Pad> pads = edit::pads_of(**track);
  std::vector<BouncingPad> bouncings;
  for (const int number : rack.pads) {
    const auto pad =
        std::find_if(pads.begin(), pads.end(), [&](const edit::Pad& each) { return each.number == number; });
    if (pad == pads.end()) {
      return base::fail(ErrorKind::refused, fmt::format("Pad {} of {} holds no sound: there is nothing to bounce.",
                                                        number, (*track)->name));
    }
    bounce.pad = number;
    const plan::Point point = target_of(thawed, rack.track, bounce).point;
    auto asked = print_request(thawed, point, *window, plan::Prints::play, store::Folder::bounce, facts);
    if (!asked) return tl::unexpected(asked.error());
    bounce.recipe = asked->recipe;
    bouncings.push_back({*track, *pad, bounce, std::move(*asked)});
    bouncings.back().request.name = name_of(bouncings.back());
  }
  return bouncings;
}

// What a print's peak says, but for one that was found.
base::Result<bool> is_silent(const Printed& printed, const Studio& studio) {
  if (printed.peak > 0.0f) return false;
  auto path = studio.store.path_of(printed.audio);
  if (!path) return tl::unexpected(path.error());
  auto reader = audio::SoundReader::open(*path);
  if (!reader) return tl::unexpected(reader.error());
  audio::StereoBuffer buffer(1 << 16);
  for (Frames at; at < printed.audio.frames; at += Frames{buffer.frames()}) {
    const auto count = std::min<std::int64_t>(buffer.frames(), (printed.audio.frames - at).count);
    const auto part = buffer.view().part(0, static_cast<int>(count));
    if (!reader->read(at, part))
      return base::fail(ErrorKind::io, fmt::format("The print {} could not be read.", path->string()));
    const auto sounds = [](float sample) { return sample != 0.0f; };
    if (std::any_of(part.left, part.left + part.frames, sounds) ||
        std::any_of(part.right, part.right + part.frames, sounds))
      return false;
  }
  return true;
}

// Those of one track, printed, become one command.
base::Result<void> add_pads(const Project& project, std::span<const BouncingPad> bouncings,
                            std::span<const Printed> printed, const Studio& studio, Outcome& outcome) {
  const Track& track = *bouncings.front().track;
  edit::BouncePads command{track.id, {}};
  for (std::size_t i = 0; i < bouncings.size(); ++i) {
    const std::string name = name_of(bouncings[i]);
    const auto silent = is_silent(printed[i], studio);
    if (!silent) return tl::unexpected(silent.error());
    if (*silent) {
      outcome.notes.push_back(fmt::format("{} makes no sound there: it has no track.", name));
      continue;
    }
    command.pads.push_back({bouncings[i].pad.number, name, {clip_of(project, printed[i], bouncings[i].bounce)}});
    outcome.tracks.push_back({{}, name, printed[i]});
  }
  if (command.pads.empty()) {
    return base::fail(ErrorKind::refused,
                      fmt::format("{}: none of the pads makes a sound there: there is nothing to bounce.", track.name));
  }
  std::string left_out;
  for (const edit::Pad& pad : edit::pads_of(track)) {
    const auto is_it = [&](const BouncingPad& bouncing) { return bouncing.pad.number == pad.number; };
    if (std::none_of(bouncings.begin(), bouncings.end(), is_it)) left_out += (left_out.empty() ? "" : ", ") + pad.name;
  }
  if (!left_out.empty())
    outcome.notes.push_back(fmt::format("{}: not asked for, and so not heard any more: {}.", track.name, left_out));
  outcome.notes.push_back(
      fmt::format("{} is deactivated, and kept whole; a group of its pads plays in its place, with the devices behind "
                  "the rack, the "
                  "mixer and the routing.",
                  track.name));
  outcome.commands.push_back(std::move(command));
  return {};
}

}  // namespace

base::Result<Outcome> bounce_pads(const Project& soloed, const PadBounceRequest& request, Studio& studio) {
  const Project project = plan::with_solo(soloed, {});
  const Project thawed = without_fresh_prints(project, studio.facts);
  std::vector<std::vector<BouncingPad>> racks;
  std::vector<PrintRequest> requests;
  for (const auto& rack : request.racks) {
    auto bouncings = prepare(project, thawed, rack, request.range, studio.facts);
    if (!bouncings) return tl::unexpected(bouncings.error());
    for (const BouncingPad& bouncing : *bouncings) requests.push_back(bouncing.request);
    racks.push_back(std::move(*bouncings));
  }
  Outcome outcome;
  const Stopwatch stopwatch;
  const auto printed = print(project, requests, studio);
  if (!printed) return tl::unexpected(printed.error());
  outcome.render_seconds = stopwatch.seconds();
  std::span<const Printed> rest(*printed);
  for (const auto& bouncings : racks) {
    const auto added = add_pads(project, bouncings, rest.first(bouncings.size()), studio, outcome);
    if (!added) return tl::unexpected(added.error());
    rest = rest.subspan(bouncings.size());
  }
  return outcome;
}

base::Result<Outcome> bounce(const Project& soloed, const BounceRequest& request, Studio& studio) {
  const Project project = plan::with_solo(soloed, {});
  const Project thawed = without_fresh_prints(project, studio.facts);
  if (request.where == BounceRequest::Where::in_place && request.range) {
    return base::fail(ErrorKind::usage,
                      "A bounce in place takes the whole track; leave the range out, or bounce to a new track.");
  }
  std::vector<Bouncing> bouncings;
  for (const TrackId id : request.tracks) {
    auto bouncing = prepare(project, thawed, id, request, studio.facts);
    if (!bouncing) return tl::unexpected(bouncing.error());
    bouncings.push_back(std::move(*bouncing));
  }
  Outcome outcome;
  const Stopwatch stopwatch;
  auto printed = print_all(project, bouncings, request.point, studio);
  if (!printed) return tl::unexpected(printed.error());
  outcome.render_seconds = stopwatch.seconds();
  Project after = soloed;
  for (std::size_t i = 0; i < bouncings.size(); ++i) {
    if ((*printed)[i].audio.frames == Frames{}) {
      return base::fail(ErrorKind::refused,
                        fmt::format("{} makes no sound there: there is nothing to bounce.", bouncings[i].track->name));
    }
    const auto added = add_result(project, bouncings[i], (*printed)[i], request, outcome, after);
    if (!added) return tl::unexpected(added.error());
    for (std::string& note : stale_print_notes(project, bouncings[i].track->id, bouncings[i].bounce, studio.facts)) {
      if (std::ranges::find(outcome.notes, note) == outcome.notes.end()) outcome.notes.push_back(std::move(note));
    }
  }
  outcome.notes.push_back(mixer_note(request.point, request.where));
  return outcome;
}

std::string name_of_take(const Project& project, const document::Input& input) {
  if (const auto* external = std::get_if<document::ExternalInput>(&input)) return external->name;
  const auto* tap = std::get_if<document::Tap>(&input);
  const Track* track = tap == nullptr ? nullptr : document::find(project, tap->track);
  return track == nullptr ? "Resampling" : fmt::format("{} ({})", track->name, word_of(*track, *tap));
}

base::Result<Outcome> resample(const Project& project, const ResampleRequest& request, Studio& studio) {
  auto window = window_of(request.range);
  if (!window) return tl::unexpected(window.error());
  const Project take = request.solo.empty() ? project : plan::with_solo(project, request.solo);
  std::vector<PrintRequest> requests;
  std::vector<std::string> names;
  for (const document::Input& input : request.inputs) {
    document::Tap tap{document::main_of(project).id, TapPoint::post_mixer};
    std::string name = name_of_take(project, input);
    if (const auto* from = std::get_if<document::Tap>(&input)) {
      tap = *from;
      if (!document::find(project, tap.track)) return base::fail(ErrorKind::not_found, "There is no such track.");
    } else if (!std::holds_alternative<document::Resampling>(input)) {
      return base::fail(ErrorKind::usage,
                        "Offline resampling records Resampling or other tracks; external inputs are live.");
    }
    if (!request.name.empty())
      name = request.inputs.size() == 1 ? request.name : fmt::format("{} {}", request.name, names.size() + 1);
    auto asked = print_request(take, {tap, {}}, *window, plan::Prints::play, store::Folder::recorded, studio.facts);
    if (!asked) return tl::unexpected(asked.error());
    asked->name = name;
    requests.push_back(std::move(*asked));
    names.push_back(std::move(name));
  }
  Outcome outcome;
  const Stopwatch stopwatch;
  auto printed = print(take, requests, studio);
  if (!printed) return tl::unexpected(printed.error());
  outcome.render_seconds = stopwatch.seconds();
  for (std::size_t i = 0; i < printed->size(); ++i) {
    if ((*printed)[i].audio.frames == Frames{}) {
      return base::fail(ErrorKind::refused,
                        fmt::format("{} makes no sound there: there is nothing to record.", names[i]));
    }
    note_silence(names[i], (*printed)[i], outcome);
    outcome.commands.push_back(edit::RecordTake{{}, names[i], request.inputs[i], {clip_of(project, (*printed)[i])}});
    outcome.tracks.push_back({{}, names[i], (*printed)[i]});
  }
  outcome.notes.push_back(
      "The take is on a new audio track at the end of the tracks and plays from now on: deactivate what it holds, or "
      "mute it, to hear one of the two.");
  return outcome;
}

}  // namespace firn::convert
