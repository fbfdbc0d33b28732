#include <fmt/format.h>

#include <set>

#include "document/check.hpp"
#include "edit/invariants.hpp"
#include "files/project_file.hpp"
#include "files/project_reader.hpp"
#include "files/project_tree.hpp"

namespace firn::files {
namespace {

using base::ErrorKind;
using document::AudioClip;
using document::Clip;
using document::Device;
using document::MidiClip;
using document::Mixer;
using document::Track;

document::TrackId track_id_of(const Reader& in) { return in.id<document::TrackId>(); }

template <class Value, class Read>
std::vector<Value> list_of(const Reader& in, Read&& read) {
  std::vector<Value> values;
  const std::size_t count = in.size();
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) values.push_back(read(in[i]));
  return values;
}

document::Tap tap_of(const Reader& in) {
  Fields fields(in);
  document::Tap tap{track_id_of(fields["track"]), fields["tap"].word(tap_words)};
  fields.optional("pad", [&](const Reader& pad) { tap.pad = pad.whole(1, document::most_pads); });
  fields.end();
  return tap;
}

audio::AudioRef audio_of(Fields& fields) {
  audio::AudioRef audio;
  audio.path = fields["audio"].text();
  audio.key = {fields["key"].digest()};
  audio.frames = fields["frames"].frames();
  fields.optional("original", [&](const Reader& in) { audio.original = in.text(); });
  return audio;
}

midi::Note note_of(const Reader& in) {
  const std::size_t size = in.size(4, 5);
  midi::Note note;
  note.start = in[0].beats();
  note.length = in[1].beats();
  note.key = in[2].whole<std::uint8_t>(0, 127);
  note.velocity = in[3].whole<std::uint8_t>(1, 127);
  if (size == 5) note.release_velocity = in[4].whole<std::uint8_t>(0, 127);
  return note;
}

midi::Control control_of(const Reader& in) {
  in.size(3, 4);
  midi::Control control;
  control.at = in[0].beats();
  control.kind = in[1].word(control_words);
  const std::size_t value = has_number(control.kind) ? 3 : 2;
  in.size(value + 1, value + 1);
  if (value == 3) control.number = in[2].whole<std::uint8_t>(0, 127);
  const std::uint16_t most = control.kind == midi::ControlKind::pitch_bend ? 16'383 : 127;
  control.value = in[value].whole<std::uint16_t>(0, most);
  return control;
}

time::BeatRange beat_range_of(const Reader& in) {
  in.size(2, 2);
  return {in[0].beats(), in[1].beats()};
}

time::FrameRange frame_range_of(const Reader& in) {
  in.size(2, 2);
  return {in[0].frames(), in[1].frames()};
}

MidiClip midi_clip_of(Fields& fields) {
  MidiClip clip;
  clip.length = fields["length"].beats();
  fields.optional("offset", [&](const Reader& in) { clip.offset = in.beats(); });
  fields.optional("loop", [&](const Reader& in) { clip.loop = beat_range_of(in); });
  midi::Content content;
  content.notes = list_of<midi::Note>(fields["notes"], note_of);
  fields.optional("controls", [&](const Reader& in) { content.controls = list_of<midi::Control>(in, control_of); });
  clip.content = std::move(content);
  return clip;
}

document::Bounce bounce_of(const Reader& in) {
  Fields fields(in);
  if (fields.has("tap") == fields.has("after")) in.wrong("a bounce with either \"tap\" or \"after\"");
  document::Bounce bounce;
  fields.optional("source", [&](const Reader& source) { bounce.source = track_id_of(source); });
  if (fields.has("tap")) {
    bounce.point = fields["tap"].word(bounce_words);
  } else {
    bounce.point = document::BouncePoint::after_device;
    bounce.after = fields["after"].id<document::DeviceId>();
  }
  fields.optional("pad", [&](const Reader& pad) { bounce.pad = pad.whole(1, document::most_pads); });
  bounce.start = fields["start"].beats();
  fields.optional("end", [&](const Reader& end) { bounce.end = end.beats(); });
  fields.optional("whole", [&](const Reader& whole) { bounce.whole = whole.flag(); });
  bounce.recipe = {fields["recipe"].digest()};
  bounce.unknown = fields.unknown();
  return bounce;
}

AudioClip audio_clip_of(Fields& fields) {
  AudioClip clip;
  clip.audio = audio_of(fields);
  clip.length = fields["length"].frames();
  fields.optional("offset", [&](const Reader& in) { clip.offset = in.frames(); });
  fields.optional("loop", [&](const Reader& in) { clip.loop = frame_range_of(in); });
  fields.optional("gain", [&](const Reader& in) { clip.gain_db = in.real(); });
  fields.optional("fade-in", [&](const Reader& in) { clip.fade_in = in.frames(); });
  fields.optional("fade-out", [&](const Reader& in) { clip.fade_out = in.frames(); });
  fields.optional("bounce", [&](const Reader& in) { clip.bounce = bounce_of(in); });
  fields.optional("drop-outs",
                  [&](const Reader& in) { clip.dropouts = list_of<time::FrameRange>(in, frame_range_of); });
  return clip;
}

Clip clip_of(const Reader& in) {
  Fields fields(in);
  Clip clip;
  clip.id = fields["id"].id<document::ClipId>();
  clip.name = fields["name"].text();
  clip.color = fields["color"].color();
  fields.optional("active", [&](const Reader& active) { clip.active = active.flag(); });
  clip.start = fields["start"].beats();
  if (fields.has("notes") == fields.has("audio")) in.wrong("a clip with either \"notes\" or \"audio\"");
  if (fields.has("notes")) {
    clip.body = midi_clip_of(fields);
  } else {
    clip.body = audio_clip_of(fields);
  }
  clip.unknown = fields.unknown();
  return clip;
}

document::FileRef file_of(const Reader& in) {
  Fields fields(in);
  document::FileRef file;
  file.shared = fields.has("shared");
  file.path = fields[file.shared ? "shared" : "path"].text();
  file.content = fields["content"].digest();
  fields.end();
  return file;
}

// Calls read(name, reader) for every field of an object whose names are the user's.
template <class Read>
void each_field(const Reader& in, Read&& read) {
  if (!in.value().is_object()) in.wrong("an object");
  for (const auto& [name, value] : in.value().get_ref<const nlohmann::json::object_t&>()) {
    read(name, Reader(value, in.place().field(name)));
  }
}

devices::Parameter parameter_of(const Reader& in) {
  Fields fields(in);
  devices::Parameter parameter;
  parameter.name = fields["name"].text();
  fields.optional("title", [&](const Reader& title) { parameter.title = title.text(); });
  parameter.minimum = fields["least"].real();
  parameter.maximum = fields["most"].real();
  parameter.initial = fields["initial"].real();
  fields.optional("unit", [&](const Reader& unit) { parameter.unit = unit.word(unit_words); });
  fields.optional("scale", [&](const Reader& scale) { parameter.scale = scale.word(scale_words); });
  fields.optional("automatable", [&](const Reader& flag) { parameter.automatable = flag.flag(); });
  fields.optional("choices", [&](const Reader& list) {
    parameter.choices = list_of<std::string>(list, [](const Reader& choice) { return choice.text(); });
  });
  fields.end();
  if (parameter.scale == devices::Scale::choice && parameter.choices.empty())
    in.wrong("a parameter with \"choices\", as its scale is \"choice\"");
  return parameter;
}

bool is_plugin_format(std::string_view word) {
  return word == "vst3" || word == "lv2" || word == "clap" || word == "ladspa";
}

base::Box<devices::DeviceType> plugin_of(const Reader& in, const std::string& type) {
  Fields fields(in);
  const auto colon = type.find(':');
  if (colon == std::string::npos || !is_plugin_format(std::string_view(type).substr(0, colon)))
    in.wrong("no plug-in, as the device's type does not begin with \"vst3:\", \"lv2:\", \"clap:\" or \"ladspa:\"");
  devices::PluginOrigin origin{type.substr(0, colon), type.substr(colon + 1), {}, {}};
  fields.optional("maker", [&](const Reader& maker) { origin.maker = maker.text(); });
  fields.optional("version", [&](const Reader& version) { origin.version = version.text(); });
  auto plugin =
      devices::plugin_type(std::move(origin), fields["title"].text(), fields["class"].word(device_class_words));
  fields.optional("side-chain", [&](const Reader& flag) { plugin.side_chain = flag.flag(); });
  std::set<std::string> outputs;
  fields.optional("outputs", [&](const Reader& list) {
    plugin.pads = list_of<std::string>(list, [&](const Reader& output) {
      const std::string name = output.text();
      if (!outputs.insert(name).second) output.wrong("another name, as an output before it has this one");
      return name;
    });
  });
  fields.optional("parameters",
                  [&](const Reader& list) { plugin.parameters = list_of<devices::Parameter>(list, parameter_of); });
  fields.end();
  return plugin;
}

Device device_of(const Reader& in) {
  Fields fields(in);
  Device device;
  device.id = fields["id"].id<document::DeviceId>();
  device.type = fields["type"].text();
  device.name = fields["name"].text();
  fields.optional("on", [&](const Reader& on) { device.on = on.flag(); });
  fields.optional("seed", [&](const Reader& seed) { device.seed = seed.seed(); });
  fields.optional("parameters", [&](const Reader& all) {
    each_field(all, [&](const std::string& name, const Reader& each) { device.parameters[name] = each.real(); });
  });
  fields.optional("files", [&](const Reader& all) {
    each_field(all, [&](const std::string& slot, const Reader& each) { device.files[slot] = file_of(each); });
  });
  fields.optional("side-chain", [&](const Reader& tap) { device.side_chain = tap_of(tap); });
  fields.optional("plugin", [&](const Reader& plugin) { device.plugin = plugin_of(plugin, device.type); });
  device.unknown = fields.unknown();
  return device;
}

document::Send send_of(const Reader& in) {
  Fields fields(in);
  document::Send send;
  send.to = track_id_of(fields["to"]);
  send.level_db = fields["level"].real();
  fields.optional("pre-fader", [&](const Reader& pre_fader) { send.pre_fader = pre_fader.flag(); });
  fields.optional("on", [&](const Reader& on) { send.on = on.flag(); });
  send.unknown = fields.unknown();
  return send;
}

Mixer mixer_of(const Reader& in) {
  Fields fields(in);
  Mixer mixer;
  mixer.volume_db = fields["volume"].real();
  mixer.pan = fields["pan"].real();
  fields.optional("activator", [&](const Reader& activator) { mixer.activator = activator.flag(); });
  fields.optional("solo", [&](const Reader& solo) { mixer.solo = solo.flag(); });
  fields.optional("sends", [&](const Reader& sends) { mixer.sends = list_of<document::Send>(sends, send_of); });
  mixer.unknown = fields.unknown();
  return mixer;
}

document::Breakpoint breakpoint_of(const Reader& in) {
  const std::size_t size = in.size(2, 4);
  document::Breakpoint point;
  point.at = in[0].beats();
  point.value = in[1].real();
  point.hold = size > 2 && in[size - 1].value() == "hold";
  const std::size_t numbers = size - (point.hold ? 1 : 0);
  if (numbers > 3) in[3].wrong("\"hold\"");
  if (numbers == 3) point.curve = in[2].real();
  return point;
}

document::AutomationTarget target_of(const Reader& in, Fields& fields) {
  if (fields.has("mixer") + fields.has("send") + fields.has("device") != 1) {
    in.wrong("automation of one of \"mixer\", \"send\" or \"device\"");
  }
  if (fields.has("mixer")) return document::MixerTarget{fields["mixer"].word(mixer_words)};
  if (fields.has("send")) return document::SendTarget{track_id_of(fields["send"])};
  return document::DeviceTarget{fields["device"].id<document::DeviceId>(), fields["parameter"].text()};
}

document::Automation automation_of(const Reader& in) {
  Fields fields(in);
  document::Automation automation;
  automation.target = target_of(in, fields);
  automation.points = list_of<document::Breakpoint>(fields["points"], breakpoint_of);
  automation.unknown = fields.unknown();
  return automation;
}

document::Input input_of(const Reader& in) {
  if (in.value() == "resampling") return document::Resampling{};
  if (!in.value().is_object()) in.wrong("\"resampling\", a track's tap or an external input");
  Fields fields(in);
  if (!fields.has("external")) return tap_of(in);
  const document::ExternalInput input{fields["external"].text()};
  fields.end();
  return input;
}

document::Output output_of(const Reader& in) {
  if (in.value() == "sends-only") return document::SendsOnly{};
  if (in.value() == "past-main") return document::PastMain{};
  if (!in.value().is_object()) in.wrong("\"sends-only\", \"past-main\" or a track");
  Fields fields(in);
  const document::ToTrack output{track_id_of(fields["track"])};
  fields.end();
  return output;
}

// Older files leave `up-to` out where the print holds all devices.
document::Print print_of(const Reader& in, const std::vector<Device>& devices) {
  Fields fields(in);
  document::Print print;
  print.recipe = {fields["recipe"].digest()};
  print.audio = audio_of(fields);
  print.range = frame_range_of(fields["range"]);
  if (!devices.empty()) print.up_to = devices.back().id;
  fields.optional("up-to", [&](const Reader& up_to) { print.up_to = up_to.id_or_none<document::DeviceId>(); });
  fields.optional("ringing", [&](const Reader& ringing) {
    ringing.size(2, 2);
    print.ringing = {ringing[0].frames(), ringing[1].frames()};
  });
  print.unknown = fields.unknown();
  return print;
}

Track track_of(const Reader& in) {
  Fields fields(in);
  Track track;
  track.id = track_id_of(fields["id"]);
  track.kind = fields["kind"].word(track_kind_words);
  track.name = fields["name"].text();
  track.color = fields["color"].color();
  fields.optional("group", [&](const Reader& group) { track.group = track_id_of(group); });
  fields.optional("active", [&](const Reader& active) { track.active = active.flag(); });
  fields.optional("input", [&](const Reader& input) { track.input = input_of(input); });
  fields.optional("output", [&](const Reader& output) { track.output = output_of(output); });
  fields.optional("monitor", [&](const Reader& monitor) { track.monitor = monitor.word(monitor_words); });
  fields.optional("armed", [&](const Reader& armed) { track.armed = armed.flag(); });
  track.mixer = mixer_of(fields["mixer"]);
  fields.optional("devices", [&](const Reader& list) { track.devices = list_of<Device>(list, device_of); });
  fields.optional("automation",
                  [&](const Reader& list) { track.automation = list_of<document::Automation>(list, automation_of); });
  fields.optional("prints", [&](const Reader& list) {
    track.prints = list_of<document::Print>(list, [&](const Reader& print) { return print_of(print, track.devices); });
  });
  fields.optional("clips", [&](const Reader& list) { track.clips = list_of<base::Box<Clip>>(list, clip_of); });
  fields.optional("origin", [&](const Reader& source) { track.origin.push_back({track_of(source)}); });
  track.unknown = fields.unknown();
  return track;
}

time::TempoPoint tempo_point_of(const Reader& in) {
  const std::size_t size = in.size(2, 3);
  if (size == 3 && in[2].value() != "ramp") in[2].wrong("\"ramp\"");
  return {in[0].beats(), in[1].real(), size == 3};
}

time::TimeSignature signature_of(const Reader& in) {
  in.size(2, 2);
  const auto [numerator, denominator] = in[1].ratio();
  return {in[0].beats(), numerator, denominator};
}

document::Locator locator_of(const Reader& in) {
  Fields fields(in);
  document::Locator locator;
  locator.id = fields["id"].id<document::LocatorId>();
  locator.at = fields["at"].beats();
  locator.name = fields["name"].text();
  locator.unknown = fields.unknown();
  return locator;
}

std::string without_stop(std::string sentence) {
  if (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

time::TempoMap tempo_of(const Reader& in, Fields& fields) {
  auto map = time::TempoMap::make(list_of<time::TempoPoint>(fields["tempo"], tempo_point_of),
                                  list_of<time::TimeSignature>(fields["signatures"], signature_of));
  if (!map) {
    const std::string fault = without_stop(map.error().message);
    throw Malformed{fmt::format("{}: {}", in.place().field("tempo").pointer(), fault)};
  }
  return std::move(*map);
}

document::Project project_of(const Reader& in, Fields& fields) {
  document::Project project;
  project.rate = {fields["rate"].whole<int>()};
  project.tail_limit_seconds = fields["tail-limit"].real();
  fields.optional("plugin-grid", [&](const Reader& grid) { project.plugin_grid = grid.whole<int>(); });
  project.next_id = fields["next-id"].whole<std::uint64_t>(1, Reader::most_id);
  project.tempo = tempo_of(in, fields);
  fields.optional("locators",
                  [&](const Reader& list) { project.locators = list_of<document::Locator>(list, locator_of); });
  project.tracks = list_of<base::Box<Track>>(fields["tracks"], track_of);
  project.unknown = fields.unknown();
  return project;
}

}  // namespace

base::Result<document::Project> parse_project(std::string_view text) {
  const auto tree = parse_tree(text, {.bytes = longest_project_text});
  if (!tree) return tl::unexpected(tree.error());
  try {
    const Reader in(*tree, {});
    Fields fields(in);
    const auto version = fields["firn"].whole<std::int64_t>(1);
    if (version > project_version) {
      return base::fail(
          ErrorKind::newer,
          fmt::format("the project was written by a later version of Firn (its format is {}, this one reads "
                      "up to {}). Update Firn to open it",
                      version, project_version));
    }
    auto project = project_of(in, fields);
    if (auto kept = document::check(project); !kept) return tl::unexpected(kept.error());
    if (auto violation = edit::violation_of(project)) return base::fail(ErrorKind::malformed, without_stop(*violation));
    return project;
  } catch (const Malformed& malformed) {
    return base::fail(ErrorKind::malformed, malformed.message);
  }
}

}  // namespace firn::files
