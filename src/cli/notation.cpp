#include "cli/notation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cli/values.hpp"
#include "edit/find.hpp"
#include "edit/pads.hpp"
#include "live/inputs.hpp"

namespace firn::cli {

using base::ErrorKind;
using base::Result;
using document::BouncePoint;
using document::Project;
using document::TapPoint;
using document::Track;

namespace {

std::string name_of(const Project& project, document::TrackId id) {
  const Track* track = document::find(project, id);
  return track == nullptr ? "?" : track->name;
}

std::vector<std::string_view> cut(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

struct TapWord {
  std::string_view word;
  TapPoint point;
};
constexpr TapWord tap_words[] = {
    {"pre-fx", TapPoint::pre_fx}, {"post-fx", TapPoint::post_fx}, {"post-mixer", TapPoint::post_mixer}};

struct BounceWord {
  std::string_view word;
  BouncePoint point;
};
constexpr BounceWord bounce_words[] = {{"pre-fx", BouncePoint::pre_fx},
                                       {"post-fx", BouncePoint::post_fx},
                                       {"post-mixer", BouncePoint::post_mixer},
                                       {"through-returns", BouncePoint::through_returns},
                                       {"through-main", BouncePoint::through_main}};

constexpr std::string_view send_mark = "send:";
constexpr std::string_view external_mark = "ext:";

bool is_pan(const document::AutomationTarget& target) {
  const auto* mixer = std::get_if<document::MixerTarget>(&target);
  return mixer != nullptr && mixer->parameter == document::MixerParameter::pan;
}

}  // namespace

Result<Setting> parse_setting(std::string_view text) {
  const auto sign = text.find('=');
  if (sign == std::string_view::npos || sign == 0) {
    return base::fail(ErrorKind::usage, fmt::format("\"{}\" sets nothing: give NAME=VALUE.", text));
  }
  return Setting{std::string(text.substr(0, sign)), std::string(text.substr(sign + 1))};
}

Result<TapPoint> parse_tap_point(std::string_view text) {
  for (const TapWord& known : tap_words) {
    if (known.word == text) return known.point;
  }
  return base::fail(ErrorKind::usage, fmt::format("\"{}\" is not a tap: it is pre-fx, post-fx, post-mixer, or a pad of "
                                                  "a drum rack or an output of a plug-in that has several.",
                                                  text));
}

std::string format_tap_point(TapPoint point) { return std::string(tap_words[static_cast<std::size_t>(point)].word); }

Result<BouncePoint> parse_bounce_point(std::string_view text) {
  for (const BounceWord& known : bounce_words) {
    if (known.word == text) return known.point;
  }
  return base::fail(
      ErrorKind::usage,
      fmt::format("\"{}\" is not a tap to bounce: it is pre-fx, post-fx, post-mixer, through-returns or through-main.",
                  text));
}

std::string format_bounce_point(BouncePoint point) {
  for (const BounceWord& known : bounce_words) {
    if (known.point == point) return std::string(known.word);
  }
  return {};
}

Result<document::Tap> parse_tap(const Project& project, std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view word = text.substr(colon + 1);
    const auto point = parse_tap_point(word);
    const auto track = edit::find_track(project, text.substr(0, colon));
    if (point && track) return document::Tap{*track, *point};
    const Track* source = track ? document::find(project, *track) : nullptr;
    const auto pad = source != nullptr ? edit::find_pad(*source, word) : tl::unexpected(point.error());
    if (pad) return document::Tap{*track, TapPoint::pre_fx, *pad};
    const auto whole = edit::find_track(project, text);
    if (whole) return document::Tap{*whole, TapPoint::post_fx};
    if (source != nullptr && edit::rack_of(*source) != nullptr) return tl::unexpected(pad.error());
    return tl::unexpected(point ? track.error() : point.error());
  }
  return edit::find_track(project, text).map([](document::TrackId id) { return document::Tap{id, TapPoint::post_fx}; });
}

std::string format_tap(const Project& project, const document::Tap& tap) {
  const std::string name = name_of(project, tap.track);
  if (tap.pad == 0) return fmt::format("{}:{}", name, format_tap_point(tap.point));
  if (const Track* track = document::find(project, tap.track)) {
    for (const edit::Pad& pad : edit::pads_of(*track)) {
      std::string text = fmt::format("{}:{}", name, pad.name);
      if (pad.number == tap.pad && parse_tap(project, text) == tap) return text;
    }
  }
  return fmt::format("{}:pad{}", name, tap.pad);
}

namespace {

// None for what begins with a track's name, or not like an input of MIDI at all.
std::optional<Result<document::Input>> parse_keyboards(const Project& project, std::string_view text) {
  const std::string_view word = text.substr(0, text.find_first_of(":#"));
  const auto is_its_name = [&](const auto& track) { return track->name == word; };
  if (word != "midi" || std::ranges::any_of(project.tracks, is_its_name)) return std::nullopt;
  const document::ExternalInput external{std::string(text)};
  if (live::keyboard_of(external.name)) return document::Input(external);
  return base::fail(ErrorKind::usage,
                    fmt::format("\"{}\" names no keyboard. Give midi for all that are there, midi:NAME for those with "
                                "that in their names, midi#1 to midi#16 for one channel.",
                                text));
}

}  // namespace

Result<document::Input> parse_input(const Project& project, std::string_view text) {
  if (text == "none") return document::Input(document::NoInput{});
  if (text == "resampling") return document::Input(document::Resampling{});
  if (text.substr(0, external_mark.size()) == external_mark) {
    return document::Input(document::ExternalInput{std::string(text.substr(external_mark.size()))});
  }
  const document::ExternalInput external{std::string(text)};
  if (live::channels_of(external.name)) return document::Input(external);
  if (const auto keyboards = parse_keyboards(project, text)) return *keyboards;
  return parse_tap(project, text).map([](const document::Tap& tap) { return document::Input(tap); });
}

std::string format_input(const Project& project, const document::Input& input) {
  if (std::holds_alternative<document::NoInput>(input)) return "none";
  if (std::holds_alternative<document::Resampling>(input)) return "resampling";
  if (const auto* external = std::get_if<document::ExternalInput>(&input))
    return std::string(external_mark) + external->name;
  return format_tap(project, std::get<document::Tap>(input));
}

Result<document::Output> parse_output(const Project& project, std::string_view text) {
  if (text == "parent") return document::Output(document::ToParent{});
  if (text == "sends-only") return document::Output(document::SendsOnly{});
  if (text == "past-main") return document::Output(document::PastMain{});
  return edit::find_track(project, text).map([](document::TrackId id) {
    return document::Output(document::ToTrack{id});
  });
}

std::string format_output(const Project& project, const document::Output& output) {
  if (std::holds_alternative<document::ToParent>(output)) return "parent";
  if (std::holds_alternative<document::SendsOnly>(output)) return "sends-only";
  if (std::holds_alternative<document::PastMain>(output)) return "past-main";
  return name_of(project, std::get<document::ToTrack>(output).track);
}

Result<document::Monitor> parse_monitor(std::string_view text) {
  if (text == "in") return document::Monitor::in;
  if (text == "auto") return document::Monitor::automatic;
  if (text == "off") return document::Monitor::off;
  return base::fail(ErrorKind::usage, fmt::format("monitor can't be \"{}\": it is in, auto or off.", text));
}

std::string format_monitor(document::Monitor monitor) {
  switch (monitor) {
    case document::Monitor::in: return "in";
    case document::Monitor::automatic: return "auto";
    case document::Monitor::off: return "off";
  }
  return {};
}

Result<document::AutomationTarget> parse_target(const Project& project, const Track& track, std::string_view text) {
  using document::AutomationTarget;
  using document::MixerParameter;
  using document::MixerTarget;
  if (text == "volume") return AutomationTarget(MixerTarget{MixerParameter::volume});
  if (text == "pan") return AutomationTarget(MixerTarget{MixerParameter::pan});
  if (text == "activator") return AutomationTarget(MixerTarget{MixerParameter::activator});
  if (text.substr(0, send_mark.size()) == send_mark) {
    return edit::find_track(project, text.substr(send_mark.size())).map([](document::TrackId to) {
      return AutomationTarget(document::SendTarget{to});
    });
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return base::fail(ErrorKind::usage,
                      fmt::format("\"{}\" can't be automated: give volume, pan, activator, send:RETURN or "
                                  "DEVICE:PARAMETER.",
                                  text));
  }
  return edit::find_device(track, text.substr(0, colon)).map([&](document::DeviceId id) {
    return AutomationTarget(document::DeviceTarget{id, std::string(text.substr(colon + 1))});
  });
}

std::string format_target(const Project& project, const Track& track, const document::AutomationTarget& target) {
  if (const auto* mixer = std::get_if<document::MixerTarget>(&target)) {
    switch (mixer->parameter) {
      case document::MixerParameter::volume: return "volume";
      case document::MixerParameter::pan: return "pan";
      case document::MixerParameter::activator: return "activator";
    }
  }
  if (const auto* send = std::get_if<document::SendTarget>(&target))
    return std::string(send_mark) + name_of(project, send->to);
  const auto& device = std::get<document::DeviceTarget>(target);
  const document::Device* found = document::find(track, device.device);
  return fmt::format("{}:{}", found == nullptr ? "?" : found->name, device.parameter);
}

Result<edit::TargetRange> range_of_target(const Track& track, const document::AutomationTarget& target) {
  if (std::holds_alternative<document::SendTarget>(target)) return edit::TargetRange{true, fader("the send")};
  return edit::range_of(track, target);
}

std::string format_target_value(const edit::TargetRange& range, const document::AutomationTarget& target,
                                double value) {
  if (is_pan(target)) return format_pan(value);
  return format_value(range.known ? range.parameter : devices::Parameter{}, value);
}

Result<double> parse_target_value(const edit::TargetRange& range, const document::AutomationTarget& target,
                                  std::string_view text) {
  if (is_pan(target)) return parse_pan(text);
  if (range.known) return parse_value(range.parameter, text);
  constexpr double largest = std::numeric_limits<double>::max();
  return parse_value({.name = "the value", .minimum = -largest, .maximum = largest}, text);
}

Result<document::Breakpoint> parse_point(std::string_view text, const time::TempoMap& map, const ReadValue& read) {
  const auto setting = parse_setting(text);
  if (!setting) {
    return base::fail(ErrorKind::usage,
                      fmt::format("\"{}\" is not a breakpoint: give POSITION=VALUE, and behind it ,hold or "
                                  ",curve=C if you like.",
                                  text));
  }
  const auto parts = cut(setting->value, ',');
  const auto at = time::parse_position(setting->name, map);
  if (!at) return tl::unexpected(at.error());
  const auto value = read(parts.front());
  if (!value) return tl::unexpected(value.error());
  document::Breakpoint point{*at, *value};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i] == "hold") {
      point.hold = true;
      continue;
    }
    const auto curve = parse_setting(parts[i]);
    if (!curve || curve->name != "curve") {
      return base::fail(ErrorKind::usage,
                        fmt::format("\"{}\" is not a way to go on: it is hold or curve=C.", parts[i]));
    }
    const auto bend = parse_value({.name = "curve", .minimum = -1.0, .maximum = 1.0}, curve->value);
    if (!bend) return tl::unexpected(bend.error());
    point.curve = *bend;
  }
  return point;
}

std::string format_point(const document::Breakpoint& point, const time::TempoMap& map, const edit::TargetRange& range,
                         const document::AutomationTarget& target) {
  return fmt::format("{}={}{}{}", time::format_position(point.at, map), format_target_value(range, target, point.value),
                     point.hold ? ",hold" : "", point.curve == 0.0 ? "" : fmt::format(",curve={}", point.curve));
}

Result<midi::Note> parse_note(std::string_view text, time::TimeSignature signature) {
  const auto parts = cut(text, ',');
  if (parts.size() < 3 || parts.size() > 5) {
    return base::fail(
        ErrorKind::usage,
        fmt::format("\"{}\" is not a note: give KEY,START,LENGTH[,VELOCITY[,RELEASE]]: C3,1.1.1,0.1.0,100.", text));
  }
  const auto key = parse_key(parts[0]);
  if (!key) return tl::unexpected(key.error());
  const auto start = parse_inner(parts[1], signature);
  if (!start) return tl::unexpected(start.error());
  const auto length = parse_length(parts[2], signature);
  if (!length) return tl::unexpected(length.error());
  const auto* beats = std::get_if<time::Beats>(&*length);
  if (beats == nullptr) {
    return base::fail(
        ErrorKind::usage,
        fmt::format("A note's length is musical, and \"{}\" is not: give bars.beats.sixteenths.", parts[2]));
  }
  midi::Note note{*start, *beats, static_cast<std::uint8_t>(*key)};
  if (parts.size() > 3) {
    const auto velocity = parse_whole("velocity", parts[3], 1, 127);
    if (!velocity) return tl::unexpected(velocity.error());
    note.velocity = static_cast<std::uint8_t>(*velocity);
  }
  if (parts.size() > 4) {
    const auto release = parse_whole("release velocity", parts[4], 0, 127);
    if (!release) return tl::unexpected(release.error());
    note.release_velocity = static_cast<std::uint8_t>(*release);
  }
  return note;
}

std::string format_note(const midi::Note& note, time::TimeSignature signature) {
  std::string text = fmt::format("{},{},{},{}", format_key(note.key), format_inner(note.start, signature),
                                 format_length(note.length, signature), note.velocity);
  if (note.release_velocity != midi::Note{}.release_velocity) text += fmt::format(",{}", note.release_velocity);
  return text;
}

namespace {

constexpr int bend_centre = 8192;

// The kind and number of a control, and the values it takes, from 0 but for the bend.
struct ControlForm {
  midi::ControlKind kind = midi::ControlKind::controller;
  std::uint8_t number = 0;
};

Result<ControlForm> parse_control_form(std::string_view text) {
  using midi::ControlKind;
  if (text == "bend") return ControlForm{ControlKind::pitch_bend, 0};
  if (text == "program") return ControlForm{ControlKind::program, 0};
  if (text == "pressure") return ControlForm{ControlKind::channel_pressure, 0};
  constexpr std::string_view key_pressure = "pressure:";
  if (text.substr(0, key_pressure.size()) == key_pressure) {
    return parse_key(text.substr(key_pressure.size())).map([](int key) {
      return ControlForm{ControlKind::key_pressure, static_cast<std::uint8_t>(key)};
    });
  }
  if (text.substr(0, 2) == "cc") {
    return parse_whole("the controller", text.substr(2), 0, 127).map([](std::int64_t number) {
      return ControlForm{ControlKind::controller, static_cast<std::uint8_t>(number)};
    });
  }
  return base::fail(
      ErrorKind::usage,
      fmt::format("\"{}\" is not a control: it is cc0 to cc127, bend, pressure, pressure:KEY or program.", text));
}

}  // namespace

Result<midi::Control> parse_control(std::string_view text, time::TimeSignature signature) {
  const auto parts = cut(text, ',');
  if (parts.size() != 3) {
    return base::fail(ErrorKind::usage,
                      fmt::format("\"{}\" is not a control: give KIND,POSITION,VALUE: cc1,1.1.1,64.", text));
  }
  const auto form = parse_control_form(parts[0]);
  if (!form) return tl::unexpected(form.error());
  const auto at = parse_inner(parts[1], signature);
  if (!at) return tl::unexpected(at.error());
  const bool bend = form->kind == midi::ControlKind::pitch_bend;
  const auto value =
      bend ? parse_whole("bend", parts[2], -bend_centre, bend_centre - 1) : parse_whole(parts[0], parts[2], 0, 127);
  if (!value) return tl::unexpected(value.error());
  return midi::Control{*at, form->kind, form->number, static_cast<std::uint16_t>(bend ? *value + bend_centre : *value)};
}

std::string format_control(const midi::Control& control, time::TimeSignature signature) {
  const std::string at = format_inner(control.at, signature);
  switch (control.kind) {
    case midi::ControlKind::controller: return fmt::format("cc{},{},{}", control.number, at, control.value);
    case midi::ControlKind::pitch_bend: return fmt::format("bend,{},{}", at, control.value - bend_centre);
    case midi::ControlKind::channel_pressure: return fmt::format("pressure,{},{}", at, control.value);
    case midi::ControlKind::key_pressure:
      return fmt::format("pressure:{},{},{}", format_key(control.number), at, control.value);
    case midi::ControlKind::program: return fmt::format("program,{},{}", at, control.value);
  }
  return {};
}

Result<time::TempoPoint> parse_tempo(std::string_view text, const time::TempoMap& map) {
  const auto sign = text.find('=');
  const auto parts = cut(sign == std::string_view::npos ? text : text.substr(sign + 1), ',');
  time::TempoPoint point;
  if (sign != std::string_view::npos) {
    const auto at = time::parse_position(text.substr(0, sign), map);
    if (!at) return tl::unexpected(at.error());
    point.at = *at;
  }
  const auto bpm = parse_value({.name = "the tempo", .minimum = 1.0, .maximum = 10'000.0}, parts.front());
  if (!bpm)
    return base::fail(ErrorKind::usage,
                      fmt::format("\"{}\" is not a tempo: it is 1 to 10000 quarter notes a minute.", parts.front()));
  point.bpm = *bpm;
  if (parts.size() > 2 || (parts.size() == 2 && parts[1] != "ramp")) {
    return base::fail(ErrorKind::usage, fmt::format("\"{}\" is not a tempo: give [POSITION=]BPM[,ramp].", text));
  }
  point.ramp = parts.size() == 2;
  return point;
}

std::string format_tempo(const time::TempoPoint& point, const time::TempoMap& map) {
  return fmt::format("{}={}{}", time::format_position(point.at, map), point.bpm, point.ramp ? ",ramp" : "");
}

Result<time::TimeSignature> parse_signature(std::string_view text, const time::TempoMap& map) {
  const auto sign = text.find('=');
  time::TimeSignature signature;
  if (sign != std::string_view::npos) {
    const auto at = time::parse_position(text.substr(0, sign), map);
    if (!at) return tl::unexpected(at.error());
    signature.at = *at;
  }
  const auto parts = cut(sign == std::string_view::npos ? text : text.substr(sign + 1), '/');
  const auto numerator = parse_whole("", parts.front(), 1, 255);
  const auto denominator = parse_whole("", parts.back(), 1, 64);
  if (parts.size() != 2 || !numerator || !denominator || (*denominator & (*denominator - 1)) != 0) {
    return base::fail(ErrorKind::usage,
                      fmt::format("\"{}\" is not a time signature: give [POSITION=]BEATS/UNIT, BEATS from 1 to 255, "
                                  "UNIT 1, 2, 4, 8, 16, 32 or 64.",
                                  text));
  }
  signature.numerator = static_cast<int>(*numerator);
  signature.denominator = static_cast<int>(*denominator);
  return signature;
}

std::string format_signature(const time::TimeSignature& signature, const time::TempoMap& map) {
  return fmt::format("{}={}/{}", time::format_position(signature.at, map), signature.numerator, signature.denominator);
}

Result<std::pair<std::string, std::string>> parse_pair(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos || dots == 0 || dots + 2 >= text.size()) {
    return base::fail(ErrorKind::usage, fmt::format("\"{}\" is not a range: give START..END.", text));
  }
  return std::pair(std::string(text.substr(0, dots)), std::string(text.substr(dots + 2)));
}

time::TimeSignature signature_of(const document::Clip& clip, const time::TempoMap& map) {
  return map.signature_at(clip.start);
}

}  // namespace firn::cli
