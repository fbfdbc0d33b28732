#include <fmt/format.h>

#include "devices/device_type.hpp"
#include "edit/scene.hpp"

using namespace firn;
using namespace firn::edit;
using namespace firn::edit::scene;
using document::MixerParameter;
using document::MixerTarget;

namespace {

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

namespace {

constexpr std::int64_t quarter_frames = rate / 2;

document::Bounce bounce_of(TrackId source, int start) {
  document::Bounce bounce;
  bounce.source = source;
  bounce.start = Beats::quarters(start);
  bounce.whole = true;
  return bounce;
}

// Two quarters of Bass from 2.1.1 on, bounced.
Project with_bounce(const Project& project) {
  NewClip clip = audio_clip(Beats::quarters(4), 2 * quarter_frames);
  std::get<document::AudioClip>(clip.body).bounce = bounce_of(id_of(project, "Bass"), 4);
  return must(project, BounceToNewTrack{id_of(project, "Bass"), BouncePoint::post_fx, {clip}});
}

// All clips of the bounced track, after audio that begins at `start` and is so long was put into them.
std::vector<document::Clip> updated(const Project& project, int start, std::int64_t frames) {
  const Track& bounced = track(project, "Bass (Bounce)");
  UpdateBounce update{bounced.id, {}};
  for (const auto& clip : bounced.clips)
    update.clips.push_back({clip->id, audio_of("new.wav", frames), bounce_of(id_of(project, "Bass"), start)});
  const Project after = must(project, update);
  std::vector<document::Clip> clips;
  for (const auto& clip : track(after, "Bass (Bounce)").clips) clips.push_back(*clip);
  return clips;
}

// "start offset length", in quarters.
std::string place_of(const document::Clip& clip) {
  const auto& body = std::get<document::AudioClip>(clip.body);
  const auto quarters = [](Frames frames) { return static_cast<double>(frames.count) / quarter_frames; };
  return fmt::format("{:g} {:g} {:g}", clip.start.in_quarters(), quarters(body.offset), quarters(body.length));
}

}  // namespace

TEST_CASE("SPEC D5: a bounce that is updated keeps its clips where they are, and to its ends what was whole") {
  const Project project = with_bounce(make_scene());
  const TrackId bounced = id_of(project, "Bass (Bounce)");
  const ClipId clip = track(project, "Bass (Bounce)").clips[0]->id;
  const auto whole = [&](int start, int quarters) {
    return place_of(updated(project, start, quarters * quarter_frames).at(0));
  };
  CHECK(whole(4, 3) == "4 0 3");
  CHECK(whole(4, 1) == "4 0 1");
  CHECK(whole(3, 4) == "3 0 4");
  CHECK(whole(6, 2) == "6 0 2");

  const Project halves = must(project, SplitClip{bounced, clip, Beats::quarters(5)});
  const auto parts = [&](int start, int quarters) {
    const auto clips = updated(halves, start, quarters * quarter_frames);
    return place_of(clips.at(0)) + ", " + place_of(clips.at(1));
  };
  CHECK(parts(4, 3) == "4 0 1, 5 1 2");
  CHECK(parts(2, 6) == "2 0 3, 5 3 3");
  CHECK(parts(4, 1) == "4 0 1, 5 1 1");  // the second is silent

  const Project moved = must(project, MoveClip{bounced, clip, bounced, Beats::quarters(1)});
  CHECK(place_of(updated(moved, 4, 3 * quarter_frames).at(0)) == "1 0 3");
  CHECK(place_of(updated(moved, 2, 5 * quarter_frames).at(0)) == "0 1 4");
  CHECK(place_of(updated(moved, 5, 2 * quarter_frames).at(0)) == "2 0 2");
  const Project trimmed = must(must(project, ResizeClip{bounced, clip, Frames{quarter_frames}}),
                               SetClipOffset{bounced, clip, Frames{quarter_frames / 2}});
  CHECK(place_of(updated(trimmed, 3, 9 * quarter_frames).at(0)) == "4 1.5 1");
}

TEST_CASE("SPEC D5: a bounce that is updated keeps its clips' gain, name and loop, and fades as far as they fit") {
  Project project = with_bounce(make_scene());
  const TrackId bounced = id_of(project, "Bass (Bounce)");
  const ClipId clip = track(project, "Bass (Bounce)").clips[0]->id;
  project = must(project, RenameClip{bounced, clip, "Riff"});
  project = must(project, SetClipGain{bounced, clip, -3.0});
  project = must(project, SetClipFades{bounced, clip, Frames{quarter_frames}, Frames{quarter_frames / 2}});
  const auto shorter = updated(project, 4, quarter_frames).at(0);
  const auto& body = std::get<document::AudioClip>(shorter.body);
  CHECK(shorter.name == "Riff");
  CHECK(body.gain_db == -3.0);
  CHECK(body.fade_in == Frames{quarter_frames});
  CHECK(body.fade_out == Frames{});
  CHECK(body.audio.path == "new.wav");
  CHECK(body.bounce == bounce_of(id_of(project, "Bass"), 4));

  const Project looped = must(must(project, SetClipLoop{bounced, clip, time::FrameRange{{0}, {quarter_frames}}}),
                              ResizeClip{bounced, clip, Frames{8 * quarter_frames}});
  const auto earlier = updated(looped, 3, 4 * quarter_frames).at(0);
  CHECK(place_of(earlier) == "4 1 8");
  CHECK(std::get<document::AudioClip>(earlier.body).loop == time::FrameRange{{quarter_frames}, {2 * quarter_frames}});
  const auto cut = updated(looped, 3, quarter_frames + quarter_frames / 2).at(0);
  CHECK(std::get<document::AudioClip>(cut.body).loop ==
        time::FrameRange{{quarter_frames}, {quarter_frames + quarter_frames / 2}});
  CHECK_FALSE(std::get<document::AudioClip>(updated(looped, 2, quarter_frames).at(0).body).loop);
}

TEST_CASE(
    "SPEC D5: only bounced audio is updated, on a frozen track too; what was bounced in place stays on its track") {
  const Project project = with_bounce(make_scene());
  const TrackId bounced = id_of(project, "Bass (Bounce)");
  const TrackId vox = id_of(project, "Vox");
  const ClipId clip = track(project, "Bass (Bounce)").clips[0]->id;
  const auto bounce = bounce_of(id_of(project, "Bass"), 4);
  const audio::AudioRef audio = audio_of("new.wav", 7);
  CHECK(contains(refusal(project, UpdateBounce{vox, {{track(project, "Vox").clips[0]->id, audio, bounce}}}),
                 "\"Vox\" holds no bounced audio"));
  refusal(project, UpdateBounce{bounced, {{track(project, "Vox").clips[0]->id, audio, bounce}}}, ErrorKind::not_found);
  refusal(project, UpdateBounce{bounced, {{clip, audio, bounce_of({project.next_id}, 4)}}}, ErrorKind::usage);
  const Project frozen = must(project, freeze_of(project, bounced));
  CHECK(track(must(frozen, UpdateBounce{bounced, {{clip, audio, bounce}}}), "Bass (Bounce)").prints.size() == 1);

  const auto bounce_on = [](const Project& after, const char* name, std::size_t index) {
    return std::get<document::AudioClip>(track(after, name).clips.at(index)->body).bounce;
  };
  CHECK(bounce_on(must(project, MoveClip{bounced, clip, vox, Beats::quarters(4)}), "Vox", 1) == bounce);
  NewClip own = audio_clip({}, rate);
  std::get<document::AudioClip>(own.body).bounce = bounce_of({}, 0);
  const Project in_place = must(project, BounceInPlace{vox, BouncePoint::post_fx, {}, {own}});
  const ClipId printed = track(in_place, "Vox").clips[0]->id;
  CHECK(bounce_on(in_place, "Vox", 0).has_value());
  CHECK(bounce_on(must(in_place, DuplicateTrack{vox, "Twin"}), "Twin", 0) == bounce_of({}, 0));
  CHECK_FALSE(bounce_on(must(in_place, MoveClip{vox, printed, bounced, {}}), "Bass (Bounce)", 0).has_value());
}

TEST_CASE("a group's copy holds bounces of its own tracks, and of others the same") {
  Project project = make_scene();
  const TrackId bass = id_of(project, "Bass");
  project = must(project, MoveTrack{bass, {id_of(project, "Bus"), {}}});
  NewClip clip = audio_clip({}, rate);
  auto& body = std::get<document::AudioClip>(clip.body);
  body.bounce = bounce_of(bass, 0);
  body.bounce->point = BouncePoint::after_device;
  body.bounce->after = device(project, "Bass", title("compressor"));
  project = must(project, BounceToNewTrack{bass, BouncePoint::after_device, {clip}});
  const auto bounce_on = [](const Track& track) { return *std::get<document::AudioClip>(track.clips[0]->body).bounce; };

  const Project alone = must(project, DuplicateTrack{id_of(project, "Bass (Bounce)"), "Twin"});
  CHECK(bounce_on(track(alone, "Twin")) == *body.bounce);
  const Project both = must(project, DuplicateTrack{id_of(project, "Bus"), "Bus 2"});
  const auto members = document::members_of(both, id_of(both, "Bus 2"));
  REQUIRE(members.size() == 3);
  const Track& copy = *members[1];
  CHECK(bounce_on(*members[2]).source == copy.id);
  CHECK(bounce_on(*members[2]).after == copy.devices[2].id);
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
