#include "devices/device_type.hpp"
#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;
using document::MixerParameter;
using document::MixerTarget;

namespace {

std::string title(std::string_view type) { return devices::find_type(type)->title; }

// The scene with Bass mixed and automated, mixer, send and device.
Project mixed() {
  Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  project = must(project, SetVolume{bass, -3.0});
  project = must(project, SetPan{bass, 0.25});
  project = must(project, AddPoint{bass, MixerTarget{MixerParameter::volume}, point(1, -9)});
  project = must(project, AddPoint{bass, document::SendTarget{id_of(project, "A")}, point(2, -20)});
  return must(project,
              AddPoint{bass, document::DeviceTarget{device(project, "Bass", title("reverb")), "decay"}, point(3, 4)});
}

}  // namespace

TEST_CASE("SPEC B7: unfreeze restores what was there") {
  const Project project = mixed();
  const TrackId bass = id_of(project, "Bass");
  const Project frozen = must(project, freeze_of(project, bass));
  CHECK(track(frozen, "Bass").frozen());
  CHECK(track(frozen, "Bass").clips[0].shares(track(project, "Bass").clips[0]));
  CHECK(must(frozen, Unfreeze{bass}) == project);
  CHECK(contains(refusal(project, Unfreeze{bass}), "is not frozen"));
  CHECK(contains(refusal(frozen, freeze_of(frozen, bass, rate)), "is frozen up to \"Reverb\" or further already"));
  refusal(project, freeze_of(project, document::main_of(project).id, rate));
  refusal(project, freeze_of(project, bass, 0), ErrorKind::usage);
}

TEST_CASE("SPEC B14: a track keeps a stack of prints, and unfreezing pops one") {
  Project project = mixed();
  const TrackId bass = id_of(project, "Bass");
  const DeviceId soundfont = device(project, "Bass", title("soundfont"));
  const DeviceId compressor = device(project, "Bass", title("compressor"));
  refusal(project, Freeze{bass, print_of(rate, device(project, "Bass", title("transpose")))});
  const Project once = must(project, Freeze{bass, print_of(rate, compressor)});
  refusal(once, Freeze{bass, print_of(rate, soundfont)});
  refusal(once, Freeze{bass, print_of(rate, compressor)});
  const Project twice = must(once, freeze_of(once, bass));
  CHECK(track(twice, "Bass").prints.size() == 2);
  CHECK(must(twice, Unfreeze{bass}) == once);
  refusal(project, Freeze{bass, print_of(rate, {999})}, ErrorKind::not_found);
  CHECK(contains(refusal(project, Freeze{bass, print_of(rate)}), "nothing to hear before its instrument"));
}

TEST_CASE("SPEC D1: flatten keeps the mixer and its automation, and makes the print a clip at gain 1") {
  Project project = mixed();
  const TrackId bass = id_of(project, "Bass");
  CHECK(contains(refusal(project, Flatten{bass}), "Freeze it first"));
  Freeze freeze = freeze_of(project, bass, 2 * rate);
  freeze.print.range = {{rate}, {3 * rate}};
  project = must(project, freeze);
  const Project flat = must(project, Flatten{bass});
  const Track& before = track(project, "Bass");
  const Track& after = track(flat, "Bass");
  CHECK(after.id == before.id);
  CHECK(after.kind == TrackKind::audio);
  CHECK(after.color == before.color);
  CHECK(after.group == before.group);
  CHECK(after.output == before.output);
  CHECK(after.mixer == before.mixer);
  CHECK(after.devices.empty());
  CHECK_FALSE(after.frozen());
  CHECK(names(flat) == names(project));
  REQUIRE(after.automation.size() == 2);
  CHECK(after.automation[0] == before.automation[0]);
  CHECK(after.automation[1] == before.automation[1]);
  REQUIRE(after.clips.size() == 1);
  const auto& clip = std::get<document::AudioClip>(after.clips[0]->body);
  CHECK(after.clips[0]->start == Beats::quarters(2));
  CHECK(clip.audio == freeze.print.audio);
  CHECK(clip.length == Frames{2 * rate});
  CHECK(clip.offset == Frames{0});
  CHECK(clip.gain_db == 0.0);
  CHECK(clip.fade_in == Frames{0});
  CHECK(clip.fade_out == Frames{0});
  CHECK(after.origin.at(0).source->clips[0].shares(before.clips[0]));
  refusal(flat, Flatten{id_of(flat, "Bus")});
}

TEST_CASE(
    "SPEC D1: flatten is refused where Pre FX would sound otherwise, and silences an input that the print holds") {
  Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  const TrackId vox = id_of(project, "Vox");
  project = must(project, SetInput{vox, Tap{bass, TapPoint::pre_fx}});
  project = must(project, SetMonitor{vox, document::Monitor::in});
  const Project bass_frozen = must(project, freeze_of(project, bass));
  CHECK(contains(refusal(bass_frozen, Flatten{bass}), "\"Vox\" would hear it with its effects"));
  const Project flat = must(must(project, freeze_of(project, vox)), Flatten{vox});
  CHECK(track(flat, "Vox").monitor == document::Monitor::off);
  CHECK(track(flat, "Vox").input == track(project, "Vox").input);
}

TEST_CASE("SPEC D3: flattening one of two duplicates leaves the other whole") {
  Project project = mixed();
  project = must(project, freeze_of(project, id_of(project, "Bass")));
  project = must(project, DuplicateTrack{id_of(project, "Bass"), "Twin"});
  const Project flat = must(project, Flatten{id_of(project, "Twin")});
  CHECK(track(flat, "Bass") == track(project, "Bass"));
  CHECK(track(flat, "Twin").mixer == track(project, "Bass").mixer);
  CHECK(std::get<document::AudioClip>(track(flat, "Twin").clips[0]->body).audio == track(flat, "Bass").prints[0].audio);
}

TEST_CASE("SPEC D4: unflatten brings back the source, with the mixer as it is now or as it was") {
  Project project = mixed();
  const TrackId bass = id_of(project, "Bass");
  project = must(project, freeze_of(project, bass));
  Project flat = must(project, Flatten{bass});
  CHECK(track(must(flat, Unflatten{bass}), "Bass") == track(project, "Bass"));
  flat = must(flat, SetVolume{bass, -20.0});
  flat = must(flat, ClearAutomation{bass, MixerTarget{MixerParameter::volume}});
  const Project now = must(flat, Unflatten{bass, MixerChoice::as_now});
  CHECK(track(now, "Bass").mixer.volume_db == -20.0);
  CHECK(track(now, "Bass").automation.size() == 2);
  CHECK(track(must(flat, Unflatten{bass, MixerChoice::as_was}), "Bass") == track(project, "Bass"));

  const Project less = must(flat, RemoveTrack{id_of(flat, "A")});
  CHECK(track(must(less, Unflatten{bass, MixerChoice::as_was}), "Bass").mixer.sends.empty());

  Project twins = must(flat, DuplicateTrack{bass, "Twin"});
  twins = must(must(twins, Unflatten{bass}), Unflatten{id_of(twins, "Twin")});
  CHECK(track(twins, "Twin").devices.size() == track(twins, "Bass").devices.size());
  const Project fed = must(flat, SetOutput{id_of(flat, "Vox"), document::ToTrack{bass}});
  CHECK(contains(refusal(fed, Unflatten{bass}), "The output of \"Vox\" can't be \"Bass\""));
  CHECK(contains(refusal(project, Unflatten{id_of(project, "Vox")}), "nothing to bring back"));
}

TEST_CASE("SPEC D5: a bounce to a new track stands behind the source, which is deactivated") {
  const Project project = mixed();
  const TrackId bass = id_of(project, "Bass");
  const Project post_fx = must(project, BounceToNewTrack{bass, BouncePoint::post_fx, {audio_clip({}, rate)}});
  CHECK(names(post_fx).at(1) == "Bass (Bounce)");
  const Track& bounce = track(post_fx, "Bass (Bounce)");
  CHECK(bounce.id.value == project.next_id);
  CHECK(bounce.color == track(project, "Bass").color);
  CHECK(bounce.mixer == track(project, "Bass").mixer);
  CHECK(bounce.automation.size() == 2);
  CHECK(bounce.devices.empty());
  CHECK_FALSE(track(post_fx, "Bass").active);

  const Project post_mixer = must(project, BounceToNewTrack{bass, BouncePoint::post_mixer, {audio_clip({}, rate)}});
  CHECK(track(post_mixer, "Bass (Bounce)").mixer == document::Mixer{});
  CHECK(track(post_mixer, "Bass (Bounce)").automation.empty());

  const Project drums = must(project, BounceToNewTrack{id_of(project, "Drums"), BouncePoint::through_returns, {}});
  CHECK(track(drums, "Drums (Bounce)").output == document::Output{document::ToTrack{document::main_of(project).id}});
  CHECK(track(drums, "Drums (Bounce)").group == id_of(project, "Bus"));
  refusal(project, BounceToNewTrack{document::main_of(project).id, BouncePoint::post_fx, {}});
}

TEST_CASE("SPEC D5: a bounce in place keeps the effects behind its point, and the mixer unless it is in the sound") {
  const Project project = mixed();
  const TrackId bass = id_of(project, "Bass");
  const auto bounced = [&](BouncePoint point, DeviceId after = {}) {
    return must(project, BounceInPlace{bass, point, after, {audio_clip({}, rate)}});
  };
  const Project pre_fx = bounced(BouncePoint::pre_fx);
  CHECK(track(pre_fx, "Bass").devices.size() == 2);
  CHECK(track(pre_fx, "Bass").automation.size() == 3);
  CHECK(track(pre_fx, "Bass").mixer == track(project, "Bass").mixer);
  const Project after_compressor = bounced(BouncePoint::after_device, device(project, "Bass", title("compressor")));
  CHECK(track(after_compressor, "Bass").devices.size() == 1);
  CHECK(track(bounced(BouncePoint::post_fx), "Bass").devices.empty());
  CHECK(track(bounced(BouncePoint::post_mixer), "Bass").mixer == document::Mixer{});
  CHECK(track(bounced(BouncePoint::post_mixer), "Bass").automation.empty());
  CHECK(track(must(pre_fx, Unflatten{bass}), "Bass") == track(project, "Bass"));
  refusal(project, BounceInPlace{bass, BouncePoint::after_device, device(project, "Bass", title("transpose")), {}});
  refusal(project, BounceInPlace{bass, BouncePoint::after_device, {999}, {}}, ErrorKind::not_found);
}

TEST_CASE("SPEC E6: a take goes onto a new audio track, or onto one that is there") {
  const Project project = make_scene();
  RecordTake take{{}, "Mix", document::Resampling{}, {audio_clip({}, rate), audio_clip(Beats::quarters(2), rate)}};
  const Project after = must(project, take);
  CHECK(names(after).at(4) == "Mix");
  CHECK(track(after, "Mix").id.value == project.next_id);
  CHECK(track(after, "Mix").input == document::Input{document::Resampling{}});
  CHECK(track(after, "Mix").monitor == document::Monitor::off);
  CHECK(track(after, "Mix").clips.size() == 2);
  take.track = id_of(project, "Vox");
  CHECK(track(must(project, take), "Vox").clips.size() == 3);
  take.track = id_of(project, "Bass");
  refusal(project, take);
}
