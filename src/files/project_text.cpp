#include <fmt/format.h>

#include <cassert>
#include <nlohmann/json.hpp>

#include "files/project_file.hpp"
#include "files/project_words.hpp"
#include "files/project_writer.hpp"

namespace firn::files {
namespace {

using nlohmann::json;

void write(Writer& out, const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      out.open_object();
      for (const auto& [name, field] : value.items()) write(out.name(name), field);
      out.close();
      break;
    case json::value_t::array:
      out.open_array();
      for (const auto& element : value) write(out, element);
      out.close();
      break;
    case json::value_t::string: out.text(value.get_ref<const std::string&>()); break;
    case json::value_t::boolean: out.flag(value.get<bool>()); break;
    case json::value_t::number_integer: out.whole(value.get<std::int64_t>()); break;
    case json::value_t::number_unsigned: out.whole(value.get<std::uint64_t>()); break;
    case json::value_t::number_float: out.number(value.dump()); break;
    default: out.null();
  }
}

void write_unknown(Writer& out, const document::UnknownFields& unknown) {
  for (const auto& [name, text] : unknown) {
    const json value = json::parse(text, nullptr, false);
    assert(!value.is_discarded());
    write(out.name(name), value);
  }
}

std::string color_text(document::Color color) { return fmt::format("#{:06x}", color.rgb); }

void write_id(Writer& out, std::string_view name, std::uint64_t id) {
  if (id != 0) out.name(name).whole(id);
}

void write_frames(Writer& out, std::string_view name, time::Frames frames) {
  if (frames.count != 0) out.name(name).whole(frames.count);
}

void write_audio(Writer& out, const audio::AudioRef& audio) {
  out.name("audio").text(audio.path);
  out.name("key").text(base::hex(audio.key.digest));
  out.name("frames").whole(audio.frames.count);
  if (!audio.original.empty()) out.name("original").text(audio.original);
}

template <class Elements, class Write>
void write_list(Writer& out, std::string_view name, const Elements& elements, Write&& write_element) {
  if (elements.empty()) return;
  out.name(name).open_array();
  for (const auto& element : elements) write_element(element);
  out.close();
}

void write_tap(Writer& out, const document::Tap& tap) {
  out.open_object();
  out.name("track").whole(tap.track.value);
  out.name("tap").text(word_of(tap_words, tap.point));
  if (tap.pad != 0) out.name("pad").whole(tap.pad);
  out.close();
}

void write_note(Writer& out, const midi::Note& note) {
  out.open_array().beats(note.start).beats(note.length).whole(note.key).whole(note.velocity);
  if (note.release_velocity != midi::Note{}.release_velocity) out.whole(note.release_velocity);
  out.close();
}

void write_control(Writer& out, const midi::Control& control) {
  out.open_array().beats(control.at).text(word_of(control_words, control.kind));
  if (has_number(control.kind)) out.whole(control.number);
  out.whole(control.value).close();
}

void write_body(Writer& out, const document::MidiClip& clip) {
  out.name("length").beats(clip.length);
  if (clip.offset != time::Beats{}) out.name("offset").beats(clip.offset);
  if (clip.loop) out.name("loop").open_array().beats(clip.loop->start).beats(clip.loop->end).close();
  out.name("notes").open_array();
  for (const auto& note : clip.content->notes) write_note(out, note);
  out.close();
  if (clip.content->controls.empty()) return;
  out.name("controls").open_array();
  for (const auto& control : clip.content->controls) write_control(out, control);
  out.close();
}

void write_bounce(Writer& out, const document::Bounce& bounce) {
  out.open_object();
  write_id(out, "source", bounce.source.value);
  if (bounce.point == document::BouncePoint::after_device) {
    out.name("after").whole(bounce.after.value);
  } else {
    out.name("tap").text(word_of(bounce_words, bounce.point));
  }
  if (bounce.pad != 0) out.name("pad").whole(bounce.pad);
  out.name("start").beats(bounce.start);
  if (bounce.end) out.name("end").beats(*bounce.end);
  if (bounce.whole) out.name("whole").flag(true);
  out.name("recipe").text(base::hex(bounce.recipe.digest));
  write_unknown(out, bounce.unknown);
  out.close();
}

void write_body(Writer& out, const document::AudioClip& clip) {
  write_audio(out, clip.audio);
  out.name("length").whole(clip.length.count);
  write_frames(out, "offset", clip.offset);
  if (clip.loop) out.name("loop").open_array().whole(clip.loop->start.count).whole(clip.loop->end.count).close();
  if (clip.gain_db != 0.0) out.name("gain").real(clip.gain_db);
  write_frames(out, "fade-in", clip.fade_in);
  write_frames(out, "fade-out", clip.fade_out);
  if (clip.bounce) write_bounce(out.name("bounce"), *clip.bounce);
  write_list(out, "drop-outs", clip.dropouts,
             [&](time::FrameRange range) { out.open_array().whole(range.start.count).whole(range.end.count).close(); });
}

void write_clip(Writer& out, const document::Clip& clip) {
  out.open_object();
  out.name("id").whole(clip.id.value);
  out.name("name").text(clip.name);
  out.name("color").text(color_text(clip.color));
  if (!clip.active) out.name("active").flag(false);
  out.name("start").beats(clip.start);
  std::visit([&](const auto& body) { write_body(out, body); }, clip.body);
  write_unknown(out, clip.unknown);
  out.close();
}

void write_parameter(Writer& out, const devices::Parameter& parameter) {
  out.open_object();
  out.name("name").text(parameter.name);
  if (!parameter.title.empty()) out.name("title").text(parameter.title);
  out.name("least").real(parameter.minimum);
  out.name("most").real(parameter.maximum);
  out.name("initial").real(parameter.initial);
  if (parameter.unit != devices::Unit::none) out.name("unit").text(word_of(unit_words, parameter.unit));
  if (parameter.scale != devices::Scale::linear) out.name("scale").text(word_of(scale_words, parameter.scale));
  if (!parameter.automatable) out.name("automatable").flag(false);
  write_list(out, "choices", parameter.choices, [&](const std::string& choice) { out.text(choice); });
  out.close();
}

// The device's type has the plug-in's format and id.
void write_plugin(Writer& out, const devices::DeviceType& type) {
  out.open_object();
  out.name("title").text(type.title);
  if (!type.plugin->maker.empty()) out.name("maker").text(type.plugin->maker);
  if (!type.plugin->version.empty()) out.name("version").text(type.plugin->version);
  out.name("class").text(word_of(device_class_words, type.device_class));
  if (type.side_chain) out.name("side-chain").flag(true);
  write_list(out, "outputs", type.pads, [&](const std::string& output) { out.text(output); });
  write_list(out, "parameters", type.parameters, [&](const auto& parameter) { write_parameter(out, parameter); });
  out.close();
}

void write_device(Writer& out, const document::Device& device) {
  out.open_object();
  out.name("id").whole(device.id.value);
  out.name("type").text(device.type);
  out.name("name").text(device.name);
  if (!device.on) out.name("on").flag(false);
  if (device.seed != 0) out.name("seed").text(fmt::format("{:016x}", device.seed));
  if (!device.parameters.empty()) {
    out.name("parameters").open_object();
    for (const auto& [name, value] : device.parameters) out.name(name).real(value);
    out.close();
  }
  if (!device.files.empty()) {
    out.name("files").open_object();
    for (const auto& [slot, file] : device.files) {
      out.name(slot).open_object();
      out.name(file.shared ? "shared" : "path").text(file.path);
      out.name("content").text(base::hex(file.content));
      out.close();
    }
    out.close();
  }
  if (device.side_chain) write_tap(out.name("side-chain"), *device.side_chain);
  if (device.plugin) write_plugin(out.name("plugin"), **device.plugin);
  write_unknown(out, device.unknown);
  out.close();
}

void write_mixer(Writer& out, const document::Mixer& mixer) {
  out.name("mixer").open_object();
  out.name("volume").real(mixer.volume_db);
  out.name("pan").real(mixer.pan);
  if (!mixer.activator) out.name("activator").flag(false);
  if (mixer.solo) out.name("solo").flag(true);
  if (!mixer.sends.empty()) {
    out.name("sends").open_array();
    for (const auto& send : mixer.sends) {
      out.open_object();
      out.name("to").whole(send.to.value);
      out.name("level").real(send.level_db);
      if (send.pre_fader) out.name("pre-fader").flag(true);
      if (!send.on) out.name("on").flag(false);
      write_unknown(out, send.unknown);
      out.close();
    }
    out.close();
  }
  write_unknown(out, mixer.unknown);
  out.close();
}

struct TargetWriter {
  Writer& out;

  void operator()(const document::MixerTarget& target) const {
    out.name("mixer").text(word_of(mixer_words, target.parameter));
  }
  void operator()(const document::SendTarget& target) const { out.name("send").whole(target.to.value); }
  void operator()(const document::DeviceTarget& target) const {
    out.name("device").whole(target.device.value);
    out.name("parameter").text(target.parameter);
  }
};

void write_automation(Writer& out, const document::Automation& automation) {
  out.open_object();
  std::visit(TargetWriter{out}, automation.target);
  out.name("points").open_array();
  for (const auto& point : automation.points) {
    out.open_array().beats(point.at).real(point.value);
    if (point.curve != 0.0) out.real(point.curve);
    if (point.hold) out.text("hold");
    out.close();
  }
  out.close();
  write_unknown(out, automation.unknown);
  out.close();
}

void write_input(Writer& out, const document::Input& input) {
  if (std::holds_alternative<document::Resampling>(input)) out.name("input").text("resampling");
  if (const auto* tap = std::get_if<document::Tap>(&input)) write_tap(out.name("input"), *tap);
  if (const auto* external = std::get_if<document::ExternalInput>(&input)) {
    out.name("input").open_object().name("external").text(external->name).close();
  }
}

void write_output(Writer& out, const document::Output& output) {
  if (std::holds_alternative<document::SendsOnly>(output)) out.name("output").text("sends-only");
  if (std::holds_alternative<document::PastMain>(output)) out.name("output").text("past-main");
  if (const auto* to = std::get_if<document::ToTrack>(&output)) {
    out.name("output").open_object().name("track").whole(to->track.value).close();
  }
}

// `up-to` is 0 where the print holds no device; older files leave it out where it holds all of them.
void write_print(Writer& out, const document::Print& print) {
  out.open_object();
  out.name("recipe").text(base::hex(print.recipe.digest));
  write_audio(out, print.audio);
  out.name("range").open_array().whole(print.range.start.count).whole(print.range.end.count).close();
  out.name("up-to").whole(static_cast<std::int64_t>(print.up_to.value));
  if (print.ringing)
    out.name("ringing").open_array().whole(print.ringing->ended_at.count).whole(print.ringing->tail.count).close();
  write_unknown(out, print.unknown);
  out.close();
}

void write_track(Writer& out, const document::Track& track) {
  out.open_object();
  out.name("id").whole(track.id.value);
  out.name("kind").text(word_of(track_kind_words, track.kind));
  out.name("name").text(track.name);
  out.name("color").text(color_text(track.color));
  write_id(out, "group", track.group.value);
  if (!track.active) out.name("active").flag(false);
  write_input(out, track.input);
  write_output(out, track.output);
  if (track.monitor != document::Monitor::automatic) out.name("monitor").text(word_of(monitor_words, track.monitor));
  if (track.armed) out.name("armed").flag(true);
  write_mixer(out, track.mixer);
  write_list(out, "devices", track.devices, [&](const auto& device) { write_device(out, device); });
  write_list(out, "automation", track.automation, [&](const auto& automation) { write_automation(out, automation); });
  write_list(out, "prints", track.prints, [&](const auto& print) { write_print(out, print); });
  write_list(out, "clips", track.clips, [&](const auto& clip) { write_clip(out, *clip); });
  for (const auto& origin : track.origin) write_track(out.name("origin"), *origin.source);
  write_unknown(out, track.unknown);
  out.close();
}

void write_tempo(Writer& out, const time::TempoMap& tempo) {
  out.name("tempo").open_array();
  for (const auto& point : tempo.tempos()) {
    out.open_array().beats(point.at).real(point.bpm);
    if (point.ramp) out.text("ramp");
    out.close();
  }
  out.close();
  out.name("signatures").open_array();
  for (const auto& signature : tempo.signatures()) {
    out.open_array().beats(signature.at);
    out.text(fmt::format("{}/{}", signature.numerator, signature.denominator)).close();
  }
  out.close();
}

void write_locator(Writer& out, const document::Locator& locator) {
  out.open_object();
  out.name("id").whole(locator.id.value);
  out.name("at").beats(locator.at);
  out.name("name").text(locator.name);
  write_unknown(out, locator.unknown);
  out.close();
}

}  // namespace

std::string text_of(const document::Project& project) {
  Writer out;
  out.open_object();
  out.name("firn").whole(project_version);
  out.name("rate").whole(project.rate.hertz);
  out.name("tail-limit").real(project.tail_limit_seconds);
  if (project.plugin_grid != document::initial_plugin_grid || document::has_plugins(project))
    out.name("plugin-grid").whole(project.plugin_grid);
  out.name("next-id").whole(project.next_id);
  write_tempo(out, project.tempo);
  write_list(out, "locators", project.locators, [&](const auto& locator) { write_locator(out, locator); });
  write_list(out, "tracks", project.tracks, [&](const auto& track) { write_track(out, *track); });
  write_unknown(out, project.unknown);
  out.close();
  return std::move(out).finish();
}

}  // namespace firn::files
