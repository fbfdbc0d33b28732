// Random projects for property tests: every field of the document takes every kind of value somewhere, and the rules of
// document::check and edit::violation_of hold. A seed and a size (0 and up: about the number of tracks) always give the
// same project on one machine. They need not sound: most device types, parameters and files are made up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "document/check.hpp"
#include "document/project.hpp"

namespace firn::tests {

class RandomProject {
 public:
  RandomProject(std::uint64_t seed, int size) : random_(seed), size_(size) {}

  document::Project make() {
    document::Project project;
    project.rate = {pick({8'000, 22'050, 44'100, 48'000, 96'000, 384'000})};
    project.tempo = tempo();
    project.tail_limit_seconds = pick({60.0, 0.125, 600.0, 33.3});
    lay_out_tracks();
    for (document::Track& track : tracks_) {
      fill(track, some());
      if (track.kind == TrackKind::main) make_main(track);
    }
    for (document::Track& track : tracks_) {
      const auto is_unknown = [](const document::Device& each) { return document::type_of(each) == nullptr; };
      if (heard_pads_.contains(track.id) && std::ranges::none_of(track.devices, is_unknown))
        track.devices.push_back(device(track.kind));
      project.tracks.emplace_back(track);
    }
    for (int i = below(4); i > 0; --i)
      project.locators.push_back({id<document::LocatorId>(), position(), text(), unknown()});
    std::sort(project.locators.begin(), project.locators.end(),
              [](const auto& a, const auto& b) { return std::pair(a.at, a.id) < std::pair(b.at, b.id); });
    project.next_id = next_id_ + static_cast<std::uint64_t>(below(3));
    project.unknown = unknown();
    return project;
  }

 private:
  using Beats = time::Beats;
  using Frames = time::Frames;
  using TrackKind = document::TrackKind;

  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  bool maybe() { return below(2) == 0; }
  bool rarely() { return below(8) == 0; }
  int some() { return below(size_ + 2); }

  template <class Value>
  Value pick(std::initializer_list<Value> values) {
    return *(values.begin() + below(static_cast<int>(values.size())));
  }
  template <class Id>
  Id id() {
    return Id{next_id_++};
  }

  double real(double least, double most) {
    if (maybe()) return static_cast<double>(below(static_cast<int>(most - least) + 1)) + least;
    return std::uniform_real_distribution<double>(least, most)(random_);
  }
  double level() { return rarely() ? document::Send::minus_infinity() : real(-70.0, 6.0); }

  // From a tick to days, on grids of every kind and off them.
  Beats length() {
    const std::int64_t quarter = Beats::ticks_per_quarter;
    const std::int64_t unit = pick({quarter, quarter / 4, quarter / 3, quarter / 7, quarter / 960, std::int64_t{1}});
    const std::int64_t count = 1 + (rarely() ? below(1'000'000) : below(64));
    return {unit * count};
  }
  Beats position() { return maybe() ? length() : Beats{}; }
  Beats inner_position() { return rarely() ? Beats{} - length() : position(); }
  Frames frames() { return {rarely() ? std::int64_t{1} << below(50) : std::int64_t{below(1'000'000)}}; }

  std::string text() {
    return pick<const char*>(
        {"", "Bass", "Größe", "ベース", "a\"b\\c/d", "two\nlines\ttab", "\x01\x7f", "𝄞 clef", "-inf", "4/3"});
  }
  std::string name() { return pick<const char*>({"Bass", "Größe", "a\"b", "𝄞 clef", "1"}); }
  std::string path() {
    return std::string(pick<const char*>({"Samples/Imported/", "Samples/Processed/Freeze/", ""})) +
           pick<const char*>({"kick.wav", "Ø 1.flac", "a b\"c.wav", "..wav"});
  }
  base::Digest digest() {
    base::Digest digest;
    for (auto& byte : digest.bytes) byte = static_cast<std::uint8_t>(below(256));
    return digest;
  }
  document::Color color() {
    return maybe() ? document::Color{} : document::Color{static_cast<std::uint32_t>(below(0x1000000))};
  }

  // As the reader keeps them: compact JSON with sorted fields.
  document::UnknownFields unknown() {
    document::UnknownFields fields;
    while (rarely()) {
      fields[pick<const char*>({"warp", "x-tool", "", "follow action"})] =
          pick<const char*>({"1", "-2.5", "null", "true", "\"Samples/Later/x.wav\"", "[]", "{}", "[1,[2,{\"a\":{}}]]",
                             "{\"a\":1,\"b\":[true,\"ü\"]}", "18446744073709551615", "1e+300"});
    }
    return fields;
  }

  time::TempoMap tempo() {
    std::vector<time::TempoPoint> points{{Beats{}, real(20.0, 300.0), maybe()}};
    std::vector<time::TimeSignature> signatures{{Beats{}, 1 + below(12), 1 << below(7)}};
    for (int i = below(4); i > 0; --i) points.push_back({points.back().at + length(), real(20.0, 300.0), maybe()});
    for (int i = below(3); i > 0; --i) {
      const auto& last = signatures.back();
      const auto bar = Beats::quarters(4 * last.numerator).ticks / last.denominator;
      signatures.push_back({Beats{last.at.ticks + bar * (1 + below(8))}, 1 + below(12), 1 << below(7)});
    }
    return time::TempoMap::make(std::move(points), std::move(signatures)).value();
  }

  // Kinds, ids and groups, so that links have something to point at.
  void lay_out_tracks() {
    std::vector<document::TrackId> open;
    for (int i = some(); i > 0; --i) {
      document::Track track;
      track.id = id<document::TrackId>();
      track.kind = pick({TrackKind::midi, TrackKind::audio, TrackKind::group, TrackKind::return_});
      while (!open.empty() && (maybe() || track.kind == TrackKind::return_)) open.pop_back();
      if (!open.empty()) track.group = open.back();
      if (track.kind == TrackKind::group) open.push_back(track.id);
      if (track.kind == TrackKind::return_) returns_.push_back(track.id);
      if (track.kind == TrackKind::midi) sources_.push_back(track.id);
      tracks_.push_back(track);
    }
    document::Track main;
    main.id = id<document::TrackId>();
    main.kind = TrackKind::main;
    tracks_.push_back(main);
  }

  // Routing without cycles: taps are taken of MIDI tracks alone, which take none; sends go to later returns.
  template <class Element>
  const Element& any(const std::vector<Element>& elements) {
    return elements[static_cast<std::size_t>(below(static_cast<int>(elements.size())))];
  }
  document::Tap tap() {
    document::Tap tap{any(sources_),
                      pick({document::TapPoint::pre_fx, document::TapPoint::post_fx, document::TapPoint::post_mixer})};
    if (tap.point == document::TapPoint::pre_fx && maybe()) {
      tap.pad = 1 + below(128);
      heard_pads_.insert(tap.track);
    }
    return tap;
  }

  audio::AudioRef audio() { return {path(), {digest()}, frames(), maybe() ? path() : ""}; }

  document::MidiClip midi_clip(int size) {
    document::MidiClip clip;
    clip.length = length();
    clip.offset = inner_position();
    if (maybe()) {
      clip.loop = time::BeatRange{inner_position(), {}};
      clip.loop->end = clip.loop->start + length();
    }
    if (clip.loop && clip.offset >= clip.loop->end) clip.offset = clip.loop->start;
    midi::Content content;
    for (int i = 0; i < 3 * size; ++i) {
      content.notes.push_back({inner_position(), length(), byte(128), static_cast<std::uint8_t>(1 + below(127)),
                               maybe() ? std::uint8_t{64} : byte(128)});
    }
    std::sort(content.notes.begin(), content.notes.end());
    while (maybe()) content.controls.push_back(control());
    std::stable_sort(content.controls.begin(), content.controls.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    clip.content = std::move(content);
    return clip;
  }
  std::uint8_t byte(int bound) { return static_cast<std::uint8_t>(below(bound)); }

  midi::Control control() {
    using midi::ControlKind;
    const auto kind = pick({ControlKind::controller, ControlKind::pitch_bend, ControlKind::channel_pressure,
                            ControlKind::key_pressure, ControlKind::program});
    const bool numbered = kind == ControlKind::controller || kind == ControlKind::key_pressure;
    const int bound = kind == ControlKind::pitch_bend ? 16'384 : 128;
    return {inner_position(), kind, numbered ? byte(128) : std::uint8_t{0}, static_cast<std::uint16_t>(below(bound))};
  }

  document::AudioClip audio_clip() {
    document::AudioClip clip{audio(), frames() + Frames{1}, {}, {}, 0.0, {}, {}};
    if (maybe()) clip.offset = frames();
    if (maybe() && clip.audio.frames.count > 1) {
      clip.loop = time::FrameRange{{clip.audio.frames.count / 2}, clip.audio.frames};
      clip.offset = Frames{below(2)};
    }
    if (maybe()) clip.gain_db = level();
    if (maybe()) clip.fade_in = Frames{clip.length.count / 3};
    if (maybe()) clip.fade_out = Frames{clip.length.count / 2};
    if (maybe()) clip.dropouts = {{Frames{5}, Frames{17}}, {Frames{99}, Frames{100}}};
    if (maybe()) clip.bounce = bounce();
    return clip;
  }

  // Of a track that may be gone, or of the clip's own as it was.
  document::Bounce bounce() {
    using document::BouncePoint;
    document::Bounce bounce;
    if (maybe()) bounce.source = {1 + static_cast<std::uint64_t>(below(static_cast<int>(next_id_) - 1))};
    bounce.point = pick({BouncePoint::pre_fx, BouncePoint::after_device, BouncePoint::post_fx, BouncePoint::post_mixer,
                         BouncePoint::through_returns, BouncePoint::through_main});
    if (bounce.point == BouncePoint::after_device) bounce.after = id<document::DeviceId>();
    if (bounce.point == BouncePoint::pre_fx && maybe()) bounce.pad = 1 + below(document::most_pads);
    bounce.start = position();
    if (maybe()) bounce.end = bounce.start + length();
    bounce.whole = !bounce.end && maybe();
    bounce.recipe = {digest()};
    bounce.unknown = unknown();
    return bounce;
  }

  document::Device device(TrackKind kind) {
    document::Device device;
    device.id = id<document::DeviceId>();
    device.type = pick<const char*>({"x.reverb", "a device of tomorrow", "ü"});
    device.name = text() + " " + std::to_string(device.id.value);
    device.on = maybe();
    while (maybe()) device.parameters[pick<const char*>({"decay", "mix", "band1-gain", "ü", ""})] = level();
    while (maybe()) {
      const bool shared = maybe();
      device.files[pick<const char*>({"soundfont", "sample", "pad1"})] = {shared ? "TimGM6mb.sf2" : path(), shared,
                                                                          digest()};
    }
    if (maybe()) device.seed = random_();
    if (maybe() && kind != TrackKind::midi && !sources_.empty()) device.side_chain = tap();
    device.unknown = unknown();
    return device;
  }

  void make_plugin(document::Device& device, bool has_notes) {
    using devices::DeviceClass;
    const auto device_class =
        has_notes ? pick({DeviceClass::midi_effect, DeviceClass::instrument}) : DeviceClass::audio_effect;
    auto type =
        devices::plugin_type({pick<const char*>({"lv2", "vst3"}), path(), name(), text()}, name(), device_class);
    for (int i = below(4); i > 0; --i) type.parameters.push_back(parameter(i));
    for (int i = maybe() ? 0 : 2 + below(3); i > 0; --i) type.pads.push_back(name() + std::to_string(i));
    type.side_chain = device.side_chain.has_value() || maybe();
    device.type = type.name;
    device.plugin = std::move(type);
    device.parameters.clear();
    device.files.clear();
    if (maybe()) device.files[std::string(devices::state_slot)] = {path(), false, digest()};
  }
  devices::Parameter parameter(int number) {
    using devices::Scale;
    using devices::Unit;
    devices::Parameter parameter;
    parameter.name = "parameter-" + std::to_string(number);
    parameter.title = text();
    parameter.minimum = real(-10.0, 0.0);
    parameter.maximum = real(1.0, 10.0);
    parameter.initial = real(0.0, 1.0);
    parameter.unit = pick({Unit::none, Unit::hertz, Unit::decibels, Unit::degrees});
    parameter.scale = pick({Scale::linear, Scale::whole, Scale::on_off});
    parameter.automatable = maybe();
    if (maybe()) {
      parameter.scale = Scale::choice;
      parameter.choices = {text(), text()};
      parameter.minimum = 0.0;
      parameter.maximum = 1.0;
    }
    return parameter;
  }

  document::Mixer mixer(document::TrackId from) {
    document::Mixer mixer;
    mixer.volume_db = level();
    if (maybe()) mixer.pan = real(-1.0, 1.0);
    mixer.activator = maybe();
    mixer.solo = rarely();
    for (const auto to : returns_) {
      const bool earlier = to <= from && std::count(returns_.begin(), returns_.end(), from) > 0;
      if (maybe() && !earlier) mixer.sends.push_back({to, level(), maybe(), maybe(), unknown()});
    }
    mixer.unknown = unknown();
    return mixer;
  }

  document::Input input(TrackKind kind) {
    const bool takes_audio = kind == TrackKind::audio;
    if (takes_audio && rarely()) return document::Resampling{};
    if (takes_audio && maybe() && !sources_.empty()) return tap();
    if ((takes_audio || kind == TrackKind::midi) && maybe()) return document::ExternalInput{text()};
    return document::NoInput{};
  }
  document::Output output(TrackKind kind) {
    if (kind == TrackKind::midi && rarely()) return document::ToTrack{tracks_.back().id};
    if (kind == TrackKind::midi && rarely() && !returns_.empty()) return document::ToTrack{returns_.front()};
    if (rarely()) return maybe() ? document::Output(document::SendsOnly{}) : document::Output(document::PastMain{});
    return document::ToParent{};
  }

  document::Breakpoint breakpoint(Beats at, const document::AutomationTarget& target) {
    using document::MixerParameter;
    const auto* mixer = std::get_if<document::MixerTarget>(&target);
    const auto* device = std::get_if<document::DeviceTarget>(&target);
    if ((mixer && mixer->parameter == MixerParameter::activator) || (device && device->parameter == "on")) {
      return {at, static_cast<double>(below(2)), true, 0.0};
    }
    const double value = mixer && mixer->parameter == MixerParameter::pan ? real(-1.0, 1.0) : level();
    return {at, value, maybe(), maybe() ? 0.0 : real(-0.99, 0.99)};
  }

  std::vector<document::Automation> automation(const document::Track& track) {
    using document::MixerParameter;
    std::set<document::AutomationTarget> targets;
    while (maybe()) {
      targets.insert(
          document::MixerTarget{pick({MixerParameter::volume, MixerParameter::pan, MixerParameter::activator})});
      if (!track.mixer.sends.empty()) targets.insert(document::SendTarget{any(track.mixer.sends).to});
      if (track.devices.empty()) continue;
      const document::Device& automated = any(track.devices);
      targets.insert(document::DeviceTarget{automated.id, automated.plugin ? "on" : pick<const char*>({"on", "mix"})});
    }
    std::vector<document::Automation> automation;
    for (const auto& target : targets) {
      std::vector<document::Breakpoint> points;
      for (Beats at = position(); points.empty() || maybe(); at += length()) {
        points.push_back(breakpoint(at, target));
        if (rarely()) points.push_back(breakpoint(at, target));
      }
      automation.push_back({target, std::move(points), unknown()});
    }
    return automation;
  }

  // A stack that covers the chain further and further; its first print may cover no device.
  void freeze(document::Track& track) {
    if (track.kind == TrackKind::main || maybe()) return;
    std::vector<document::DeviceId> ends;
    if (maybe()) ends.push_back({});
    for (const auto& device : track.devices) {
      if (maybe()) ends.push_back(device.id);
    }
    for (const auto up_to : ends) {
      const Frames start = maybe() ? Frames{} : frames();
      document::AudioRef print = audio();
      print.frames += Frames{1};
      std::optional<audio::Ringing> ringing;
      if (maybe()) ringing = {frames(), frames()};
      track.prints.push_back({{digest()}, print, {start, start + print.frames}, up_to, ringing, unknown()});
    }
  }

  void make_main(document::Track& main) {
    main.active = main.mixer.activator = true;
    main.mixer.solo = false;
    main.mixer.sends.clear();
    main.output = document::ToParent{};
    std::erase_if(main.automation, [](const auto& automation) {
      return std::holds_alternative<document::SendTarget>(automation.target) ||
             automation.target ==
                 document::AutomationTarget(document::MixerTarget{document::MixerParameter::activator});
    });
  }

  void fill(document::Track& track, int size) {
    track.name = name();
    track.color = color();
    track.active = maybe();
    for (int i = 0; i < size && track.kind == TrackKind::midi; ++i) add_clip(track, midi_clip(size));
    for (int i = 0; i < size && track.kind == TrackKind::audio; ++i) add_clip(track, audio_clip());
    std::sort(track.clips.begin(), track.clips.end(),
              [](const auto& a, const auto& b) { return std::pair(a->start, a->id) < std::pair(b->start, b->id); });
    for (int i = below(3); i > 0; --i) {
      track.devices.push_back(device(track.kind));
      const bool has_notes = track.kind == TrackKind::midi && track.devices.size() == 1;
      if (maybe()) make_plugin(track.devices.back(), has_notes);
    }
    track.mixer = mixer(track.id);
    track.automation = automation(track);
    track.input = input(track.kind);
    track.output = output(track.kind);
    track.monitor = pick({document::Monitor::in, document::Monitor::automatic, document::Monitor::off});
    if (std::holds_alternative<document::Resampling>(track.input)) track.monitor = document::Monitor::off;
    track.armed = rarely() && (track.kind == TrackKind::midi || track.kind == TrackKind::audio);
    freeze(track);
    track.unknown = unknown();
    if (!rarely() || track.kind == TrackKind::main) return;
    document::Track source;
    source.id = track.id;
    source.kind = pick({TrackKind::midi, TrackKind::audio});
    source.group = track.group;
    fill(source, size / 2);
    track.origin.push_back({base::Box<document::Track>(std::move(source))});
  }

  void add_clip(document::Track& track, std::variant<document::MidiClip, document::AudioClip> body) {
    track.clips.emplace_back(
        document::Clip{id<document::ClipId>(), text(), color(), maybe(), position(), std::move(body), unknown()});
  }

  std::mt19937_64 random_;
  int size_;
  std::uint64_t next_id_ = 1;
  std::vector<document::Track> tracks_;
  std::vector<document::TrackId> returns_;
  std::vector<document::TrackId> sources_;  // of taps
  std::set<document::TrackId> heard_pads_;  // tracks that need a device which may have pads
};

inline document::Project random_project(std::uint64_t seed, int size) { return RandomProject(seed, size).make(); }

}  // namespace firn::tests
