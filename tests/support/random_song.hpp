// Random songs for property tests, which sound: whatever tracks, groups, returns, sends, devices, drum racks, settings, routing and
// automation there are; and random edits of them. A seed always gives the same song and the same edits on one machine.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "audio/sound_file.hpp"
#include "devices/device_type.hpp"
#include "support/scene.hpp"

namespace firn::tests {

class RandomSong : public Scene {
  using Beats = time::Beats;
  using DeviceClass = devices::DeviceClass;
  using Scale = devices::Scale;
  using TrackId = document::TrackId;
  using TrackKind = document::TrackKind;

 public:
  // Its notes and clips begin within so many quarters.
  explicit RandomSong(std::uint32_t seed, int quarters = 4)
      : Scene(seed % 2 == 0 ? 44100 : 48000), random_(seed), quarters_(quarters) {
    apply(edit::SetTailLimit{0.4});
    apply(edit::SetTempo{{{Beats{}, 100.0 + below(80), maybe()}, {Beats::quarters(2), 150.0, false}}});
    for (int i = below(3); i > 0; --i) returns.push_back(add_track(TrackKind::return_, ""));
    for (int i = below(3); i > 0; --i)
      groups.push_back(add_track(TrackKind::group, "", groups.empty() || maybe() ? TrackId{} : groups.back()));
    for (int i = 1 + below(3); i > 0; --i) sources.push_back(add_source(i));
    std::vector<TrackId> all = sources;
    all.insert(all.end(), groups.begin(), groups.end());
    for (const TrackId id : all) mix(id);
    all.insert(all.end(), returns.begin(), returns.end());
    all.push_back(main());
    for (const TrackId id : all) {
      for (int i = below(3); i > 0; --i) apply(any_device(id, DeviceClass::audio_effect));
    }
    all.pop_back();
    if (maybe()) try_to(duck(any(all)));
    if (maybe()) listen_in();
    if (below(3) == 0) apply(edit::SetSolo{any(all), true});
  }

  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  bool maybe() { return below(2) == 0; }
  template <class Value>
  Value any(const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
  }

  // Main less often than the others.
  TrackId any_track() {
    const TrackId id = any(project.tracks)->id;
    return id == main() && below(4) != 0 ? any(project.tracks)->id : id;
  }

  // Puts what is allowed in place, and leaves out what would be a cycle.
  bool try_to(const std::vector<edit::Command>& commands) {
    auto changed = edit::apply(project, commands);
    if (changed) project = std::move(*changed);
    return changed.has_value();
  }

  // Up to where the chain may be frozen: by name, as a person says it; empty for the whole.
  std::string any_line(TrackId id) {
    std::vector<std::string> lines{""};
    for (const auto& device : track(id).devices) {
      if (document::type_of(device)->device_class != DeviceClass::midi_effect) lines.push_back(device.name);
    }
    return any(lines);
  }

  // Some edit of what a source plays, as likely late as early.
  std::vector<edit::Command> edit_of(TrackId id) {
    const document::Track edited = track(id);
    const Beats late = somewhere();
    switch (below(9)) {
      case 0:
        if (edited.kind != TrackKind::midi || edited.clips.empty()) return {};
        return {edit::AddNotes{id, edited.clips.front()->id, {{late, Beats::fraction(1, 3), 60, 90, 64}}}};
      case 1: return {edit::SetAutomation{id, volume, {{Beats{}, -20.0, false, 0.3}, {late, 3.0, false, 0.0}}}};
      case 2:
        if (edited.clips.empty()) return {};
        return {edit::MoveClip{id, edited.clips.front()->id, id, late}};
      case 3: return any_device(id, DeviceClass::audio_effect);
      case 4:
        if (edited.devices.empty()) return {};
        return {automation_of(id, edited.devices.back(), late)};
      case 5: return device_edit(edited);
      case 6:
      case 7: return clip_edit(edited);
      default: return {edit::SetTempo{{{Beats{}, 120.0, false}, {late, 150.0, false}}}};
    }
  }

  // Some edit of whatever kind, of whatever is there. It may be refused.
  std::vector<edit::Command> any_edit() {
    const TrackId id = any_track();
    const document::Track edited = track(id);
    if (below(3) == 0) return edit_of(id);
    switch (below(6)) {
      case 0: return clip_edit(edited);
      case 1:
      case 2: return device_edit(edited);
      case 3: return mixer_edit(edited);
      case 4: return routing_edit(edited);
      default: break;
    }
    switch (below(5)) {
      case 0: return {edit::SetTrackActive{id, !edited.active}};
      case 1: return {edit::RenameTrack{id, "Track " + std::to_string(below(100))}};
      case 2: return {edit::SetTailLimit{0.3 + below(3) / 10.0}};
      case 3: return {edit::MoveTrack{id, {any(project.tracks)->id, {}}}};
      default: return {edit::SetTempo{{{Beats{}, 90.0 + below(60), maybe()}, {somewhere(), 130.0, false}}}};
    }
  }

  std::vector<TrackId> returns, groups, sources;

 private:
  static constexpr document::MixerTarget volume{document::MixerParameter::volume};

  Beats somewhere() { return Beats::fraction(1 + below(7 * quarters_), 7); }

  // ---- Sources ----

  TrackId add_source(int number) {
    const auto seed = static_cast<unsigned>(1 + below(1000));
    TrackId id;
    switch (below(4)) {
      case 0:
      case 1:
        id = add_audio("Audio " + std::to_string(number), noise(5'000 + static_cast<int>(seed) * 20, seed),
                       Beats::fraction(seed % 7, 7));
        break;
      case 2:
        id = add_midi("Drums " + std::to_string(number), "drum_rack", notes(seed));
        load_pads(id);
        break;
      default: id = add_midi("MIDI " + std::to_string(number), "synth", notes(seed)); break;
    }
    for (int i = track(id).kind == TrackKind::midi ? below(2) : 0; i > 0; --i)
      apply(any_device(id, DeviceClass::midi_effect));
    if (!groups.empty()) apply(edit::MoveTrack{id, {any(groups), {}}});
    return id;
  }

  std::vector<midi::Note> notes(unsigned seed) {
    auto notes = some_notes(seed, 6);
    for (auto& note : notes) note.start = {note.start.ticks * quarters_ / 8};
    return notes;
  }

  // Some of the pads, on the keys that some_notes() plays; some of them choke each other.
  void load_pads(TrackId id) {
    const auto rack = track(id).devices.front().id;
    for (const int number : {1, 2, 5}) {
      const auto path = directory() / ("pad" + std::to_string(number) + ".wav");
      auto writer = audio::SoundWriter::create(path, {.rate = {44100}});
      REQUIRE(writer);
      REQUIRE(writer->write(noise(3'000 * number, static_cast<unsigned>(number)).view()));
      REQUIRE(writer->close());
      const auto file = store().adopt(path);
      REQUIRE(file);
      const std::string pad = "pad" + std::to_string(number);
      apply({edit::SetDeviceFile{id, rack, pad, *file},
             edit::SetParameters{id,
                                 rack,
                                 {{pad + "-note", std::round(36.0 + 12.0 * number + below(12))},
                                  {pad + "-choke", std::round(1.0 * below(2))}}}});
    }
    auto hits = std::get<document::MidiClip>(track(id).clips.front()->body).content->notes;
    std::vector<edit::NoteChange> onto_pads;
    for (const auto& hit : hits) {
      auto moved = hit;
      const auto pad = "pad" + std::to_string(any<int>({1, 2, 5})) + "-note";
      moved.key = static_cast<std::uint8_t>(track(id).devices.front().parameters.at(pad));
      onto_pads.push_back({hit, moved});
    }
    apply(edit::ChangeNotes{id, track(id).clips.front()->id, onto_pads});
  }

  document::Tap any_tap(TrackId of) {
    document::Tap tap{of, static_cast<document::TapPoint>(below(3))};
    if (track(of).kind == TrackKind::midi && tap.point == document::TapPoint::pre_fx && maybe())
      tap.pad = any<int>({1, 2, 5});
    return tap;
  }

  std::vector<edit::Command> duck(TrackId id) {
    const document::DeviceId device{project.next_id};
    return {edit::AddDevice{id, "compressor", "", {}, {{"threshold", -40.0}}, {}, {}},
            edit::SetSideChain{id, device, any_tap(any_track())}};
  }

  void listen_in() {
    const auto id = add_track(TrackKind::audio, "Listener");
    if (!try_to({edit::SetInput{id, any_tap(any_track())}})) return;
    try_to({edit::SetMonitor{id, document::Monitor::in}});
    sources.push_back(id);
  }

  // ---- Devices ----

  double value_of(const devices::Parameter& parameter) {
    const double value = devices::value_of(parameter, below(101) / 100.0);
    return std::clamp(steps(parameter) ? std::round(value) : value, parameter.minimum, parameter.maximum);
  }
  static bool steps(const devices::Parameter& parameter) {
    return parameter.scale == Scale::whole || parameter.scale == Scale::choice || parameter.scale == Scale::on_off;
  }

  const devices::DeviceType& any_type(DeviceClass of) {
    std::vector<const devices::DeviceType*> types;
    for (const auto& type : devices::catalogue()) {
      const bool needs_file =
          std::any_of(type.files.begin(), type.files.end(), [](const auto& slot) { return slot.required; });
      if (type.device_class == of && !needs_file) types.push_back(&type);
    }
    return *any(types);
  }

  std::map<std::string, double> values_of(const devices::DeviceType& type, int one_in) {
    std::map<std::string, double> values;
    for (const auto& parameter : type.parameters) {
      if (below(one_in) == 0) values[parameter.name] = value_of(parameter);
    }
    return values;
  }

  std::vector<edit::Command> any_device(TrackId id, DeviceClass of) {
    const auto& type = any_type(of);
    document::Device device;
    device.id = {project.next_id};
    device.type = type.name;
    std::vector<edit::Command> commands{edit::AddDevice{id, type.name, "", {}, values_of(type, 4), {}, {}}};
    if (below(6) == 0) commands.emplace_back(edit::SetDeviceOn{id, device.id, false});
    if (below(3) == 0) commands.emplace_back(automation_of(id, device, somewhere()));
    return commands;
  }

  // Of one of its parameters, or its switch. Where that can't be automated, it is the switch too.
  edit::Command automation_of(TrackId id, const document::Device& device, Beats late) {
    const auto& parameter = any(document::type_of(device)->parameters);
    if (!parameter.automatable || below(8) == 0)
      return edit::SetAutomation{
          id, document::DeviceTarget{device.id, "on"}, {{Beats{}, 1.0, true, 0.0}, {late, 0.0, true, 0.0}}};
    const bool hold = steps(parameter);
    const double first = value_of(parameter);
    return edit::SetAutomation{id,
                               document::DeviceTarget{device.id, parameter.name},
                               {{Beats{}, first, hold, 0.0}, {late, maybe() ? first : value_of(parameter), hold, 0.0}}};
  }

  std::vector<edit::Command> device_edit(const document::Track& edited) {
    if (edited.devices.empty()) return duck(edited.id);
    const auto& device = any(edited.devices);
    const auto& type = *document::type_of(device);
    switch (below(9)) {
      case 0: return {edit::RemoveDevice{edited.id, device.id}};
      case 1: return {edit::SetDeviceOn{edited.id, device.id, !device.on}};
      case 2: return {edit::SetDeviceSeed{edited.id, device.id, static_cast<std::uint64_t>(below(1000))}};
      case 3: return {edit::MoveDevice{edited.id, device.id, maybe() ? document::DeviceId{} : any(edited.devices).id}};
      case 4: return {edit::SetSideChain{edited.id, device.id, any_tap(any_track())}};
      case 5: return duck(edited.id);
      case 6:
        if (edited.automation.empty()) return {};
        return {edit::ClearAutomation{edited.id, any(edited.automation).target}};
      case 7: return any_device(edited.id, maybe() ? DeviceClass::midi_effect : DeviceClass::audio_effect);
      default: return {edit::SetParameters{edited.id, device.id, values_of(type, 6)}};
    }
  }

  // ---- Clips, mixer, routing ----

  std::vector<edit::Command> clip_edit(const document::Track& edited) {
    if (edited.clips.empty()) return {};
    const document::Clip& clip = *any(edited.clips);
    const TrackId id = edited.id;
    if (below(8) == 0) return {edit::SetClipActive{id, clip.id, !clip.active}};
    if (below(8) == 0) return {edit::MoveClip{id, clip.id, id, somewhere()}};
    if (const auto* body = std::get_if<document::MidiClip>(&clip.body)) {
      const auto& notes = body->content->notes;
      if (notes.empty() || below(6) == 0) return {edit::ResizeClip{id, clip.id, somewhere()}};
      const auto& note = any(notes);
      auto changed = note;
      changed.velocity = static_cast<std::uint8_t>(1 + below(127));
      if (maybe()) changed.start = somewhere();
      if (below(3) != 0) return {edit::ChangeNotes{id, clip.id, {{note, changed}}}};
      if (maybe()) return {edit::RemoveNotes{id, clip.id, {any(notes)}}};
      return {edit::SplitClip{id, clip.id, somewhere()}};
    }
    const auto& body = std::get<document::AudioClip>(clip.body);
    if (maybe()) return {edit::SetClipGain{id, clip.id, below(40) - 30.0}};
    return {
        edit::SetClipFades{id, clip.id, {body.length.count / (2 + below(5))}, {body.length.count / (2 + below(5))}}};
  }

  void mix(TrackId id) {
    apply({edit::SetVolume{id, below(47) - 40.0}, edit::SetPan{id, (below(21) - 10) / 10.0}});
    for (const TrackId to : returns) {
      if (maybe()) apply({edit::SetSendLevel{id, to, below(31) - 30.0}, edit::SetSendPoint{id, to, maybe()}});
    }
    if (maybe()) apply(edit::SetAutomation{id, volume, {{Beats{}, -20.0, false, 0.3}, {somewhere(), 3.0, false, 0.0}}});
  }

  std::vector<edit::Command> mixer_edit(const document::Track& edited) {
    const TrackId id = edited.id;
    switch (below(7)) {
      case 0: return {edit::SetVolume{id, below(47) - 40.0}};
      case 1: return {edit::SetPan{id, (below(21) - 10) / 10.0}};
      case 2: return {edit::SetActivator{id, !edited.mixer.activator}};
      case 3: return {edit::SetSolo{id, !edited.mixer.solo && maybe()}};
      case 4: return {edit::SetSendLevel{id, any_track(), below(31) - 30.0}};
      case 5: return {edit::SetSendPoint{id, any_track(), maybe()}};
      default: return {edit::SetSendOn{id, any_track(), maybe()}};
    }
  }

  std::vector<edit::Command> routing_edit(const document::Track& edited) {
    const TrackId id = edited.id;
    switch (below(5)) {
      case 0: return {edit::SetInput{id, any_tap(any_track())}};
      case 1: return {edit::SetMonitor{id, static_cast<document::Monitor>(below(3))}};
      case 2: return {edit::SetOutput{id, document::ToTrack{any_track()}}};
      case 3: return {edit::SetOutput{id, document::ToParent{}}};
      default: return {edit::SetArmed{id, maybe()}};
    }
  }

  std::mt19937 random_;
  int quarters_;
};

}  // namespace firn::tests
