// Laws 1 to 4 over random songs: whatever tracks, groups, returns, sends, devices, settings and automation there are.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "audio/sound_file.hpp"
#include "convert/freeze.hpp"
#include "devices/device_type.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using devices::DeviceClass;
using devices::Scale;
using document::TrackId;
using document::TrackKind;
using tests::Scene;
using time::Beats;
using time::Frames;

double value_in(const devices::Parameter& parameter) {
  const double value = devices::value_of(parameter, *rc::gen::inRange(0, 101) / 100.0);
  const bool whole =
      parameter.scale == Scale::whole || parameter.scale == Scale::choice || parameter.scale == Scale::on_off;
  return std::clamp(whole ? std::round(value) : value, parameter.minimum, parameter.maximum);
}

const devices::DeviceType& any_type(DeviceClass of) {
  std::vector<const devices::DeviceType*> types;
  for (const auto& type : devices::catalogue()) {
    const bool needs_file =
        std::any_of(type.files.begin(), type.files.end(), [](const auto& slot) { return slot.required; });
    if (type.device_class == of && !needs_file) types.push_back(&type);
  }
  return **rc::gen::elementOf(types);
}

struct RandomSong : Scene {
  RandomSong() : Scene(*rc::gen::element(44100, 48000)) {
    apply(edit::SetTailLimit{0.4});
    apply(edit::SetTempo{{{Beats{}, 100.0 + *rc::gen::inRange(0, 80), *rc::gen::arbitrary<bool>()},
                          {Beats::quarters(2), 150.0, false}}});
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) returns.push_back(add_track(TrackKind::return_, ""));
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
      groups.push_back(
          add_track(TrackKind::group, "", groups.empty() ? TrackId{} : *rc::gen::element(TrackId{}, groups.back())));
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) sources.push_back(add_source(i));
    std::vector<TrackId> all = sources;
    all.insert(all.end(), groups.begin(), groups.end());
    for (const TrackId track : all) mix(track);
    all.insert(all.end(), returns.begin(), returns.end());
    all.push_back(main());
    for (const TrackId track : all) {
      for (int i = *rc::gen::inRange(0, 3); i > 0; --i) add_any_device(track, DeviceClass::audio_effect);
    }
    all.pop_back();
    if (*rc::gen::arbitrary<bool>()) duck(*rc::gen::elementOf(all), *rc::gen::elementOf(all));
    if (*rc::gen::arbitrary<bool>()) listen_in(*rc::gen::elementOf(all));
    if (*rc::gen::inRange(0, 3) == 0) apply(edit::SetSolo{*rc::gen::elementOf(all), true});
  }

  // Puts what is allowed in place, and leaves out what would be a cycle.
  bool try_to(const edit::Command& command) {
    auto changed = edit::apply(project, command);
    if (changed) project = std::move(*changed);
    return changed.has_value();
  }

  void duck(TrackId track, TrackId by) {
    const auto device = add_device(track, "compressor", {{"threshold", -40.0}});
    const auto point = static_cast<document::TapPoint>(*rc::gen::inRange(0, 3));
    try_to(edit::SetSideChain{track, device, document::Tap{by, point}});
  }

  void listen_in(TrackId to) {
    const auto track = add_track(TrackKind::audio, "Listener");
    const auto point = static_cast<document::TapPoint>(*rc::gen::inRange(0, 3));
    if (!try_to(edit::SetInput{track, document::Tap{to, point}})) return;
    try_to(edit::SetMonitor{track, document::Monitor::in});
    sources.push_back(track);
  }

  // Up to where the chain may be frozen: by name, as a person says it; empty for the whole.
  std::string any_line(TrackId id) const {
    std::vector<std::string> lines{""};
    for (const auto& device : track(id).devices) {
      if (devices::find_type(device.type)->device_class != DeviceClass::midi_effect) lines.push_back(device.name);
    }
    return *rc::gen::elementOf(lines);
  }

  TrackId add_source(int number) {
    const auto seed = static_cast<unsigned>(*rc::gen::inRange(1, 1000));
    TrackId id;
    if (*rc::gen::arbitrary<bool>()) {
      id = add_audio("Audio " + std::to_string(number), tests::noise(5'000 + static_cast<int>(seed) * 20, seed),
                     Beats::fraction(seed % 7, 7));
    } else {
      id = add_midi("MIDI " + std::to_string(number), "synth", tests::some_notes(seed, 6));
      for (int i = *rc::gen::inRange(0, 2); i > 0; --i) add_any_device(id, DeviceClass::midi_effect);
    }
    if (!groups.empty()) apply(edit::MoveTrack{id, {*rc::gen::elementOf(groups), {}}});
    return id;
  }

  void mix(TrackId track) {
    apply({edit::SetVolume{track, *rc::gen::inRange(-40, 7) * 1.0},
           edit::SetPan{track, *rc::gen::inRange(-10, 11) / 10.0}});
    for (const TrackId to : returns) {
      if (!*rc::gen::arbitrary<bool>()) continue;
      apply({edit::SetSendLevel{track, to, *rc::gen::inRange(-30, 1) * 1.0},
             edit::SetSendPoint{track, to, *rc::gen::arbitrary<bool>()}});
    }
    if (*rc::gen::arbitrary<bool>()) {
      apply(edit::SetAutomation{
          track,
          document::MixerTarget{document::MixerParameter::volume},
          {{Beats{}, -20.0, false, 0.3}, {Beats::fraction(*rc::gen::inRange(1, 30), 7), 3.0, false, 0.0}}});
    }
  }

  void add_any_device(TrackId track, DeviceClass of) {
    const auto& type = any_type(of);
    std::map<std::string, double> settings;
    for (const auto& parameter : type.parameters) {
      if (*rc::gen::inRange(0, 4) == 0) settings[parameter.name] = value_in(parameter);
    }
    const auto device = add_device(track, type.name, settings);
    if (*rc::gen::inRange(0, 6) == 0) apply(edit::SetDeviceOn{track, device, false});
    const auto& parameter = *rc::gen::elementOf(type.parameters);
    if (!parameter.automatable || *rc::gen::inRange(0, 2) == 0) return;
    const bool hold =
        parameter.scale == Scale::choice || parameter.scale == Scale::on_off || parameter.scale == Scale::whole;
    apply(edit::SetAutomation{track,
                              document::DeviceTarget{device, parameter.name},
                              {{Beats{}, value_in(parameter), hold, 0.0},
                               {Beats::fraction(*rc::gen::inRange(1, 30), 7), value_in(parameter), hold, 0.0}}});
  }

  // Some edit somewhere in the song, as likely late as early.
  void edit_somewhere() {
    const TrackId id = *rc::gen::elementOf(sources);
    while (track(id).frozen()) apply(edit::Unfreeze{id});
    const auto edited = track(id);
    const Beats late = Beats::fraction(*rc::gen::inRange(1, 60), 7);
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        if (edited.kind == TrackKind::midi && !edited.clips.empty()) {
          try_to(edit::AddNotes{id, edited.clips.front()->id, {{late, Beats::fraction(1, 3), 60, 90, 64}}});
        }
        break;
      case 1:
        try_to(edit::SetAutomation{id,
                                   document::MixerTarget{document::MixerParameter::volume},
                                   {{Beats{}, -20.0, false, 0.3}, {late, 3.0, false, 0.0}}});
        break;
      case 2:
        if (!edited.clips.empty()) try_to(edit::MoveClip{id, edited.clips.front()->id, id, late});
        break;
      case 3: add_any_device(id, DeviceClass::audio_effect); break;
      case 4:
        if (!edited.devices.empty()) add_automation(id, edited.devices.back(), late);
        break;
      case 5: apply(edit::SetTempo{{{Beats{}, 120.0, false}, {late, 150.0, false}}}); break;
      default: break;
    }
  }

  void add_automation(TrackId id, const document::Device& device, Beats late) {
    const auto& parameter = *rc::gen::elementOf(devices::find_type(device.type)->parameters);
    const bool hold =
        parameter.scale == Scale::choice || parameter.scale == Scale::on_off || parameter.scale == Scale::whole;
    const double first = value_in(parameter);
    try_to(edit::SetAutomation{
        id,
        document::DeviceTarget{device.id, parameter.name},
        {{Beats{}, first, hold, 0.0}, {late, *rc::gen::element(first, value_in(parameter)), hold, 0.0}}});
  }

  std::vector<TrackId> returns, groups, sources;
};

}  // namespace

TEST_CASE("laws 1, 2 and 3 hold for random songs, with groups, returns, side-chains and freeze lines") {
  CHECK(rc::check("blocks, threads and freezing change no sample of Main; unfreezing gives the project back", [] {
    RandomSong song;
    const auto reference = song.listen_to_main();
    const tests::Listening other{
        *rc::gen::inRange(1, 4), *rc::gen::element(1 + *rc::gen::inRange(0, 40), 64, 8192), plan::Prints::play, {}};
    RC_ASSERT(tests::difference(reference, song.listen_to_main(other)) == "");

    const auto before = song.project;
    std::vector<TrackId> some;
    for (const TrackId track : convert::freezable_tracks(song.project, convert::Buses::with)) {
      if (*rc::gen::arbitrary<bool>()) some.push_back(track);
    }
    const auto is_silent = [](const base::Error& error) {
      return error.message.find("makes no sound") != std::string::npos;
    };
    for (const TrackId track : std::vector(some)) {
      const std::string line = song.any_line(track);
      using Line = convert::FreezeRequest::Line;
      auto studio = song.studio(*rc::gen::inRange(1, 4), 1 + *rc::gen::inRange(0, 3000));
      auto frozen =
          convert::freeze(song.project, {{track}, line.empty() ? Line::end_of_chain : Line::device, line}, studio);
      if (!frozen && is_silent(frozen.error())) {
        std::erase(some, track);
        continue;
      }
      RC_ASSERT(frozen.has_value());
      song.apply(frozen->commands);
    }
    RC_ASSERT(tests::difference(reference, song.listen_to_main(other)) == "");

    auto studio = song.studio(*rc::gen::inRange(1, 4), 1 + *rc::gen::inRange(0, 3000));
    convert::FreezeRequest whole{some};
    whole.silent = convert::FreezeRequest::Silent::leave;
    auto further = convert::freeze(song.project, whole, studio);
    RC_ASSERT(further.has_value());
    song.apply(further->commands);
    RC_ASSERT(tests::difference(reference, song.listen_to_main(other)) == "");
    RC_ASSERT(convert::stale_tracks(song.project, song.facts(), song.store()).empty());

    auto thawed = convert::unfreeze(song.project, some, convert::Unfreezing::whole);
    RC_ASSERT(thawed.has_value());
    song.apply(thawed->commands);
    RC_ASSERT(song.project == before);
  }));
}

// By keeping states often enough that short songs have many points.
convert::Studio often(Scene& song) {
  auto studio = song.studio(*rc::gen::inRange(1, 4), 512);
  studio.between_points = {8192};
  return studio;
}

TEST_CASE("SPEC B1: after any edits, a print of which only the changed part was rendered is the full render") {
  int punched = 0;
  CHECK(rc::check("freeze, edit, freeze again", [&] {
    RandomSong song;
    convert::FreezeRequest all{convert::freezable_tracks(song.project, convert::Buses::with)};
    all.silent = convert::FreezeRequest::Silent::leave;
    for (int round = 0; round < 3; ++round) {
      auto studio = often(song);
      auto frozen = convert::freeze(song.project, all, studio);
      RC_ASSERT(frozen.has_value());
      song.apply(frozen->commands);
      for (const auto& result : frozen->tracks) punched += result.print.kept > Frames{} ? 1 : 0;
      const auto now = song.project;
      for (const TrackId id : all.tracks) {
        const auto track = song.track(id);
        if (!track.frozen()) continue;
        const auto& print = track.prints.back();
        auto reader = audio::SoundReader::open(song.store().path_of(print.audio).value());
        RC_ASSERT(reader.has_value());
        audio::StereoBuffer printed(static_cast<int>(print.audio.frames.count));
        RC_ASSERT(reader->read({}, printed.view()));
        song.project = convert::as_printed(now, id);
        const auto full = song.listen(convert::point_of(track, print), {1, 2048, plan::Prints::ignore, {}});
        RC_ASSERT(tests::difference(full, printed) == "");
      }
      song.project = now;
      for (int edits = *rc::gen::inRange(1, 3); edits > 0; --edits) song.edit_somewhere();
    }
  }));
  MESSAGE(punched << " prints were partly taken over");
  CHECK(punched > 0);
}
