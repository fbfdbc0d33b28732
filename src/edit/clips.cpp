#include "edit/clips.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "edit/checks.hpp"
#include "edit/parts.hpp"
#include "edit/verbs.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::Error;
using base::ErrorKind;
using base::Result;
using document::AudioClip;
using document::Clip;
using document::MidiClip;
using document::Track;

namespace {

// Where playing arrives after `played` from `offset` on, with the loop's wraps.
template <class Position, class Range>
Position position_after(Position offset, Position played, const std::optional<Range>& loop,
                        std::int64_t Position::*count) {
  Position at = offset + played;
  if (loop && at >= loop->end) {
    at.*count = loop->start.*count + (at - loop->start).*count % (loop->end - loop->start).*count;
  }
  return at;
}

void fit_fades(AudioClip& clip) {
  clip.fade_in = std::min(clip.fade_in, clip.length);
  clip.fade_out = std::min(clip.fade_out, clip.length - clip.fade_in);
}

// Of its own track as that was: nothing that another track knows.
void forget_origin(Clip& clip) {
  auto* audio = std::get_if<AudioClip>(&clip.body);
  if (audio != nullptr && audio->bounce && !audio->bounce->source) audio->bounce.reset();
}

// Which of the two a clip takes, by its kind.
template <class Wanted>
Result<Wanted> measure(const Clip& clip, const auto& given) {
  if (const auto* wanted = std::get_if<Wanted>(&given)) return *wanted;
  const bool is_midi = std::holds_alternative<MidiClip>(clip.body);
  return tl::make_unexpected(is_midi ? not_an_audio_clip(clip) : not_a_midi_clip(clip));
}

// The clip's position and end in frames decide where an audio clip is cut.
Result<void> split(const Project& project, Clip& left, Clip& right, time::Beats at) {
  right.start = at;
  if (auto* midi = std::get_if<MidiClip>(&left.body)) {
    auto& rest = std::get<MidiClip>(right.body);
    const time::Beats played = at - left.start;
    rest.offset = position_after(midi->offset, played, midi->loop, &time::Beats::ticks);
    rest.length = midi->length - played;
    midi->length = played;
    return {};
  }
  auto& audio = std::get<AudioClip>(left.body);
  auto& rest = std::get<AudioClip>(right.body);
  const time::Frames played =
      project.tempo.frame_at(at, project.rate) - project.tempo.frame_at(left.start, project.rate);
  if (played.count <= 0 || played >= audio.length) {
    return base::fail(ErrorKind::refused,
                      fmt::format("{} has no frame on both sides of that position.", in_quotes(left.name)));
  }
  rest.offset = position_after(audio.offset, played, audio.loop, &time::Frames::count);
  rest.length = audio.length - played;
  rest.fade_in = {};
  audio.length = played;
  audio.fade_out = {};
  fit_fades(audio);
  fit_fades(rest);
  return {};
}

}  // namespace

time::Beats end_of(const Project& project, const Clip& clip) {
  if (const auto* midi = std::get_if<MidiClip>(&clip.body)) return clip.start + midi->length;
  const time::Frames start = project.tempo.frame_at(clip.start, project.rate);
  return project.tempo.beats_at(start + std::get<AudioClip>(clip.body).length, project.rate);
}

bool has_start(const AudioClip& clip) { return !clip.loop && clip.offset == time::Frames{}; }
bool has_end(const AudioClip& clip) { return !clip.loop && clip.offset + clip.length >= clip.audio.frames; }

void renew(const Project& project, Clip& clip, const document::AudioRef& audio, const document::Bounce& bounce) {
  auto& body = std::get<AudioClip>(clip.body);
  const auto frame_of = [&](time::Beats at) { return project.tempo.frame_at(at, project.rate); };
  const bool had_start = has_start(body);
  const bool had_end = has_end(body);
  const time::Frames earlier = frame_of(body.bounce->start) - frame_of(bounce.start);
  time::Frames end = body.offset + body.length + earlier;
  body.offset += earlier;
  if (had_start && clip.start == body.bounce->start) {
    clip.start = bounce.start;
    body.offset = {};
  } else if (had_start || body.offset < time::Frames{}) {
    const time::Frames was = frame_of(clip.start);
    const time::Frames start = std::max(was - body.offset, time::Frames{});
    body.offset -= was - start;
    if (start != was) clip.start = project.tempo.beats_at(start, project.rate);
  }
  if (had_end) end = audio.frames;
  if (end > body.offset) body.length = end - body.offset;
  if (body.loop) {
    body.loop->start = std::max(body.loop->start + earlier, time::Frames{});
    body.loop->end = std::min(body.loop->end + earlier, audio.frames);
    if (body.loop->end <= body.loop->start) {
      body.loop.reset();
    } else if (body.offset >= body.loop->end) {
      body.offset = body.loop->start;
    }
  }
  body.audio = audio;
  body.bounce = bounce;
  fit_fades(body);
}

Result<void> add_clip(Track& track, const NewClip& added, std::uint64_t& next_id) {
  Clip clip;
  clip.id = {next_id++};
  clip.name = added.name.empty() ? track.name : added.name;
  clip.color = added.color.value_or(track.color);
  clip.start = added.start;
  clip.active = added.active;
  clip.body = added.body;
  if (const auto* midi = std::get_if<MidiClip>(&clip.body)) {
    if (auto problem = problem_of_content(*midi->content)) return tl::make_unexpected(*problem);
  }
  track.clips.emplace_back(std::move(clip));
  sort_clips(track.clips);
  return {};
}

void make_way(const Project& project, Track& track, document::ClipId under, std::span<const document::ClipId> its,
              std::uint64_t& next_id) {
  const auto above = std::ranges::find(track.clips, under, [](const auto& clip) { return clip->id; });
  const time::Beats from = (*above)->start;
  const time::Beats to = end_of(project, **above);
  std::vector<Clip> parts;
  // A clip that has no frame on one side of a cut is left whole.
  const auto cut = [&](Clip& left, time::Beats at) -> std::optional<Clip> {
    if (at <= left.start || at >= end_of(project, left)) return std::nullopt;
    Clip right = left;
    if (!split(project, left, right, at)) return std::nullopt;
    right.id = {next_id++};
    return right;
  };
  for (auto& each : track.clips) {
    const bool is_one_of_them = std::ranges::find(its, each->id) != its.end();
    if (!each->active || is_one_of_them || each->start >= to || end_of(project, *each) <= from) continue;
    Clip clip = *each;
    auto inside = cut(clip, from);
    Clip& silenced = inside ? *inside : clip;
    if (auto behind = cut(silenced, to)) parts.push_back(std::move(*behind));
    silenced.active = false;
    if (inside) parts.push_back(std::move(*inside));
    each = std::move(clip);
  }
  for (Clip& part : parts) track.clips.emplace_back(std::move(part));
  sort_clips(track.clips);
}

Result<Project> carry_out(const Project& project, const AddClip& command) {
  std::uint64_t next_id = project.next_id;
  auto after =
      changed_track(project, command.track, [&](Track& track) { return add_clip(track, command.clip, next_id); });
  if (after) after->next_id = next_id;
  return after;
}

Result<Project> carry_out(const Project& project, const RemoveClip& command) {
  return changed_track(project, command.track, [&](Track& track) -> Result<void> {
    const auto gone = std::erase_if(track.clips, [&](const auto& clip) { return clip->id == command.clip; });
    if (gone == 0) return tl::make_unexpected(no_such_clip(track));
    return {};
  });
}

Result<Project> carry_out(const Project& project, const MoveClip& command) {
  if (command.to == command.track) {
    return changed_clip(project, command.track, command.clip, [&](Clip& clip) { clip.start = command.start; });
  }
  std::optional<Clip> moved;
  auto without = changed_track(project, command.track, [&](Track& track) -> Result<void> {
    const auto found = std::find_if(track.clips.begin(), track.clips.end(),
                                    [&](const auto& clip) { return clip->id == command.clip; });
    if (found == track.clips.end()) return tl::make_unexpected(no_such_clip(track));
    moved = **found;
    moved->start = command.start;
    forget_origin(*moved);
    track.clips.erase(found);
    return {};
  });
  if (!without) return without;
  return changed_track(*without, command.to, [&](Track& track) {
    track.clips.emplace_back(*moved);
    sort_clips(track.clips);
  });
}

Result<Project> carry_out(const Project& project, const ResizeClip& command) {
  return changed_clip(project, command.track, command.clip, [&](Clip& clip) -> Result<void> {
    if (auto* midi = std::get_if<MidiClip>(&clip.body)) {
      return measure<time::Beats>(clip, command.length).map([&](time::Beats length) { midi->length = length; });
    }
    return measure<time::Frames>(clip, command.length).map([&](time::Frames length) {
      auto& audio = std::get<AudioClip>(clip.body);
      audio.length = length;
      if (length.count > 0) fit_fades(audio);
    });
  });
}

Result<Project> carry_out(const Project& project, const SplitClip& command) {
  std::uint64_t next_id = project.next_id;
  auto after = changed_track(project, command.track, [&](Track& track) -> Result<void> {
    const auto found = std::find_if(track.clips.begin(), track.clips.end(),
                                    [&](const auto& clip) { return clip->id == command.clip; });
    if (found == track.clips.end()) return tl::make_unexpected(no_such_clip(track));
    if (command.at <= (*found)->start || command.at >= end_of(project, **found)) {
      return base::fail(ErrorKind::refused,
                        fmt::format("{} can only be split between its start and its end, {} and {}, not at {}.",
                                    in_quotes((*found)->name), time::format_position((*found)->start, project.tempo),
                                    time::format_position(end_of(project, **found), project.tempo),
                                    time::format_position(command.at, project.tempo)));
    }
    Clip left = **found;
    Clip right = left;
    right.id = {next_id++};
    return split(project, left, right, command.at).map([&] {
      *found = std::move(left);
      track.clips.emplace_back(std::move(right));
      sort_clips(track.clips);
    });
  });
  if (after) after->next_id = next_id;
  return after;
}

Result<Project> carry_out(const Project& project, const RenameClip& command) {
  return changed_clip(project, command.track, command.clip, [&](Clip& clip) { clip.name = command.name; });
}

Result<Project> carry_out(const Project& project, const RecolorClip& command) {
  return changed_clip(project, command.track, command.clip, [&](Clip& clip) { clip.color = command.color; });
}

Result<Project> carry_out(const Project& project, const SetClipActive& command) {
  return changed_clip(project, command.track, command.clip, [&](Clip& clip) { clip.active = command.active; });
}

Result<Project> carry_out(const Project& project, const SetClipOffset& command) {
  return changed_clip(project, command.track, command.clip, [&](Clip& clip) -> Result<void> {
    if (auto* midi = std::get_if<MidiClip>(&clip.body)) {
      return measure<time::Beats>(clip, command.offset).map([&](time::Beats offset) { midi->offset = offset; });
    }
    return measure<time::Frames>(clip, command.offset).map([&](time::Frames offset) {
      std::get<AudioClip>(clip.body).offset = offset;
    });
  });
}

Result<Project> carry_out(const Project& project, const SetClipLoop& command) {
  const bool none = std::holds_alternative<std::monostate>(command.loop);
  return changed_clip(project, command.track, command.clip, [&](Clip& clip) -> Result<void> {
    if (auto* midi = std::get_if<MidiClip>(&clip.body)) {
      midi->loop.reset();
      if (none) return {};
      return measure<time::BeatRange>(clip, command.loop).map([&](time::BeatRange loop) { midi->loop = loop; });
    }
    auto& audio = std::get<AudioClip>(clip.body);
    audio.loop.reset();
    if (none) return {};
    return measure<time::FrameRange>(clip, command.loop).map([&](time::FrameRange loop) { audio.loop = loop; });
  });
}

Result<Project> carry_out(const Project& project, const SetClipGain& command) {
  return changed_audio_clip(project, command.track, command.clip,
                            [&](AudioClip& clip) { clip.gain_db = command.gain_db; });
}

Result<Project> carry_out(const Project& project, const SetClipFades& command) {
  return changed_audio_clip(project, command.track, command.clip, [&](AudioClip& clip) {
    clip.fade_in = command.fade_in;
    clip.fade_out = command.fade_out;
  });
}

Result<Project> carry_out(const Project& project, const DuplicateClip& command) {
  std::uint64_t next_id = project.next_id;
  auto after = changed_track(project, command.track, [&](Track& track) -> Result<void> {
    const auto found = std::find_if(track.clips.begin(), track.clips.end(),
                                    [&](const auto& clip) { return clip->id == command.clip; });
    if (found == track.clips.end()) return tl::make_unexpected(no_such_clip(track));
    Clip copy = **found;
    copy.id = {next_id++};
    copy.start = command.start.value_or(end_of(project, **found));
    track.clips.emplace_back(std::move(copy));
    sort_clips(track.clips);
    return {};
  });
  if (after) after->next_id = next_id;
  return after;
}

}  // namespace firn::edit
