#include "document/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "document/place.hpp"

namespace firn::document {
namespace {

// Never leaves this file.
struct Broken {
  std::string message;
};

template <class... Arguments>
[[noreturn]] void broken(const Place& place, fmt::format_string<Arguments...> rule, Arguments&&... arguments) {
  throw Broken{fmt::format("{}: {}", place.pointer(), fmt::format(rule, std::forward<Arguments>(arguments)...))};
}

void check_text(const std::string& text, const Place& place) {
  if (!is_utf8(text)) broken(place, "the text is not UTF-8");
}

void check_range(double value, double least, double most, const Place& place) {
  if (!(value >= least && value <= most)) broken(place, "must be {} to {}, and is {}", least, most, value);
}

// A number, or -inf where decibels have it.
void check_level(double value, const Place& place) {
  if (std::isnan(value) || value == std::numeric_limits<double>::infinity()) broken(place, "must be a number");
}

void check_beats(time::Beats value, time::Beats least, const Place& place) {
  if (value < least || value > time::Beats::quarters(furthest_quarter)) {
    broken(place, "must be {} to {} quarter notes, and is {}", least.in_quarters(), furthest_quarter,
           value.in_quarters());
  }
}

constexpr time::Beats nearest =
    time::Beats{-furthest_quarter * time::Beats::ticks_per_quarter};  // before a clip's start
constexpr time::Beats tick = time::Beats{1};

void check_frames(time::Frames value, std::int64_t least, const Place& place) {
  if (value.count < least || value.count > furthest_frame) {
    broken(place, "must be {} to {} frames, and is {}", least, furthest_frame, value.count);
  }
}

void check_path(const std::string& path, const Place& place) {
  check_text(path, place);
  if (!is_inside_project(path)) broken(place, "must be a relative path inside the project");
}

void check_color(Color color, const Place& place) {
  if (color.rgb > 0xffffff) broken(place, "must be a colour of 24 bits");
}

void check_audio(const AudioRef& audio, const Place& place) {
  check_path(audio.path, place.field("audio"));
  check_frames(audio.frames, 0, place.field("frames"));
  if (!audio.original.empty()) check_path(audio.original, place.field("original"));
}

void check_note(const midi::Note& note, const Place& place) {
  check_beats(note.start, nearest, place.element(0));
  check_beats(note.length, tick, place.element(1));
  if (note.key > 127) broken(place.element(2), "a key must be 0 to 127, and is {}", note.key);
  if (note.velocity < 1 || note.velocity > 127) {
    broken(place.element(3), "a velocity must be 1 to 127, and is {}", note.velocity);
  }
  if (note.release_velocity > 127) {
    broken(place.element(4), "a release velocity must be 0 to 127, and is {}", note.release_velocity);
  }
}

void check_control(const midi::Control& control, const Place& place) {
  using midi::ControlKind;
  check_beats(control.at, nearest, place.element(0));
  const bool numbered = control.kind == ControlKind::controller || control.kind == ControlKind::key_pressure;
  if (control.number > (numbered ? 127 : 0)) broken(place, "its number must be 0 to 127, and is {}", control.number);
  const int most = control.kind == ControlKind::pitch_bend ? 16'383 : 127;
  if (control.value > most) broken(place, "its value must be 0 to {}, and is {}", most, control.value);
}

void check_content(const midi::Content& content, const Place& place) {
  const Place notes = place.field("notes");
  for (std::size_t i = 0; i < content.notes.size(); ++i) {
    check_note(content.notes[i], notes.element(i));
    if (i > 0 && content.notes[i] < content.notes[i - 1]) broken(notes.element(i), "notes must be sorted");
  }
  const Place controls = place.field("controls");
  for (std::size_t i = 0; i < content.controls.size(); ++i) {
    check_control(content.controls[i], controls.element(i));
    if (i > 0 && content.controls[i].at < content.controls[i - 1].at) {
      broken(controls.element(i), "controls must be sorted");
    }
  }
}

void check_body(const MidiClip& clip, const Place& place) {
  check_beats(clip.length, tick, place.field("length"));
  check_beats(clip.offset, nearest, place.field("offset"));
  if (clip.loop) {
    const Place loop = place.field("loop");
    check_beats(clip.loop->start, nearest, loop.element(0));
    check_beats(clip.loop->end, clip.loop->start + tick, loop.element(1));
  }
  check_content(*clip.content, place);
}

void check_body(const AudioClip& clip, const Place& place) {
  check_audio(clip.audio, place);
  check_frames(clip.length, 1, place.field("length"));
  check_frames(clip.offset, 0, place.field("offset"));
  if (clip.loop) {
    const Place loop = place.field("loop");
    check_frames(clip.loop->start, 0, loop.element(0));
    check_frames(clip.loop->end, clip.loop->start.count + 1, loop.element(1));
  }
  check_level(clip.gain_db, place.field("gain"));
  if (clip.gain_db > 24.0) broken(place.field("gain"), "must be -inf to 24 dB, and is {}", clip.gain_db);
  check_frames(clip.fade_in, 0, place.field("fade-in"));
  check_frames(clip.fade_out, 0, place.field("fade-out"));
  for (std::size_t i = 0; i < clip.dropouts.size(); ++i) {
    const Place dropout = place.field("drop-outs").element(i);
    check_frames(clip.dropouts[i].start, 0, dropout.element(0));
    check_frames(clip.dropouts[i].end, clip.dropouts[i].start.count + 1, dropout.element(1));
  }
}

void check_pad(int pad, bool at_pre_fx, const Place& place) {
  if (pad < 0 || pad > most_pads) broken(place, "a pad must be 1 to {}, and is {}", most_pads, pad);
  if (pad != 0 && !at_pre_fx) broken(place, "a pad is heard at Pre FX alone");
}

// The rules of one set of tracks: those of today, or the one track of an origin.
class Tracks {
 public:
  explicit Tracks(std::uint64_t next_id) : next_id_(next_id) {}

  void check_today(const Project& project, const Place& place);
  void check_origin(const Track& track, const Place& place, int depth) { check_track(track, place, depth); }

 private:
  template <class Id>
  void check_id(Id id, const Place& place) {
    check_reference(id, place);
    if (!ids_.insert(id.value).second) broken(place, "the id {} is in use twice", id.value);
  }
  template <class Id>
  void check_reference(Id id, const Place& place) const {
    if (!id || id.value >= next_id_)
      broken(place, "an id must be 1 to {}, below next-id, and is {}", next_id_ - 1, id.value);
  }
  // `id` must be the id of one of today's tracks; of an origin's, it may be gone.
  const Track* check_link(TrackId id, const Place& place) const {
    check_reference(id, place);
    if (!today_) return nullptr;
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) broken(place, "there is no track with the id {}", id.value);
    return found->second;
  }

  void check_tap(const Tap& tap, const Place& place) const {
    check_link(tap.track, place);
    check_pad(tap.pad, tap.point == TapPoint::pre_fx, place);
  }

  void check_locators(const std::vector<Locator>& locators, const Place& place);
  void check_groups(const Project& project, const Place& place) const;
  void check_track(const Track& track, const Place& place, int depth);
  void check_clips(const Track& track, const Place& place);
  void check_bounce(const Bounce& bounce, const Place& place) const;
  void check_devices(const Track& track, const Place& place);
  void check_mixer(const Mixer& mixer, const Place& place) const;
  void check_target(const Track& track, const AutomationTarget& target, const Place& place) const;
  void check_automation(const Track& track, const Place& place) const;
  void check_routing(const Track& track, const Place& place) const;
  void check_prints(const Track& track, const Place& place) const;

  std::uint64_t next_id_;
  bool today_ = false;
  std::unordered_set<std::uint64_t> ids_;
  std::unordered_map<TrackId, const Track*> by_id_;
};

void Tracks::check_today(const Project& project, const Place& place) {
  today_ = true;
  check_locators(project.locators, place.field("locators"));
  const Place tracks = place.field("tracks");
  if (project.tracks.empty()) broken(tracks, "Main must be there, as the last track");
  for (std::size_t i = 0; i < project.tracks.size(); ++i) {
    const Track& track = *project.tracks[i];
    check_id(track.id, tracks.element(i).field("id"));
    by_id_.emplace(track.id, &track);
    const bool last = i + 1 == project.tracks.size();
    if ((track.kind == TrackKind::main) != last) {
      broken(tracks.element(i).field("kind"), "Main must be the last track, and the only one of its kind");
    }
  }
  check_groups(project, tracks);
  for (std::size_t i = 0; i < project.tracks.size(); ++i) check_track(*project.tracks[i], tracks.element(i), 0);
}

void Tracks::check_locators(const std::vector<Locator>& locators, const Place& place) {
  for (std::size_t i = 0; i < locators.size(); ++i) {
    const Place at = place.element(i);
    check_id(locators[i].id, at.field("id"));
    check_text(locators[i].name, at.field("name"));
    check_beats(locators[i].at, {}, at.field("at"));
    const auto order = [&](const Locator& locator) { return std::pair(locator.at, locator.id); };
    if (i > 0 && order(locators[i]) < order(locators[i - 1])) broken(at, "locators must be sorted by position");
  }
}

// In display order, a track's group is one of those still open: the groups that the track before it is in, or is.
void Tracks::check_groups(const Project& project, const Place& place) const {
  std::vector<TrackId> open;
  for (std::size_t i = 0; i < project.tracks.size(); ++i) {
    const Track& track = *project.tracks[i];
    const Place element = place.element(i);
    const Place at = element.field("group");
    if (track.group) {
      if (check_link(track.group, at)->kind != TrackKind::group) broken(at, "it is not a group");
      if (track.kind == TrackKind::main) broken(at, "Main is in no group");
    }
    while (!open.empty() && open.back() != track.group) open.pop_back();
    if (track.group && open.empty()) broken(at, "a group's members must follow it");
    if (track.kind == TrackKind::group) open.push_back(track.id);
  }
}

void Tracks::check_track(const Track& track, const Place& place, int depth) {
  check_text(track.name, place.field("name"));
  check_color(track.color, place.field("color"));
  check_clips(track, place.field("clips"));
  check_devices(track, place.field("devices"));
  check_mixer(track.mixer, place.field("mixer"));
  check_automation(track, place.field("automation"));
  check_routing(track, place);
  check_prints(track, place.field("prints"));
  const Place origin = place.field("origin");
  if (track.origin.size() > 1) broken(origin, "there can be only one");
  if (track.origin.empty()) return;
  if (depth == deepest_origin) broken(origin, "origins are nested more than {} deep", deepest_origin);
  const Track& source = *track.origin.front().source;
  Tracks past(next_id_);
  past.check_id(source.id, origin.field("id"));
  if (source.group) past.check_reference(source.group, origin.field("group"));
  past.check_origin(source, origin, depth + 1);
}

void Tracks::check_clips(const Track& track, const Place& place) {
  for (std::size_t i = 0; i < track.clips.size(); ++i) {
    const Clip& clip = *track.clips[i];
    const Place at = place.element(i);
    check_id(clip.id, at.field("id"));
    check_text(clip.name, at.field("name"));
    check_color(clip.color, at.field("color"));
    check_beats(clip.start, {}, at.field("start"));
    const TrackKind kind = std::holds_alternative<MidiClip>(clip.body) ? TrackKind::midi : TrackKind::audio;
    if (track.kind != kind) broken(at, "MIDI clips are on MIDI tracks, audio clips on audio tracks, and no others");
    std::visit([&](const auto& body) { check_body(body, at); }, clip.body);
    if (const auto* audio = std::get_if<AudioClip>(&clip.body); audio != nullptr && audio->bounce)
      check_bounce(*audio->bounce, at.field("bounce"));
    const auto order = [](const Clip& each) { return std::pair(each.start, each.id); };
    if (i > 0 && order(clip) < order(*track.clips[i - 1])) broken(at, "clips must be sorted by start");
  }
}

void Tracks::check_bounce(const Bounce& bounce, const Place& place) const {
  if (bounce.source) check_reference(bounce.source, place.field("source"));
  if (bounce.after) check_reference(bounce.after, place.field("after"));
  if ((bounce.point == BouncePoint::after_device) != static_cast<bool>(bounce.after))
    broken(place.field("after"), "a bounce after a device names it, and no other does");
  check_pad(bounce.pad, bounce.point == BouncePoint::pre_fx, place.field("pad"));
  check_beats(bounce.start, {}, place.field("start"));
  if (!bounce.end) return;
  check_beats(*bounce.end, bounce.start + tick, place.field("end"));
  if (bounce.whole) broken(place.field("end"), "what is whole has no end");
}

void check_plugin(const Device& device, const Place& place) {
  const devices::DeviceType& type = **device.plugin;
  if (!type.plugin || type.name != device.type || type.name != type.plugin->format + ":" + type.plugin->id)
    broken(place, "it is not what the device's type names");
  for (const std::string& text : {type.title, type.plugin->maker, type.plugin->version}) check_text(text, place);
  for (const std::string& output : type.pads) check_text(output, place.field("outputs"));
  if (static_cast<int>(type.pads.size()) > most_pads)
    broken(place.field("outputs"), "a plug-in has at most {} outputs here", most_pads);
  std::set<std::string_view> names{"on"};  // the switch
  const Place parameters = place.field("parameters");
  for (std::size_t i = 0; i < type.parameters.size(); ++i) {
    const devices::Parameter& parameter = type.parameters[i];
    const Place at = parameters.element(i);
    check_text(parameter.name, at.field("name"));
    check_text(parameter.title, at.field("title"));
    if (parameter.name.empty() || !names.insert(parameter.name).second)
      broken(at.field("name"), "a parameter's name must be its own, and not \"on\"");
    if (!std::isfinite(parameter.minimum) || !std::isfinite(parameter.maximum) || parameter.minimum > parameter.maximum)
      broken(at, "its least value must not be above its most");
    check_range(parameter.initial, parameter.minimum, parameter.maximum, at.field("initial"));
    for (const std::string& choice : parameter.choices) check_text(choice, at.field("choices"));
    const bool is_choice = parameter.scale == devices::Scale::choice;
    const auto choices = static_cast<double>(parameter.choices.size());
    if (is_choice ? parameter.minimum != 0.0 || parameter.maximum != choices - 1.0 : !parameter.choices.empty())
      broken(at.field("choices"), "a choice counts its choices from 0, and nothing else has any");
    if (parameter.scale == devices::Scale::logarithmic && !(parameter.minimum > 0.0))
      broken(at, "what is logarithmic must be above 0");
  }
}

void Tracks::check_devices(const Track& track, const Place& place) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < track.devices.size(); ++i) {
    const Device& device = track.devices[i];
    const Place at = place.element(i);
    check_id(device.id, at.field("id"));
    check_text(device.type, at.field("type"));
    check_text(device.name, at.field("name"));
    if (!names.insert(device.name).second) broken(at.field("name"), "two devices of the track have this name");
    const Place parameters = at.field("parameters");
    for (const auto& [name, value] : device.parameters) {
      check_text(name, parameters);
      check_level(value, parameters.field(name));
    }
    const Place files = at.field("files");
    for (const auto& [slot, file] : device.files) {
      check_text(slot, files);
      check_path(file.path, files.field(slot));
      if (file.shared && file.path.find('/') != file.path.npos)
        broken(files.field(slot), "a shared file is a bare name");
    }
    if (device.side_chain) check_tap(*device.side_chain, at.field("side-chain"));
    if (device.plugin) check_plugin(device, at.field("plugin"));
  }
}

void Tracks::check_mixer(const Mixer& mixer, const Place& place) const {
  check_range(mixer.volume_db, Send::minus_infinity(), 6.0, place.field("volume"));
  check_range(mixer.pan, -1.0, 1.0, place.field("pan"));
  const Place sends = place.field("sends");
  std::set<TrackId> seen;
  for (std::size_t i = 0; i < mixer.sends.size(); ++i) {
    const Send& send = mixer.sends[i];
    const Place at = sends.element(i);
    const Track* to = check_link(send.to, at.field("to"));
    if (to && to->kind != TrackKind::return_) broken(at.field("to"), "a send goes to a return");
    if (!seen.insert(send.to).second) broken(at.field("to"), "there are two sends to one return");
    check_range(send.level_db, Send::minus_infinity(), 6.0, at.field("level"));
  }
}

void Tracks::check_target(const Track& track, const AutomationTarget& target, const Place& place) const {
  if (const auto* send = std::get_if<SendTarget>(&target)) {
    const Track* to = check_link(send->to, place.field("send"));
    if (to && to->kind != TrackKind::return_) broken(place.field("send"), "a send goes to a return");
  }
  if (const auto* of_device = std::get_if<DeviceTarget>(&target)) {
    if (!find(track, of_device->device)) broken(place.field("device"), "the track has no such device");
    check_text(of_device->parameter, place.field("parameter"));
  }
}

void Tracks::check_automation(const Track& track, const Place& place) const {
  for (std::size_t i = 0; i < track.automation.size(); ++i) {
    const Automation& automation = track.automation[i];
    const Place at = place.element(i);
    check_target(track, automation.target, at);
    if (i > 0 && !(track.automation[i - 1].target < automation.target)) {
      broken(at, "automation must be sorted by target, once for each");
    }
    const Place points = at.field("points");
    if (automation.points.empty()) broken(points, "there must be a breakpoint");
    for (std::size_t k = 0; k < automation.points.size(); ++k) {
      const Breakpoint& point = automation.points[k];
      check_beats(point.at, {}, points.element(k));
      check_level(point.value, points.element(k));
      if (!(point.curve > -1.0 && point.curve < 1.0)) broken(points.element(k), "a curve must be between -1 and 1");
      if (k > 0 && point.at < automation.points[k - 1].at) broken(points.element(k), "breakpoints must be sorted");
    }
  }
}

void Tracks::check_routing(const Track& track, const Place& place) const {
  if (const auto* tap = std::get_if<Tap>(&track.input)) check_tap(*tap, place.field("input"));
  if (const auto* external = std::get_if<ExternalInput>(&track.input)) check_text(external->name, place.field("input"));
  if (const auto* to = std::get_if<ToTrack>(&track.output)) check_link(to->track, place.field("output"));
}

void Tracks::check_prints(const Track& track, const Place& place) const {
  for (std::size_t i = 0; i < track.prints.size(); ++i) {
    const Print& print = track.prints[i];
    const Place at = place.element(i);
    check_audio(print.audio, at);
    check_frames(print.range.start, -furthest_frame, at.field("range"));
    check_frames(print.range.end, print.range.start.count, at.field("range"));
    if (print.ringing) {
      check_frames(print.ringing->ended_at, -furthest_frame, at.field("ringing"));
      check_frames(print.ringing->tail, 0, at.field("ringing"));
    }
    if (print.up_to && !find(track, print.up_to)) broken(at.field("up-to"), "the track has no such device");
  }
}

void check_project(const Project& project, const Place& place) {
  if (project.rate.hertz < 8'000 || project.rate.hertz > 384'000) {
    broken(place.field("rate"), "must be 8000 to 384000 Hz, and is {}", project.rate.hertz);
  }
  const double tail = project.tail_limit_seconds;
  if (!(tail > 0.0 && tail <= 600.0))
    broken(place.field("tail-limit"), "must be above 0, at most 600 s, and is {}", tail);
  const int grid = project.plugin_grid;
  if (!is_plugin_grid(grid))
    broken(place.field("plugin-grid"), "must be a power of two from 32 to 1024, and is {}", grid);
  if (project.next_id < 1 || project.next_id > largest_id)
    broken(place.field("next-id"), "must be 1 to {}", largest_id);
  const Place tempos = place.field("tempo");
  for (std::size_t i = 0; i < project.tempo.tempos().size(); ++i) {
    check_beats(project.tempo.tempos()[i].at, {}, tempos.element(i));
  }
  const Place signatures = place.field("signatures");
  for (std::size_t i = 0; i < project.tempo.signatures().size(); ++i) {
    check_beats(project.tempo.signatures()[i].at, {}, signatures.element(i));
  }
  Tracks(project.next_id).check_today(project, place);
}

}  // namespace

bool is_inside_project(std::string_view path) {
  if (path.empty() || path.size() > 4096) return false;
  while (true) {
    const auto slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || part.size() > 255) return false;
    if (std::any_of(part.begin(), part.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) return false;
    if (slash == path.npos) return true;
    path.remove_prefix(slash + 1);
  }
}

// RFC 3629: shortest forms only, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
    const unsigned first = byte(i);
    const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4) return false;
    for (std::size_t k = 1; k < size; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) return false;
    }
    const unsigned second = byte(i + 1);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return false;
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return false;
    i += size;
  }
  return true;
}

base::Result<void> check(const Project& project) {
  try {
    check_project(project, {});
  } catch (const Broken& rule) {
    return base::fail(base::ErrorKind::malformed, rule.message);
  }
  return {};
}

}  // namespace firn::document
