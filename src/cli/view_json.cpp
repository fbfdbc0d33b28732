// The JSON forms of a project, its tracks and its devices (docs/cli.md).
#include <nlohmann/json.hpp>

#include "cli/notation.hpp"
#include "cli/values.hpp"
#include "cli/view.hpp"
#include "devices/device_type.hpp"
#include "edit/pads.hpp"

namespace firn::cli {

using document::Project;
using document::Track;

namespace {

std::string unit_word(devices::Unit unit) {
  using devices::Unit;
  switch (unit) {
    case Unit::none: return "";
    case Unit::hertz: return "Hz";
    case Unit::decibels: return "dB";
    case Unit::seconds: return "s";
    case Unit::milliseconds: return "ms";
    case Unit::percent: return "%";
    case Unit::semitones: return "semitones";
    case Unit::cents: return "cents";
    case Unit::beats: return "beats";
    case Unit::degrees: return "degrees";
    case Unit::normalised: return "raw";
  }
  return {};
}

std::string scale_word(devices::Scale scale) {
  using devices::Scale;
  switch (scale) {
    case Scale::linear: return "linear";
    case Scale::logarithmic: return "logarithmic";
    case Scale::whole: return "whole";
    case Scale::choice: return "choice";
    case Scale::on_off: return "switch";
  }
  return {};
}

Json name_or_null(const Project& project, document::TrackId id) {
  const Track* track = document::find(project, id);
  return track == nullptr ? Json(nullptr) : Json(track->name);
}

// One value of a parameter: switches as booleans, choices as words.
Json value_json(const devices::Parameter& parameter, double value) {
  if (parameter.scale == devices::Scale::on_off) return value != 0.0;
  if (parameter.scale == devices::Scale::choice) return format_value(parameter, value);
  return json_of_level(value);
}

Json position_json(const Project& project, time::Beats at) {
  return Json{{"at", time::format_position(at, project.tempo)},
              {"beats", at.in_quarters()},
              {"seconds", project.tempo.seconds_at(at).count}};
}

Json file_json(const document::FileRef& file) {
  return Json{{"path", file.path}, {"shared", file.shared}, {"content", base::hex(file.content)}};
}

Json audio_json(const document::AudioRef& audio) {
  return Json{{"path", audio.path},
              {"frames", audio.frames.count},
              {"key", base::hex(audio.key.digest)},
              {"original", audio.original.empty() ? Json(nullptr) : Json(audio.original)}};
}

Json device_json(const View& view, const Track& track, const document::Device& device) {
  const Project& project = view.project;
  Json parameters = Json::array();
  for (const ParameterView& set : parameters_of(view, track, device)) {
    const devices::Parameter& parameter = set.parameter;
    Json json{{"name", parameter.name}, {"value", value_json(parameter, set.value)}, {"text", set.text}};
    if (set.known) {
      json["unit"] = unit_word(parameter.unit);
      json["default"] = value_json(parameter, parameter.initial);
    }
    json["known"] = set.known;
    json["automated"] = set.automated;
    parameters.push_back(std::move(json));
  }
  Json files = Json::object();
  for (const auto& [slot, file] : device.files) files[slot] = file_json(file);
  Json pads = Json::array();
  for (const edit::Pad& pad : edit::rack_of(track) == &device ? edit::pads_of(track) : std::vector<edit::Pad>{}) {
    const document::Tap tap{track.id, document::TapPoint::pre_fx, pad.number};
    pads.push_back(Json{{"number", pad.number},
                        {"name", pad.name},
                        {"key", pad.key ? Json(*pad.key) : Json(nullptr)},
                        {"tap", format_tap(project, tap)}});
  }
  const auto* type = document::type_of(device);
  const auto obstacle = view.obstacles.find(device.id);
  const auto outside = view.outside.find(device.id);
  return Json{{"name", device.name},
              {"id", device.id.value},
              {"type", device.type},
              {"known", type != nullptr},
              {"obstacle", obstacle == view.obstacles.end() ? Json(nullptr) : Json(obstacle->second)},
              {"keeps_state", type ? Json(type->keeps_state) : Json(nullptr)},
              {"on", device.on},
              {"seed", device.seed},
              {"side_chain", device.side_chain ? Json(format_tap(project, *device.side_chain)) : Json(nullptr)},
              {"files", files},
              {"outside_files", outside == view.outside.end() ? Json::array() : Json(outside->second)},
              {"pads", pads},
              {"parameters", parameters}};
}

Json midi_json(const Project& project, const document::Clip& clip, const document::MidiClip& body) {
  const time::TimeSignature signature = signature_of(clip, project.tempo);
  Json notes = Json::array();
  for (const midi::Note& note : body.content->notes) {
    notes.push_back(Json{{"key", note.key},
                         {"name", format_key(note.key)},
                         {"at", format_inner(note.start, signature)},
                         {"beats", note.start.in_quarters()},
                         {"length", format_length(note.length, signature)},
                         {"length_beats", note.length.in_quarters()},
                         {"velocity", note.velocity},
                         {"release", note.release_velocity}});
  }
  Json controls = Json::array();
  for (const midi::Control& control : body.content->controls) controls.push_back(format_control(control, signature));
  return Json{{"length", format_length(body.length, signature)},
              {"length_beats", body.length.in_quarters()},
              {"offset", format_inner(body.offset, signature)},
              {"loop", body.loop ? Json(format_inner(body.loop->start, signature) + ".." +
                                        format_inner(body.loop->end, signature))
                                 : Json(nullptr)},
              {"notes", notes},
              {"controls", controls}};
}

Json why_json(const PrintView& print) { return print.why.empty() ? Json(nullptr) : Json(print.why); }

Json bounce_json(const View& view, const Track& track, const document::Clip& clip, const document::Bounce& bounce) {
  const Track* source = bounced_from(view.project, track, bounce);
  const document::Device* after = source == nullptr ? nullptr : document::find(*source, bounce.after);
  const bool is_tap = bounce.point != document::BouncePoint::after_device;
  const PrintView& print = view.bounces.at(clip.id);
  return Json{{"source", source == nullptr ? Json(nullptr) : Json(source->name)},
              {"in_place", !bounce.source},
              {"tap", is_tap ? Json(format_bounce_point(bounce.point)) : Json(nullptr)},
              {"after", after == nullptr ? Json(nullptr) : Json(after->name)},
              {"pad", bounce.pad == 0 ? Json(nullptr) : Json(bounce.pad)},
              {"whole", bounce.whole},
              {"from", position_json(view.project, bounce.start)},
              {"to", bounce.end ? position_json(view.project, *bounce.end) : Json(nullptr)},
              {"recipe", base::hex(bounce.recipe.digest)},
              {"state", state_word(print.state)},
              {"why", why_json(print)}};
}

Json audio_clip_json(const View& view, const Track& track, const document::Clip& clip,
                     const document::AudioClip& body) {
  Json dropouts = Json::array();
  for (const time::FrameRange& range : body.dropouts) dropouts.push_back(Json{range.start.count, range.end.count});
  return Json{{"audio", audio_json(body.audio)},
              {"length_frames", body.length.count},
              {"offset_frames", body.offset.count},
              {"loop_frames", body.loop ? Json{body.loop->start.count, body.loop->end.count} : Json(nullptr)},
              {"gain_db", json_of_level(body.gain_db)},
              {"fade_in_frames", body.fade_in.count},
              {"fade_out_frames", body.fade_out.count},
              {"dropouts_frames", std::move(dropouts)},
              {"bounce", body.bounce ? bounce_json(view, track, clip, *body.bounce) : Json(nullptr)}};
}

Json clip_json(const View& view, const Track& track, const document::Clip& clip) {
  const Project& project = view.project;
  Json json{{"name", clip.name}, {"id", clip.id.value}, {"color", format_color(clip.color)}, {"active", clip.active}};
  json.update(position_json(project, clip.start));
  if (const auto* midi = std::get_if<document::MidiClip>(&clip.body)) json.update(midi_json(project, clip, *midi));
  if (const auto* audio = std::get_if<document::AudioClip>(&clip.body))
    json.update(audio_clip_json(view, track, clip, *audio));
  return json;
}

Json mixer_json(const Project& project, const document::Mixer& mixer) {
  Json sends = Json::array();
  for (const document::Send& send : mixer.sends) {
    sends.push_back(Json{{"to", name_or_null(project, send.to)},
                         {"level_db", json_of_level(send.level_db)},
                         {"point", send.pre_fader ? "pre" : "post"},
                         {"on", send.on}});
  }
  return Json{{"volume_db", json_of_level(mixer.volume_db)},
              {"pan", mixer.pan},
              {"activator", mixer.activator},
              {"solo", mixer.solo},
              {"sends", sends}};
}

Json automation_json(const Project& project, const Track& track, const document::Automation& automation) {
  const auto range = range_of_target(track, automation.target);
  const edit::TargetRange any{false, {}};
  Json points = Json::array();
  for (const document::Breakpoint& point : automation.points) {
    Json json = position_json(project, point.at);
    json["value"] = json_of_level(point.value);
    json["text"] = format_target_value(range ? *range : any, automation.target, point.value);
    json["hold"] = point.hold;
    json["curve"] = point.curve;
    points.push_back(std::move(json));
  }
  return Json{{"target", format_target(project, track, automation.target)}, {"points", points}};
}

Json print_json(const Track& track, const document::Print& print) {
  const document::Device* up_to = document::find(track, print.up_to);
  return Json{{"path", print.audio.path},
              {"start_frame", print.range.start.count},
              {"end_frame", print.range.end.count},
              {"audio", base::hex(print.audio.key.digest)},
              {"recipe", base::hex(print.recipe.digest)},
              {"up_to", up_to == nullptr ? Json(nullptr) : Json(up_to->name)}};
}

// What the list of tracks shows of each.
Json summary_json(const View& view, const Track& track) {
  const PrintView& print = view.prints.at(track.id);
  const PrintView::State bounced = bounce_state_of(view, track);
  Json devices = Json::array();
  for (const document::Device& device : track.devices) devices.push_back(device.name);
  return Json{{"number", number_of(view.project, track.id)},
              {"name", track.name},
              {"id", track.id.value},
              {"kind", kind_word(track.kind)},
              {"color", format_color(track.color)},
              {"group", name_or_null(view.project, track.group)},
              {"active", track.active},
              {"frozen", track.frozen()},
              {"state", state_word(print.state)},
              {"why", why_json(print)},
              {"bounced", bounced == PrintView::State::live ? Json(nullptr) : Json(state_word(bounced))},
              {"clips", track.clips.size()},
              {"devices", devices},
              {"mixer", mixer_json(view.project, track.mixer)},
              {"input", format_input(view.project, track.input)},
              {"output", format_output(view.project, track.output)},
              {"monitor", format_monitor(track.monitor)},
              {"armed", track.armed}};
}

template <class Id>
void add_made(Json& made, std::string_view kind, Id id, const std::string& name, const Project& before) {
  if (id.value >= before.next_id) made.push_back(Json{{"kind", kind}, {"id", id.value}, {"name", name}});
}

}  // namespace

Json track_json(const View& view, const Track& track) {
  Json json = summary_json(view, track);
  json["devices"] = Json::array();
  for (const document::Device& device : track.devices) json["devices"].push_back(device_json(view, track, device));
  json["clips"] = Json::array();
  for (const auto& clip : track.clips) json["clips"].push_back(clip_json(view, track, *clip));
  json["automation"] = Json::array();
  for (const auto& automation : track.automation)
    json["automation"].push_back(automation_json(view.project, track, automation));
  json["prints"] = Json::array();
  for (const document::Print& print : track.prints) json["prints"].push_back(print_json(track, print));
  json["origin"] = track.origin.empty() ? Json(nullptr) : Json(track.origin.front().source->name);
  return json;
}

Json project_json(const View& view) {
  const Project& project = view.project;
  Json tempo = Json::array();
  for (const time::TempoPoint& point : project.tempo.tempos()) {
    Json json = position_json(project, point.at);
    json["bpm"] = point.bpm;
    json["ramp"] = point.ramp;
    tempo.push_back(std::move(json));
  }
  Json signatures = Json::array();
  for (const time::TimeSignature& signature : project.tempo.signatures()) {
    Json json = position_json(project, signature.at);
    json["numerator"] = signature.numerator;
    json["denominator"] = signature.denominator;
    signatures.push_back(std::move(json));
  }
  Json locators = Json::array();
  for (const document::Locator& locator : project.locators) {
    Json json{{"name", locator.name}, {"id", locator.id.value}};
    json.update(position_json(project, locator.at));
    locators.push_back(std::move(json));
  }
  Json tracks = Json::array();
  for (const auto& track : project.tracks) tracks.push_back(summary_json(view, *track));
  const time::Frames length = length_of(project);
  return Json{{"name", view.name},
              {"directory", view.directory.string()},
              {"rate", project.rate.hertz},
              {"length_frames", length.count},
              {"length_seconds", time::seconds_of(length, project.rate).count},
              {"tail_limit_seconds", project.tail_limit_seconds},
              {"tempo", tempo},
              {"signatures", signatures},
              {"locators", locators},
              {"tracks", tracks}};
}

Json made_by(const Project& before, const Project& after) {
  Json made = Json::array();
  for (const auto& track : after.tracks) {
    add_made(made, "track", track->id, track->name, before);
    for (const auto& device : track->devices) add_made(made, "device", device.id, device.name, before);
    for (const auto& clip : track->clips) add_made(made, "clip", clip->id, clip->name, before);
  }
  for (const auto& locator : after.locators) add_made(made, "locator", locator.id, locator.name, before);
  return made;
}

std::string class_word(devices::DeviceClass device_class) {
  switch (device_class) {
    case devices::DeviceClass::midi_effect: return "midi effect";
    case devices::DeviceClass::instrument: return "instrument";
    case devices::DeviceClass::audio_effect: return "audio effect";
  }
  return {};
}

Json type_json(const devices::DeviceType& type) {
  Json parameters = Json::array();
  for (const devices::Parameter& parameter : type.parameters) {
    Json json{{"name", parameter.name},
              {"minimum", value_json(parameter, parameter.minimum)},
              {"maximum", value_json(parameter, parameter.maximum)},
              {"default", value_json(parameter, parameter.initial)},
              {"unit", unit_word(parameter.unit)},
              {"scale", scale_word(parameter.scale)},
              {"automatable", parameter.automatable}};
    if (!parameter.choices.empty()) json["choices"] = parameter.choices;
    parameters.push_back(std::move(json));
  }
  Json files = Json::array();
  for (const devices::FileSlot& slot : type.files)
    files.push_back(Json{{"name", slot.name}, {"what", slot.what}, {"required", slot.required}});
  return Json{{"name", type.name},       {"title", type.title},
              {"about", type.about},     {"class", class_word(type.device_class)},
              {"version", type.version}, {"side_chain", type.side_chain},
              {"seed", type.has_seed},   {"keeps_state", type.keeps_state},
              {"pads", type.pads},       {"files", files},
              {"parameters", parameters}};
}

}  // namespace firn::cli
