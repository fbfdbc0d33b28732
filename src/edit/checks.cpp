#include "edit/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "document/check.hpp"
#include "edit/pads.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::Error;
using base::ErrorKind;
using document::Clip;
using document::Project;
using document::Track;
using document::TrackId;
using document::TrackKind;

namespace {

constexpr time::Beats furthest = time::Beats::quarters(document::furthest_quarter);

bool within(double value, double low, double high) { return value >= low && value <= high; }  // false for NaN
// Positions on the Arrangement and in audio count from 0; those in a MIDI clip's content may lie before its start.
bool is_position(time::Beats at) { return at.ticks >= 0 && at <= furthest; }
bool is_content_position(time::Beats at) { return at >= time::Beats{} - furthest && at <= furthest; }
bool is_length(time::Beats length) { return length.ticks > 0 && length <= furthest; }
bool is_position(time::Frames at) { return at.count >= 0 && at.count <= document::furthest_frame; }
bool is_timeline_position(time::Frames at) {
  return at.count >= -document::furthest_frame && at.count <= document::furthest_frame;
}
bool is_length(time::Frames length) { return length.count > 0 && length.count <= document::furthest_frame; }

Problem problem_of_name(const std::string& name, std::string_view what) {
  if (!document::is_utf8(name)) return usage(fmt::format("The name of {} must be UTF-8 text.", what));
  return std::nullopt;
}

Problem problem_of_color(document::Color color, const std::string& name) {
  if (color.rgb > 0xffffff) return usage(fmt::format("The colour of {} must be 0 to 0xffffff.", in_quotes(name)));
  return std::nullopt;
}

Problem problem_of_audio(const document::AudioRef& audio) {
  if (!document::is_inside_project(audio.path)) {
    return usage(fmt::format("The audio file {} must lie in the project's directory.", in_quotes(audio.path)));
  }
  if (!audio.original.empty() && !document::is_inside_project(audio.original)) {
    return usage(fmt::format("The file {} must lie in the project's directory.", in_quotes(audio.original)));
  }
  if (!is_position(audio.frames)) return usage(fmt::format("The length of {} is out of range.", in_quotes(audio.path)));
  return std::nullopt;
}

Problem problem_of_note(const midi::Note& note) {
  if (!is_content_position(note.start)) return usage("A note starts too far from the start of its clip's content.");
  if (!is_length(note.length))
    return usage(fmt::format("The length of a note ({}) must be above 0.", key_text(note.key % 128)));
  if (note.key > 127) return usage(fmt::format("A note's key must be 0 to 127, not {}.", note.key));
  if (!within(note.velocity, 1, 127)) {
    return usage(fmt::format("A note's velocity must be 1 to 127, not {}.", note.velocity));
  }
  if (note.release_velocity > 127) {
    return usage(fmt::format("A note's release velocity must be 0 to 127, not {}.", note.release_velocity));
  }
  return std::nullopt;
}

Problem problem_of_control(const midi::Control& control) {
  using midi::ControlKind;
  const bool numbered = control.kind == ControlKind::controller || control.kind == ControlKind::key_pressure;
  const int highest = control.kind == ControlKind::pitch_bend ? 16'383 : 127;
  if (!is_content_position(control.at)) return usage("A control stands too far from its clip's content's start.");
  if (control.number > (numbered ? 127 : 0)) {
    return usage(numbered ? fmt::format("A controller's or key's number must be 0 to 127, not {}.", control.number)
                          : fmt::format("Only controllers and key pressure have a number, so it must be 0, not {}.",
                                        control.number));
  }
  if (control.value > highest) {
    return usage(fmt::format("The value of a control must be 0 to {}, not {}.", highest, control.value));
  }
  return std::nullopt;
}

Problem problem_of_body(const Clip& clip, const document::MidiClip& body) {
  const std::string name = in_quotes(clip.name);
  if (!is_length(body.length)) return usage(fmt::format("The length of {} must be above 0.", name));
  if (!is_content_position(body.offset)) return usage(fmt::format("The offset of {} is too far out.", name));
  if (!body.loop) return std::nullopt;
  if (!is_content_position(body.loop->start) || !is_content_position(body.loop->end) ||
      body.loop->start >= body.loop->end) {
    return usage(fmt::format("The loop of {} must end after it starts.", name));
  }
  if (body.offset >= body.loop->end)
    return usage(fmt::format("The offset of {} must lie before its loop's end.", name));
  return std::nullopt;
}

Problem problem_of_body(const Clip& clip, const document::AudioClip& body) {
  const std::string name = in_quotes(clip.name);
  if (auto problem = problem_of_audio(body.audio)) return problem;
  if (!is_length(body.length)) return usage(fmt::format("The length of {} must be above 0.", name));
  if (!is_position(body.offset)) return usage(fmt::format("The offset of {} can't be below 0.", name));
  if (body.loop) {
    const auto& [start, end] = *body.loop;
    if (start.count < 0 || end > body.audio.frames || start >= end) {
      return usage(fmt::format("The loop of {} must end after it starts, and lie within the file's {} frames.", name,
                               body.audio.frames.count));
    }
    if (body.offset >= end) return usage(fmt::format("The offset of {} must lie before its loop's end.", name));
  }
  if (std::isnan(body.gain_db) || body.gain_db > loudest_clip_db) {
    return usage(fmt::format("The gain of {} must be -inf to {}, not {}.", name, decibels_text(loudest_clip_db),
                             decibels_text(body.gain_db)));
  }
  if (body.fade_in.count < 0 || body.fade_out.count < 0 || body.fade_in > body.length ||
      body.fade_out > body.length - body.fade_in) {
    return usage(fmt::format("The fades of {} must not be below 0, nor be longer together than its {} frames.", name,
                             body.length.count));
  }
  return std::nullopt;
}

int origins_of(const Track& track) {
  int count = 0;
  for (const Track* at = &track; !at->origin.empty(); at = at->origin.front().source.get()) ++count;
  return count;
}

Problem problem_of_input(const Project& project, const Track& track) {
  const std::string name = in_quotes(track.name);
  const bool takes_input = track.kind == TrackKind::midi || track.kind == TrackKind::audio;
  if (!takes_input && !std::holds_alternative<document::NoInput>(track.input)) {
    return refused(fmt::format("{} is {}: only MIDI and audio tracks have an input.", name, kind_text(track.kind)));
  }
  if (!takes_input && track.armed) {
    return refused(fmt::format("{} is {}: only MIDI and audio tracks can be armed.", name, kind_text(track.kind)));
  }
  const auto* external = std::get_if<document::ExternalInput>(&track.input);
  if (external != nullptr && !document::is_utf8(external->name)) {
    return usage(fmt::format("The name of the input of {} must be UTF-8 text.", name));
  }
  const bool resampling = std::holds_alternative<document::Resampling>(track.input);
  const auto* tap = std::get_if<document::Tap>(&track.input);
  if ((resampling || tap != nullptr) && track.kind == TrackKind::midi) {
    return refused(fmt::format("{} is a MIDI track: only an audio track can take in the audio of other tracks.", name));
  }
  if (resampling && track.monitor != document::Monitor::off) {
    return refused(fmt::format(
        "{} takes in Resampling, so its monitor stays off: it would hear itself. Choose another input first.", name));
  }
  if (tap == nullptr) return std::nullopt;
  const Track* source = document::find(project, tap->track);
  if (source == nullptr) return not_found(fmt::format("The input of {} is a track that isn't there.", name));
  if (source->id == track.id) return refused(fmt::format("{} can't be its own input.", name));
  if (source->kind == TrackKind::main && tap->point == document::TapPoint::post_mixer) {
    return refused(fmt::format("The input of {} can't be Main at Post Mixer: that input is called Resampling.", name));
  }
  return problem_of_pad(*source, *tap);
}

Problem problem_of_output(const Project& project, const Track& track) {
  const std::string name = in_quotes(track.name);
  if (track.kind == TrackKind::main && !std::holds_alternative<document::ToParent>(track.output)) {
    return refused(fmt::format("{} is the end of the way: its output can't be changed.", name));
  }
  const auto* to = std::get_if<document::ToTrack>(&track.output);
  if (to == nullptr) return std::nullopt;
  const Track* target = document::find(project, to->track);
  if (target == nullptr) return not_found(fmt::format("The output of {} is a track that isn't there.", name));
  if (target->kind == TrackKind::midi) {
    return refused(
        fmt::format("The output of {} can't be {}: that is a MIDI track, which takes in no audio. Choose another.",
                    name, in_quotes(target->name)));
  }
  return std::nullopt;
}

}  // namespace

Problem problem_of_content(const midi::Content& content) {
  for (const auto& note : content.notes) {
    if (auto problem = problem_of_note(note)) return problem;
  }
  for (const auto& control : content.controls) {
    if (auto problem = problem_of_control(control)) return problem;
  }
  if (!std::is_sorted(content.notes.begin(), content.notes.end())) return usage("A clip's notes must be sorted.");
  const auto is_before = [](const midi::Control& a, const midi::Control& b) { return a.at < b.at; };
  if (!std::is_sorted(content.controls.begin(), content.controls.end(), is_before)) {
    return usage("A clip's controls must be sorted by position.");
  }
  return std::nullopt;
}

Problem problem_of_clip(const Track& track, const Clip& clip) {
  const bool is_midi = std::holds_alternative<document::MidiClip>(clip.body);
  if (track.kind != (is_midi ? TrackKind::midi : TrackKind::audio)) {
    return refused(fmt::format("{} is {} clip and {} is {}: MIDI clips go on MIDI tracks, audio clips on audio tracks.",
                               in_quotes(clip.name), is_midi ? "a MIDI" : "an audio", in_quotes(track.name),
                               kind_text(track.kind)));
  }
  if (!is_position(clip.start)) {
    return usage(fmt::format("{} must start at or after the start of the Arrangement, and before its last beat.",
                             in_quotes(clip.name)));
  }
  if (auto problem = problem_of_name(clip.name, "a clip")) return problem;
  if (auto problem = problem_of_color(clip.color, clip.name)) return problem;
  return std::visit([&](const auto& body) { return problem_of_body(clip, body); }, clip.body);
}

Problem problem_of_bounce(const Project& project, const Clip& clip) {
  const auto* body = std::get_if<document::AudioClip>(&clip.body);
  if (body == nullptr || !body->bounce) return std::nullopt;
  const document::Bounce& bounce = *body->bounce;
  const auto is_past = [&](auto id) { return id.value < project.next_id; };
  const bool after_device = bounce.point == document::BouncePoint::after_device;
  const bool has_point = after_device == static_cast<bool>(bounce.after) &&
                         within(bounce.pad, 0, document::most_pads) &&
                         (bounce.pad == 0 || bounce.point == document::BouncePoint::pre_fx);
  const bool has_range = is_position(bounce.start) &&
                         (!bounce.end || (!bounce.whole && is_position(*bounce.end) && *bounce.end > bounce.start));
  if (is_past(bounce.source) && is_past(bounce.after) && has_point && has_range) return std::nullopt;
  return usage(
      fmt::format("{} names a track, a point or a range that it can't have been bounced from.", in_quotes(clip.name)));
}

Problem problem_of_mixer(const Project& project, const Track& track) {
  const std::string name = in_quotes(track.name);
  const auto& mixer = track.mixer;
  if (std::isnan(mixer.volume_db) || mixer.volume_db > loudest_db) {
    return usage(fmt::format("The volume of {} must be -inf to {}, not {}.", name, decibels_text(loudest_db),
                             decibels_text(mixer.volume_db)));
  }
  if (!within(mixer.pan, -1.0, 1.0)) {
    return usage(fmt::format("The pan of {} must be -1 (left) to 1 (right), not {:.6g}.", name, mixer.pan));
  }
  if (track.kind == TrackKind::main && (mixer.solo || !mixer.activator || !mixer.sends.empty() || !track.active)) {
    return refused(fmt::format("{} is what all is heard through: it has no activator, no solo and no sends.", name));
  }
  std::set<TrackId> targets;
  for (const auto& send : mixer.sends) {
    const Track* target = document::find(project, send.to);
    if (target == nullptr) return not_found(fmt::format("{} sends to a track that isn't there.", name));
    const std::string to = in_quotes(target->name);
    if (target->kind != TrackKind::return_) {
      return refused(
          fmt::format("{} can't send to {}, which is {}: sends go to returns.", name, to, kind_text(target->kind)));
    }
    if (target->id == track.id) return refused(fmt::format("{} can't send to itself.", name));
    if (!targets.insert(send.to).second) return refused(fmt::format("{} sends to {} twice.", name, to));
    if (std::isnan(send.level_db) || send.level_db > loudest_db) {
      return usage(fmt::format("The send from {} to {} must be -inf to {}, not {}.", name, to,
                               decibels_text(loudest_db), decibels_text(send.level_db)));
    }
  }
  return std::nullopt;
}

Problem problem_of_pad(const Track& source, const document::Tap& tap) {
  if (tap.pad == 0) return std::nullopt;
  if (tap.point != document::TapPoint::pre_fx) return usage("A pad is heard at Pre FX alone.");
  if (tap.pad >= 1 && has_pad(source, tap.pad)) return std::nullopt;
  return not_found(fmt::format("{} has no pad {}.", in_quotes(source.name), tap.pad));
}

Problem problem_of_routing(const Project& project, const Track& track) {
  if (auto problem = problem_of_input(project, track)) return problem;
  return problem_of_output(project, track);
}

Problem problem_of_prints(const Track& track) {
  if (track.frozen() && track.kind == TrackKind::main) {
    return refused(fmt::format("{} can't be frozen. Export or resample it instead.", in_quotes(track.name)));
  }
  std::optional<std::size_t> covered;  // devices, by the prints below
  for (const auto& print : track.prints) {
    if (auto problem = problem_of_audio(print.audio)) return problem;
    const auto& [start, end] = print.range;
    if (!is_timeline_position(start) || !is_timeline_position(end) || end <= start ||
        print.audio.frames < print.range.length()) {
      return usage(fmt::format("The print of {} is empty, or shorter than its range.", in_quotes(track.name)));
    }
    if (print.up_to && document::find(track, print.up_to) == nullptr) {
      return not_found(fmt::format("{} is frozen up to a device that it doesn't have.", in_quotes(track.name)));
    }
    const std::size_t place = document::devices_in(track, print);
    if (covered && place <= *covered) {
      const std::string line = place == 0 ? "its source" : in_quotes(track.devices[place - 1].name);
      return refused(
          fmt::format("{} is frozen up to {} or further already: unfreeze it, or freeze up to a device behind that.",
                      in_quotes(track.name), line));
    }
    covered = place;
  }
  return std::nullopt;
}

Problem problem_of_track(const Project& project, const Track& track) {
  if (track.name.empty()) return usage(fmt::format("The name of {} can't be empty.", kind_text(track.kind)));
  if (auto problem = problem_of_name(track.name, kind_text(track.kind))) return problem;
  if (auto problem = problem_of_color(track.color, track.name)) return problem;
  if (track.group && track.kind == TrackKind::return_) {
    return refused(fmt::format("{} is a return: it stands at the top, in no group.", in_quotes(track.name)));
  }
  if (origins_of(track) > document::deepest_origin) {
    return refused(
        fmt::format("{} has been flattened or bounced in place {} times: duplicate or bounce it to a new track.",
                    in_quotes(track.name), document::deepest_origin));
  }
  for (const auto& clip : track.clips) {
    if (auto problem = problem_of_clip(track, *clip)) return problem;
    if (auto problem = problem_of_bounce(project, *clip)) return problem;
  }
  if (auto problem = problem_of_devices(project, track)) return problem;
  if (auto problem = problem_of_mixer(project, track)) return problem;
  if (auto problem = problem_of_automation(project, track)) return problem;
  if (auto problem = problem_of_routing(project, track)) return problem;
  return problem_of_prints(track);
}

Problem problem_of_settings(const Project& project) {
  if (!within(project.rate.hertz, 8'000, 384'000)) {
    return usage(fmt::format("The sample rate must be 8,000 to 384,000 Hz, not {}.", project.rate.hertz));
  }
  if (!(project.tail_limit_seconds > 0.0 && project.tail_limit_seconds <= 600.0)) {
    return usage(
        fmt::format("The tail limit must be above 0 and at most 600 seconds, not {:.6g}.", project.tail_limit_seconds));
  }
  if (!document::is_plugin_grid(project.plugin_grid)) {
    return usage(
        fmt::format("The plug-in grid must be a power of two from 32 to 1024 frames, not {}.", project.plugin_grid));
  }
  const auto is_out = [](const auto& point) { return !is_position(point.at); };
  const auto& tempos = project.tempo.tempos();
  const auto& signatures = project.tempo.signatures();
  if (std::any_of(tempos.begin(), tempos.end(), is_out) || std::any_of(signatures.begin(), signatures.end(), is_out)) {
    return usage("A change of tempo or time signature must stand on the Arrangement, from its start on.");
  }
  for (const auto& locator : project.locators) {
    if (auto problem = problem_of_name(locator.name, "a locator")) return problem;
    if (!is_position(locator.at)) {
      return usage(
          fmt::format("The locator {} must stand at or after the start of the Arrangement.", in_quotes(locator.name)));
    }
  }
  return std::nullopt;
}

}  // namespace firn::edit
