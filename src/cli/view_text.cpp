// The text forms of a project, its tracks and its devices, for people.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "cli/notation.hpp"
#include "cli/text_table.hpp"
#include "cli/values.hpp"
#include "cli/view.hpp"
#include "devices/device_type.hpp"
#include "edit/pads.hpp"

namespace firn::cli {

using document::Project;
using document::Track;
using document::TrackKind;

namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  return fmt::format("{}", fmt::join(parts, between));
}

std::string kind_title(TrackKind kind) {
  return kind == TrackKind::midi ? "MIDI" : kind == TrackKind::main ? "Main" : kind_word(kind);
}

// What stands out of the ordinary: "frozen, stale, muted".
std::string standing_text(const View& view, const Track& track) {
  std::vector<std::string> words;
  const PrintView::State state = view.prints.at(track.id).state;
  const std::size_t frozen = document::frozen_devices(track);
  const bool whole = frozen == 0 || frozen == track.devices.size();
  if (track.frozen()) words.push_back(whole ? "frozen" : "frozen up to " + track.devices[frozen - 1].name);
  if (track.frozen() && state != PrintView::State::fresh) words.push_back(state_word(state));
  if (const PrintView::State bounced = bounce_state_of(view, track); bounced != PrintView::State::live)
    words.push_back(bounced == PrintView::State::fresh ? "bounced" : fmt::format("bounced ({})", state_word(bounced)));
  if (!track.active) words.emplace_back("deactivated");
  if (!track.mixer.activator) words.emplace_back("muted");
  if (track.mixer.solo) words.emplace_back("solo");
  if (track.armed) words.emplace_back("armed");
  return words.empty() ? "live" : joined(words, ", ");
}

std::string send_text(const Project& project, const document::Send& send) {
  const Track* to = document::find(project, send.to);
  return fmt::format("{} {}{}{}", to == nullptr ? "?" : to->name, format_decibels(send.level_db),
                     send.pre_fader ? " pre" : "", send.on ? "" : " off");
}

std::string sends_text(const Project& project, const document::Mixer& mixer) {
  std::vector<std::string> sends;
  for (const document::Send& send : mixer.sends) sends.push_back(send_text(project, send));
  return joined(sends, ", ");
}

std::string devices_text(const Track& track) {
  std::vector<std::string> names;
  for (const document::Device& device : track.devices)
    names.push_back(device.on ? device.name : fmt::format("({})", device.name));
  return joined(names, ", ");
}

int depth_of(const Project& project, const Track& track) {
  int depth = 0;
  for (const Track* group = document::find(project, track.group); group != nullptr;
       group = document::find(project, group->group))
    ++depth;
  return depth;
}

std::string route_text(const Project& project, const Track& track) {
  return std::holds_alternative<document::ToParent>(track.output) ? "" : format_output(project, track.output);
}

std::string length_text(const Project& project) {
  const time::Frames length = length_of(project);
  return time::format_clock(time::seconds_of(length, project.rate));
}

std::string tempo_text(const Project& project) {
  const auto& tempos = project.tempo.tempos();
  const auto& signatures = project.tempo.signatures();
  const auto slower = [](const time::TempoPoint& a, const time::TempoPoint& b) { return a.bpm < b.bpm; };
  const auto [least, most] = std::minmax_element(tempos.begin(), tempos.end(), slower);
  const std::string bpm = least->bpm == most->bpm ? fmt::format("{:.6g}", least->bpm)
                                                  : fmt::format("{:.6g} to {:.6g}", least->bpm, most->bpm);
  return fmt::format("{} bpm, {}/{}{}", bpm, signatures.front().numerator, signatures.front().denominator,
                     signatures.size() > 1 ? " and others" : "");
}

// A line with as many of them as can be taken in at a glance.
template <class Points, class Format>
std::string listed(std::string_view title, const Points& points, Format format) {
  constexpr std::size_t most = 12;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::min(points.size(), most); ++i) texts.push_back(format(points[i]));
  if (points.size() > most) texts.push_back(fmt::format("and {} more (--json)", points.size() - most));
  return fmt::format("{}  {}\n", title, joined(texts, "  "));
}

std::string clip_line(const Project& project, const document::Clip& clip) {
  const std::string start = time::format_position(clip.start, project.tempo);
  const std::string name = fmt::format("{}{}", clip.name, clip.active ? "" : " (off)");
  if (const auto* midi = std::get_if<document::MidiClip>(&clip.body)) {
    const auto signature = signature_of(clip, project.tempo);
    std::string text = fmt::format("{}: at {}, length {}", name, start, format_length(midi->length, signature));
    if (midi->offset != time::Beats{}) text += ", from " + format_inner(midi->offset, signature);
    if (midi->loop)
      text += fmt::format(", loop {}..{}", format_inner(midi->loop->start, signature),
                          format_inner(midi->loop->end, signature));
    return text + fmt::format(", {} notes, {} controls", midi->content->notes.size(), midi->content->controls.size());
  }
  const auto& audio = std::get<document::AudioClip>(clip.body);
  const auto clock = [&](time::Frames frames) { return time::format_clock(time::seconds_of(frames, project.rate)); };
  std::string text = fmt::format("{}: at {}, length {} of {}", name, start, clock(audio.length), audio.audio.path);
  if (audio.offset.count != 0) text += ", from " + clock(audio.offset);
  if (audio.loop) text += fmt::format(", loop {}..{}", clock(audio.loop->start), clock(audio.loop->end));
  if (audio.gain_db != 0.0) text += ", gain " + format_decibels(audio.gain_db);
  if (audio.fade_in.count != 0) text += ", fade-in " + clock(audio.fade_in);
  if (audio.fade_out.count != 0) text += ", fade-out " + clock(audio.fade_out);
  if (!audio.dropouts.empty())
    text += fmt::format(", with {} drop-out{}", audio.dropouts.size(), audio.dropouts.size() == 1 ? "" : "s");
  return text;
}

std::string clips_text(const Project& project, const Track& track) {
  std::string text;
  for (std::size_t i = 0; i < track.clips.size(); ++i) {
    const document::Clip& clip = *track.clips[i];
    text += fmt::format("  {}  {}\n", i + 1, clip_line(project, clip));
    const auto* midi = std::get_if<document::MidiClip>(&clip.body);
    if (midi == nullptr) continue;
    const auto signature = signature_of(clip, project.tempo);
    for (const midi::Note& note : midi->content->notes) text += "       " + format_note(note, signature) + "\n";
    for (const midi::Control& control : midi->content->controls)
      text += "       " + format_control(control, signature) + "\n";
  }
  return text;
}

std::string device_text(const View& view, const Track& track, const document::Device& device, std::size_t number) {
  const Project& project = view.project;
  const auto* type = document::type_of(device);
  std::string text = fmt::format("  {}  {} ({}){}{}{}\n", number, device.name, device.type, device.on ? "" : ", off",
                                 type ? "" : ", missing on this machine",
                                 type && type->plugin         ? ", always printed whole"
                                 : type && !type->keeps_state ? ", starts again only where it is at rest"
                                                              : "");
  if (const auto why = view.obstacles.find(device.id); why != view.obstacles.end())
    text += fmt::format("       can't be loaded: {}\n", why->second);
  for (const auto& [slot, file] : device.files) text += fmt::format("       {}={}\n", slot, file.path);
  if (const auto outside = view.outside.find(device.id); outside != view.outside.end()) {
    for (const std::string& path : outside->second)
      text += fmt::format("       refers to {}, which is no file of the project\n", path);
  }
  if (device.side_chain) text += fmt::format("       side-chain={}\n", format_tap(project, *device.side_chain));
  for (const ParameterView& set : parameters_of(view, track, device)) {
    text += fmt::format("       {}={}{}\n", set.parameter.name, set.text, set.automated ? "  (automated)" : "");
  }
  return text;
}

std::string pads_text(const Project& project, const Track& track) {
  std::string text;
  for (const edit::Pad& pad : edit::pads_of(track)) {
    const document::Tap tap{track.id, document::TapPoint::pre_fx, pad.number};
    text +=
        fmt::format("  {:>2}  {:<4} {}\n", pad.number, pad.key ? format_key(*pad.key) : "", format_tap(project, tap));
  }
  return text;
}

std::string prints_text(const View& view, const Track& track) {
  std::string text;
  const auto clock = [&](time::Frames frames) {
    return time::format_clock(time::seconds_of(frames, view.project.rate));
  };
  for (const document::Print& print : track.prints) {
    const document::Device* up_to = document::find(track, print.up_to);
    text += fmt::format("  {}  {} to {}{}\n", print.audio.path, clock(print.range.start), clock(print.range.end),
                        up_to == nullptr ? "" : ", up to " + up_to->name);
  }
  const PrintView& print = view.prints.at(track.id);
  if (track.frozen())
    text += fmt::format("  {}{}{}\n", state_word(print.state), print.why.empty() ? "" : ": ", print.why);
  return text;
}

// "Bass:post-fx", "Bass, as it was, after Chorus".
std::string source_text(const Project& project, const Track& track, const document::Bounce& bounce) {
  const Track* source = bounced_from(project, track, bounce);
  const std::string name = source == nullptr ? "?" : source->name;
  const std::string then = bounce.source ? "" : ", as it was";
  if (bounce.point == document::BouncePoint::after_device) {
    const document::Device* device = source == nullptr ? nullptr : document::find(*source, bounce.after);
    return fmt::format("{}{} after {}", name, then, device == nullptr ? "?" : device->name);
  }
  if (bounce.pad != 0) return format_tap(project, {bounce.source, document::TapPoint::pre_fx, bounce.pad}) + then;
  return fmt::format("{}:{}{}", name, format_bounce_point(bounce.point), then);
}

std::string range_text(const Project& project, const document::Bounce& bounce) {
  if (bounce.whole) return "";
  const auto text = [&](time::Beats at) { return time::format_position(at, project.tempo); };
  return fmt::format(", {} to {}", text(bounce.start), bounce.end ? text(*bounce.end) : "the end of the sound");
}

// What a track's bounced clips are of, a line for each.
std::string bounces_text(const View& view, const Track& track) {
  std::vector<std::string> lines;
  for (const auto& clip : track.clips) {
    const auto* body = std::get_if<document::AudioClip>(&clip->body);
    if (body == nullptr || !body->bounce) continue;
    const PrintView& bounce = view.bounces.at(clip->id);
    std::string state = state_word(bounce.state);
    if (!bounce.why.empty()) state += ": " + bounce.why;
    if (bounce.state == PrintView::State::stale)
      state += ": it has changed since. `firn bounce --update` prints it again";
    const std::string line = fmt::format("  {}{}  {}\n", source_text(view.project, track, *body->bounce),
                                         range_text(view.project, *body->bounce), state);
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  }
  return joined(lines, "");
}

std::string mixer_text(const Project& project, const document::Mixer& mixer) {
  std::string text = fmt::format("  volume={}  pan={}  activator={}  solo={}\n", format_decibels(mixer.volume_db),
                                 format_pan(mixer.pan), mixer.activator ? "on" : "off", mixer.solo ? "on" : "off");
  for (const document::Send& send : mixer.sends) {
    const Track* to = document::find(project, send.to);
    text += fmt::format("  send:{}={},{},{}\n", to == nullptr ? "?" : to->name, format_decibels(send.level_db),
                        send.pre_fader ? "pre" : "post", send.on ? "on" : "off");
  }
  return text;
}

std::string automation_text(const Project& project, const Track& track) {
  std::string text;
  const edit::TargetRange any{false, {}};
  for (const document::Automation& automation : track.automation) {
    const auto range = range_of_target(track, automation.target);
    text += "  " + format_target(project, track, automation.target) + "\n";
    for (const document::Breakpoint& point : automation.points) {
      text += "       " + format_point(point, project.tempo, range ? *range : any, automation.target) + "\n";
    }
  }
  return text;
}

void add_part(std::string& text, std::string_view title, const std::string& part) {
  if (!part.empty()) text += fmt::format("\n{}\n{}", title, part);
}

// What a plug-in holds as a float, as it was meant: 0.1, not 0.10000000149011612.
double as_meant(double value) {
  const auto number = static_cast<float>(value);
  return static_cast<double>(number) == value ? std::stod(fmt::format("{}", number)) : value;
}

}  // namespace

std::string project_text(const View& view) {
  const Project& project = view.project;
  std::string text =
      fmt::format("{}: {} Hz, {}, {}\n\n", view.name, project.rate.hertz, tempo_text(project), length_text(project));
  std::vector<std::vector<std::string>> rows;
  for (const auto& track : project.tracks) {
    rows.push_back({std::to_string(rows.size() + 1),
                    std::string(static_cast<std::size_t>(2 * depth_of(project, *track)), ' ') + track->name,
                    kind_title(track->kind), standing_text(view, *track), format_decibels(track->mixer.volume_db),
                    format_pan(track->mixer.pan), sends_text(project, track->mixer), devices_text(*track),
                    route_text(project, *track)});
  }
  text += table_text({{"#", Align::right},
                      {"Track"},
                      {"Kind"},
                      {"State"},
                      {"Volume", Align::right},
                      {"Pan", Align::right},
                      {"Sends"},
                      {"Devices"},
                      {"Output"}},
                     rows);
  const auto& map = project.tempo;
  std::string more;
  if (map.tempos().size() > 1) {
    more += listed("Tempo", map.tempos(), [&](time::TempoPoint point) {
      point.bpm = std::round(point.bpm * 1000.0) / 1000.0;
      return format_tempo(point, map);
    });
  }
  if (map.signatures().size() > 1)
    more += listed("Signatures", map.signatures(), [&](const auto& s) { return format_signature(s, map); });
  if (!project.locators.empty()) {
    more += listed("Locators", project.locators, [&](const auto& locator) {
      return fmt::format("{} {}", time::format_position(locator.at, map), locator.name);
    });
  }
  if (!more.empty()) text += "\n" + more;
  for (const auto& [id, print] : view.prints) {
    if (!print.why.empty()) text += fmt::format("\n{}: {}\n", document::find(project, id)->name, print.why);
  }
  if (!view.obstacles.empty()) text += "\nThese devices can't be loaded; frozen tracks play without them:\n";
  document::for_each_device(project, [&](const Track& track, const document::Device& device) {
    if (const auto why = view.obstacles.find(device.id); why != view.obstacles.end())
      text += fmt::format("  {} on {}: {}\n", device.name, track.name, why->second);
  });
  return text;
}

std::string track_text(const View& view, const Track& track) {
  const Project& project = view.project;
  const Track* group = document::find(project, track.group);
  std::string text =
      fmt::format("Track {}: {} ({}{}), {}, {}\n", number_of(project, track.id), track.name, kind_title(track.kind),
                  group == nullptr ? "" : " in " + group->name, format_color(track.color), standing_text(view, track));
  add_part(text, "Mixer", mixer_text(project, track.mixer));
  add_part(
      text, "Routing",
      fmt::format("  input={}  output={}  monitor={}  arm={}\n", format_input(project, track.input),
                  format_output(project, track.output), format_monitor(track.monitor), track.armed ? "on" : "off"));
  std::string devices;
  for (std::size_t i = 0; i < track.devices.size(); ++i) devices += device_text(view, track, track.devices[i], i + 1);
  add_part(text, "Devices", devices);
  add_part(text, "Pads", pads_text(project, track));
  add_part(text, "Clips", clips_text(project, track));
  add_part(text, "Automation", automation_text(project, track));
  add_part(text, "Prints", prints_text(view, track));
  if (!track.origin.empty()) add_part(text, "Came from", fmt::format("  {}\n", track.origin.front().source->name));
  add_part(text, "Bounced from", bounces_text(view, track));
  return text;
}

std::string type_text(const devices::DeviceType& type) {
  std::string text = fmt::format("{}: {}.{}{}\n", type.name, type.title, type.about.empty() ? "" : " ", type.about);
  std::vector<std::vector<std::string>> rows;
  for (const devices::FileSlot& slot : type.files)
    rows.push_back({"  " + slot.name + "=", slot.what, slot.required ? "" : "may be left out"});
  for (devices::Parameter parameter : type.parameters) {
    for (double* number : {&parameter.minimum, &parameter.maximum, &parameter.initial}) *number = as_meant(*number);
    rows.push_back({"  " + parameter.name + "=", format_range(parameter),
                    format_value(parameter, parameter.initial) + (parameter.automatable ? "" : ", not automatable")});
  }
  if (type.side_chain) rows.push_back({"  side-chain=", "a tap: TRACK:post-fx", "none"});
  if (rows.empty()) return text;
  const std::string table = table_text({{""}, {""}, {""}}, rows);
  return text + table.substr(table.find('\n') + 1);
}

}  // namespace firn::cli
