// Random commands on a project, for property tests: mostly of things that are there, in range and out of it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "devices/device_type.hpp"
#include "edit/pads.hpp"
#include "edit/scene.hpp"

namespace firn::edit::scene {

class RandomCommand {
 public:
  RandomCommand(const Project& project, std::mt19937& random)
      : project_(project), random_(random), track_(project.tracks[below(project.tracks.size())].get()) {}

  Command operator()() { return below(3) == 0 ? of_track() : below(2) == 0 ? of_content() : of_mix(); }

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  bool coin() { return below(2) == 0; }
  bool rarely() { return below(12) == 0; }
  std::uint64_t no_id() { return project_.next_id + below(3); }

  TrackId track() { return rarely() ? TrackId{no_id()} : project_.tracks[below(project_.tracks.size())]->id; }
  TrackId here() { return rarely() ? track() : track_->id; }
  ClipId clip() {
    if (rarely() || track_->clips.empty()) return {no_id()};
    return track_->clips[below(track_->clips.size())]->id;
  }
  DeviceId device() {
    if (rarely() || track_->devices.empty()) return coin() ? DeviceId{} : DeviceId{no_id()};
    return track_->devices[below(track_->devices.size())].id;
  }
  const devices::DeviceType* type_of(DeviceId id) {
    const auto* found = document::find(*track_, id);
    return found == nullptr ? nullptr : document::type_of(*found);
  }
  LocatorId locator() {
    if (rarely() || project_.locators.empty()) return {no_id()};
    return project_.locators[below(project_.locators.size())].id;
  }
  // One that the condition holds for, if there is one.
  template <class Holds>
  TrackId track_that(Holds holds) {
    std::vector<TrackId> fitting;
    for (const auto& each : project_.tracks) {
      if (holds(*each)) fitting.push_back(each->id);
    }
    return fitting.empty() || rarely() ? here() : fitting[below(fitting.size())];
  }
  TrackId frozen() {
    return track_that([](const Track& each) { return each.frozen(); });
  }
  TrackId flattened() {
    return track_that([](const Track& each) { return !each.origin.empty(); });
  }
  std::string name() {
    static const std::array<const char*, 6> names = {"", "Bass", "Low", "Æther", "\xff", "A"};
    return names[below(rarely() ? 6 : 4)];
  }
  double level() {
    static const std::array<double, 7> levels = {
        0.0, -6.0, 6.0, -std::numeric_limits<double>::infinity(), 6.5, 1.0, std::numeric_limits<double>::quiet_NaN()};
    return levels[below(rarely() ? 7 : 4)];
  }
  Beats beats() { return Beats::fraction(static_cast<std::int64_t>(below(64)) - (rarely() ? 32 : 0), 4); }
  Frames frames() { return {static_cast<std::int64_t>(below(60'000)) - (rarely() ? 30'000 : 0)}; }
  Extent extent() { return (track_->kind == TrackKind::audio) != rarely() ? Extent{frames()} : Extent{beats()}; }
  Place place() {
    const auto& other = *project_.tracks[below(project_.tracks.size())];
    if (coin()) return {other.group, other.id};
    return coin() ? Place{} : Place{other.id, {}};
  }
  Tap tap() { return {track(), static_cast<TapPoint>(below(3)), rarely() ? static_cast<int>(below(18)) : 0}; }
  Tap pad() {
    const auto has_rack = [](const Track& each) { return rack_of(each) != nullptr; };
    return {track_that(has_rack), TapPoint::pre_fx, 1 + static_cast<int>(below(16))};
  }
  midi::Note any_note() {
    return note(static_cast<int>(below(8)), static_cast<int>(below(rarely() ? 200 : 128)), rarely() ? 0 : 9);
  }
  midi::Control any_control() {
    midi::Control control;
    control.at = beats();
    control.kind = static_cast<midi::ControlKind>(below(5));
    control.number = static_cast<std::uint8_t>(control.kind == midi::ControlKind::controller ? below(128) : 0);
    control.value = static_cast<std::uint16_t>(below(rarely() ? 300 : 128));
    return control;
  }
  NewClip new_clip() {
    const bool is_audio = (track_->kind == TrackKind::audio) != rarely();
    return is_audio ? audio_clip(beats(), frames().count) : midi_clip(beats(), beats(), {any_note()});
  }
  document::Bounce bounce() {
    document::Bounce made;
    if (coin()) made.source = rarely() ? TrackId{no_id()} : TrackId{1 + below(project_.next_id - 1)};
    made.point = static_cast<BouncePoint>(below(6));
    if ((made.point == BouncePoint::after_device) != rarely()) made.after = {1 + below(project_.next_id)};
    made.start = beats();
    if (coin()) made.end = rarely() ? beats() : made.start + Beats::quarters(4);
    made.whole = !made.end && coin();
    return made;
  }
  NewClip bounced_clip() {
    NewClip made = audio_clip(beats(), 100);
    if (!rarely()) std::get<document::AudioClip>(made.body).bounce = bounce();
    return made;
  }
  UpdateBounce update_bounce() {
    const TrackId id =
        track_that([](const Track& each) { return each.kind == TrackKind::audio && !each.clips.empty(); });
    UpdateBounce update{id, {}};
    if (const Track* found = document::find(project_, id)) {
      for (const auto& each : found->clips) {
        const auto* body = std::get_if<document::AudioClip>(&each->body);
        if ((body != nullptr && body->bounce) || rarely())
          update.clips.push_back({each->id, audio_of("Samples/Processed/Bounce/a.wav", frames().count), bounce()});
      }
    }
    return update;
  }
  document::Breakpoint any_point() {
    document::Breakpoint made;
    made.at = beats();
    made.value = coin() ? static_cast<double>(below(2)) : level();
    made.curve = rarely() ? 2.0 : 0.25;
    return made;
  }
  document::AutomationTarget target() {
    if (!track_->automation.empty() && coin()) return track_->automation[below(track_->automation.size())].target;
    if (coin()) return document::MixerTarget{static_cast<document::MixerParameter>(below(3))};
    if (coin()) return document::SendTarget{track()};
    return document::DeviceTarget{device(), coin() ? "on" : "mix"};
  }
  std::map<std::string, double> parameters(const devices::DeviceType* type) {
    if (type == nullptr || type->parameters.empty()) return {{"mix", 1.0}};
    const auto& parameter = type->parameters[below(type->parameters.size())];
    if (rarely()) return {{parameter.name, parameter.maximum + 1.0}};
    return {{parameter.name, coin() ? parameter.initial : coin() ? parameter.minimum : parameter.maximum}};
  }
  document::Input input() {
    switch (below(4)) {
      case 0: return document::NoInput{};
      case 1: return document::Resampling{};
      case 2: return document::ExternalInput{name()};
      default: return coin() ? pad() : tap();
    }
  }
  document::Output output() {
    switch (below(4)) {
      case 0: return document::ToTrack{track()};
      case 1: return document::SendsOnly{};
      case 2: return document::PastMain{};
      default: return document::ToParent{};
    }
  }
  const midi::Content* content_of(ClipId id) {
    for (const auto& each : track_->clips) {
      const auto* body = std::get_if<document::MidiClip>(&each->body);
      if (body != nullptr && each->id == id) return body->content.get();
    }
    return nullptr;
  }
  midi::Note note_in(ClipId id) {
    const midi::Content* content = content_of(id);
    return content == nullptr || content->notes.empty() ? any_note() : content->notes[below(content->notes.size())];
  }
  midi::Control control_in(ClipId id) {
    const midi::Content* content = content_of(id);
    return content == nullptr || content->controls.empty() ? any_control() : content->controls.front();
  }
  RemovePoint remove_point() {
    if (track_->automation.empty()) return {here(), target(), beats()};
    const auto& automation = track_->automation[below(track_->automation.size())];
    return {track_->id, automation.target, automation.points[below(automation.points.size())].at};
  }

  Command of_track() {
    switch (below(20)) {
      case 0:
      case 1: return AddTrack{static_cast<TrackKind>(below(rarely() ? 5 : 4)), name(), {}, place()};
      case 2: return RemoveTrack{rarely() ? here() : TrackId{no_id()}};
      case 3: return RenameTrack{here(), name()};
      case 4: return RecolorTrack{here(), {static_cast<std::uint32_t>(below(0x1100000))}};
      case 5:
      case 6: return MoveTrack{here(), place()};
      case 7: return DuplicateTrack{here(), name()};
      case 8: return SetTrackActive{here(), coin()};
      case 9: return Freeze{here(), print_of(static_cast<std::int64_t>(below(9)), coin() ? DeviceId{} : device())};
      case 10: return Unfreeze{frozen()};
      case 11: return Flatten{frozen()};
      case 12: return Unflatten{flattened(), coin() ? MixerChoice::as_now : MixerChoice::as_was};
      case 13: return BounceToNewTrack{here(), static_cast<BouncePoint>(below(6)), {bounced_clip()}};
      case 14: return BounceInPlace{here(), static_cast<BouncePoint>(below(6)), device(), {bounced_clip()}};
      case 15: return RecordTake{coin() ? TrackId{} : here(), name(), input(), {audio_clip(beats(), 100)}};
      case 16: return BouncePads{pad().track, {{1, name(), {bounced_clip()}}, {2, name(), {}}}};
      case 17: return update_bounce();
      case 18: return AddLocator{beats(), name()};
      default: return of_project();
    }
  }
  Command of_project() {
    time::TempoPoint tempo;
    tempo.bpm = 40.0 + static_cast<double>(below(200));
    time::TimeSignature signature;
    signature.numerator = static_cast<int>(below(9));
    switch (below(6)) {
      case 0: return RemoveLocator{locator()};
      case 1: return RenameLocator{locator(), name()};
      case 2: return MoveLocator{locator(), beats()};
      case 3: return SetTempo{{tempo}};
      case 4: return SetTimeSignatures{{signature}};
      default: return SetTailLimit{static_cast<double>(below(700))};
    }
  }
  Command of_content() {
    const TrackId filled = track_that([](const Track& each) { return !each.clips.empty(); });
    if (const Track* found = document::find(project_, filled); found != nullptr && coin()) track_ = found;
    const ClipId chosen_clip = clip();
    const DeviceId chosen = device();
    const auto& types = devices::catalogue();
    const auto& type = types[below(types.size())];
    switch (below(30)) {
      case 0:
      case 1: return AddClip{here(), new_clip()};
      case 2: return RemoveClip{here(), chosen_clip};
      case 3: return MoveClip{here(), chosen_clip, coin() ? here() : track(), beats()};
      case 4: return ResizeClip{here(), chosen_clip, extent()};
      case 5: return SplitClip{here(), chosen_clip, beats()};
      case 6: return RenameClip{here(), chosen_clip, name()};
      case 7: return RecolorClip{here(), chosen_clip, {static_cast<std::uint32_t>(below(0x1100000))}};
      case 8: return SetClipActive{here(), chosen_clip, coin()};
      case 9: return SetClipOffset{here(), chosen_clip, extent()};
      case 10:
        if (coin()) return SetClipLoop{here(), chosen_clip, time::BeatRange{beats(), beats()}};
        return SetClipLoop{here(), chosen_clip, time::FrameRange{frames(), frames()}};
      case 11: return SetClipGain{here(), chosen_clip, level()};
      case 12: return SetClipFades{here(), chosen_clip, frames(), frames()};
      case 13: return DuplicateClip{here(), chosen_clip, coin() ? std::nullopt : std::optional(beats())};
      case 14: return AddNotes{here(), chosen_clip, {any_note(), any_note()}};
      case 15: return RemoveNotes{here(), chosen_clip, {note_in(chosen_clip)}};
      case 16: return ChangeNotes{here(), chosen_clip, {{note_in(chosen_clip), any_note()}}};
      case 17: return AddControls{here(), chosen_clip, {any_control(), any_control()}};
      case 18: return RemoveControls{here(), chosen_clip, {control_in(chosen_clip)}};
      case 19:
      case 20:
      case 21: return AddDevice{here(), type.name, name(), coin() ? DeviceId{} : chosen, parameters(&type), {}, {}};
      case 22: return RemoveDevice{here(), chosen};
      case 23: return MoveDevice{here(), chosen, device()};
      case 24: return RenameDevice{here(), chosen, name()};
      case 25: return SetParameters{here(), chosen, parameters(type_of(chosen))};
      case 26: return SetDeviceFile{here(), chosen, "soundfont", document::FileRef{"a.sf2", coin(), {}}};
      case 27: return SetDeviceOn{here(), chosen, coin()};
      case 28: return SetDeviceSeed{here(), chosen, below(9)};
      default: return SetSideChain{here(), chosen, coin() ? std::nullopt : std::optional(coin() ? pad() : tap())};
    }
  }
  Command of_mix() {
    switch (below(16)) {
      case 0: return SetVolume{here(), level()};
      case 1: return SetPan{here(), level()};
      case 2: return SetActivator{here(), coin()};
      case 3: return SetSolo{here(), coin()};
      case 4: return SetSendLevel{here(), track(), level()};
      case 5: return SetSendPoint{here(), track(), coin()};
      case 6: return SetSendOn{here(), track(), coin()};
      case 7:
      case 8: return SetInput{here(), input()};
      case 9: return SetOutput{here(), output()};
      case 10: return SetMonitor{here(), static_cast<document::Monitor>(below(3))};
      case 11: return SetArmed{here(), coin()};
      case 12: return SetAutomation{here(), target(), {any_point(), any_point()}};
      case 13: return AddPoint{here(), target(), any_point()};
      case 14: return remove_point();
      default: return ClearAutomation{here(), target()};
    }
  }

  const Project& project_;
  std::mt19937& random_;
  const Track* track_;
};

}  // namespace firn::edit::scene
