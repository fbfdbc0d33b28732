// Laws 2, 3 and 4: what the engine gives, whatever the block, the threads and the latencies.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "convert/flatten.hpp"
#include "convert/freeze.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using document::TrackId;
using document::TrackKind;
using tests::Listening;
using tests::Scene;
using time::Beats;

document::Breakpoint point(Beats at, double value, bool hold = false, double curve = 0.0) {
  return {at, value, hold, curve};
}

// Instruments, chains, a group, two returns, sends, automation of everything that moves, and a tempo ramp.
struct MixedSong : Scene {
  explicit MixedSong(int hertz) : Scene(hertz) {
    apply(edit::SetTempo{
        {{Beats{}, 117.0, false}, {Beats::quarters(3), 140.0, true}, {Beats::quarters(6), 90.0, false}}});
    group = add_track(TrackKind::group, "Band");
    hall = add_track(TrackKind::return_, "Hall");
    echo = add_track(TrackKind::return_, "Echo");
    add_device(hall, "reverb");
    add_device(echo, "delay");
    lead = add_midi("Lead", "synth", tests::some_notes(1));
    const auto filter = add_device(lead, "filter");
    bass = add_midi("Bass", "synth", tests::some_notes(2));
    add_device(bass, "compressor");
    add_device(bass, "limiter");
    loop = add_audio("Loop", tests::noise(90'000, 3), Beats::fraction(5, 7));
    add_device(loop, "chorus");
    add_device(group, "eq");
    add_device(main(), "limiter");
    apply({edit::MoveTrack{bass, {group, {}}}, edit::MoveTrack{lead, {group, {}}}});
    apply({edit::SetSendLevel{lead, hall, -9.0}, edit::SetSendLevel{lead, echo, -12.0},
           edit::SetSendPoint{lead, echo, true}, edit::SetSendLevel{loop, hall, -6.0}, edit::SetPan{bass, -0.25},
           edit::SetVolume{loop, -3.0}});
    using document::MixerParameter;
    apply(edit::SetAutomation{
        lead,
        document::DeviceTarget{filter, "cutoff"},
        {point(Beats{}, 300.0), point(Beats::quarters(4), 6000.0, false, 0.4), point(Beats::quarters(7), 900.0)}});
    apply(edit::SetAutomation{
        lead,
        document::MixerTarget{MixerParameter::volume},
        {point(Beats{}, -20.0), point(Beats::quarters(5), 0.0, false, -0.3), point(Beats::quarters(6), -6.0)}});
    apply(edit::SetAutomation{
        bass, document::MixerTarget{MixerParameter::pan}, {point(Beats{}, -1.0), point(Beats::quarters(8), 1.0)}});
    apply(edit::SetAutomation{
        loop,
        document::MixerTarget{MixerParameter::activator},
        {point(Beats{}, 1.0, true), point(Beats::fraction(7, 3), 0.0, true), point(Beats::quarters(3), 1.0, true)}});
  }
  TrackId group, hall, echo, lead, bass, loop;
};

}  // namespace

TEST_CASE("SPEC A2, law 3: block size and thread count never change a sample") {
  for (const int rate : {44100, 48000, 96000}) {
    MixedSong song(rate);
    const auto reference =
        song.listen_to_main({.threads = 1, .block = 512, .prints = plan::Prints::play, .window = {}});
    REQUIRE(reference.frames() > rate);
    for (const Listening& listening :
         {Listening{1, 17, plan::Prints::play, {}}, Listening{2, 64, plan::Prints::play, {}},
          Listening{3, 8192, plan::Prints::play, {}}}) {
      CAPTURE(listening.block);
      CHECK(tests::difference(reference, song.listen_to_main(listening)) == "");
    }
    if (rate == 48000) CHECK(tests::difference(reference, song.listen_to_main({2, 1, plan::Prints::play, {}})) == "");
  }
}

TEST_CASE("SPEC B1, B3, law 2: a frozen project sounds, sample for sample, as the reference") {
  MixedSong song(48000);
  const auto reference = song.listen_to_main();
  auto studio = song.studio();
  SUBCASE("one track") {
    auto outcome = convert::freeze(song.project, {{song.bass}}, studio);
    REQUIRE(outcome);
    song.apply(outcome->commands);
  }
  SUBCASE("all tracks") {
    auto outcome = convert::freeze(song.project, {{song.lead, song.bass, song.loop}}, studio);
    REQUIRE(outcome);
    song.apply(outcome->commands);
  }
  SUBCASE("all tracks flattened") {
    auto outcome =
        convert::flatten(song.project, {song.lead, song.bass, song.loop}, convert::StalePrints::refuse, studio);
    REQUIRE(outcome);
    song.apply(outcome->commands);
  }
  CHECK(tests::difference(reference, song.listen_to_main()) == "");
}

TEST_CASE("SPEC A4, law 4: an impulse at a frame lands at that frame of Main, whatever the latencies") {
  for (const std::int64_t latency : {0, 1, 64, 4097, 65536}) {
    for (const int at : {0, 1, 30'000}) {
      CAPTURE(latency);
      CAPTURE(at);
      Scene scene;
      const auto group = scene.add_track(TrackKind::group, "Group");
      const auto send = scene.add_track(TrackKind::return_, "Return");
      const auto direct = scene.add_audio("Direct", tests::impulse(at + 1, at));
      const auto late = scene.add_audio("Late", tests::impulse(at + 1, at));
      const auto sender = scene.add_audio("Sender", tests::impulse(at + 1, at));
      // A bypassed device keeps its latency, so its facts alone make one of any length.
      const auto with_latency = [&](TrackId track, std::int64_t frames) {
        const auto device = scene.add_device(track, "utility");
        scene.apply(edit::SetDeviceOn{track, device, false});
        scene.latencies[device] = {frames};
      };
      with_latency(late, latency);
      with_latency(group, 3);
      with_latency(send, latency / 2 + 5);
      scene.apply({edit::MoveTrack{late, {group, {}}}, edit::SetSendLevel{sender, send, 0.0}});
      const auto heard = scene.listen_to_main();
      REQUIRE(heard.frames() > at);
      // Four ways to Main, each exactly 1.
      for (int i = 0; i < heard.frames(); ++i)
        REQUIRE(heard.left[static_cast<std::size_t>(i)] == (i == at ? 4.0f : 0.0f));
      auto studio = scene.studio();
      auto outcome = convert::freeze(scene.project, {{direct, late, sender}}, studio);
      REQUIRE(outcome);
      scene.apply(outcome->commands);
      CHECK(tests::difference(heard, scene.listen_to_main()) == "");
    }
  }
}

TEST_CASE("SPEC A4: a device's own latency is compensated: the limiter's, at every rate") {
  for (const int rate : {44100, 48000, 96000}) {
    for (const double look_ahead : {0.5, 2.0, 10.0}) {
      Scene scene(rate);
      const auto direct = scene.add_audio("Direct", tests::impulse(1000, 999));
      const auto late = scene.add_audio("Late", tests::impulse(1000, 999));
      scene.add_device(late, "limiter", {{"look-ahead", look_ahead}});
      scene.apply({edit::SetVolume{late, -6.0}, edit::SetVolume{direct, -6.0}});
      const auto heard = scene.listen_to_main();
      for (int i = 0; i < heard.frames(); ++i) {
        if (i != 999) REQUIRE(heard.left[static_cast<std::size_t>(i)] == 0.0f);
      }
      CHECK(heard.left[999] > 0.9f);
    }
  }
}

namespace {

// The samples times a gain, as a fader does it.
audio::StereoBuffer scaled(audio::StereoBuffer buffer, double decibels) {
  const auto gain = static_cast<float>(std::pow(10.0, decibels / 20.0));
  for (float& sample : buffer.left) sample *= gain;
  for (float& sample : buffer.right) sample *= gain;
  return buffer;
}

audio::StereoBuffer added(const audio::StereoBuffer& a, const audio::StereoBuffer& b) {
  audio::StereoBuffer sum(std::max(a.frames(), b.frames()));
  for (const auto plane : {&audio::StereoBuffer::left, &audio::StereoBuffer::right}) {
    for (std::size_t i = 0; i < sum.left.size(); ++i) {
      const double x = i < (a.*plane).size() ? double{(a.*plane)[i]} : 0.0;
      const double y = i < (b.*plane).size() ? double{(b.*plane)[i]} : 0.0;
      (sum.*plane)[i] = static_cast<float>(x + y);
    }
  }
  return sum;
}

// Two tracks in a group, and a return that both send to.
struct Signals : Scene {
  Signals() {
    group = add_track(TrackKind::group, "Group");
    send = add_track(TrackKind::return_, "Return");
    one = add_audio("One", noise_one);
    two = add_audio("Two", noise_two);
    add_device(one, "utility", {{"gain", -6.0}});
    apply({edit::MoveTrack{one, {group, {}}}, edit::MoveTrack{two, {group, {}}}, edit::SetVolume{one, -3.0},
           edit::SetVolume{group, -2.0}, edit::SetVolume{send, -1.0}, edit::SetSendLevel{one, send, -9.0},
           edit::SetSendLevel{two, send, -4.0}, edit::SetSendPoint{one, send, true}});
  }

  audio::StereoBuffer at(TrackId track, TapPoint point) { return listen({{track, point}, {}}); }

  const audio::StereoBuffer noise_one = tests::noise(20'000, 1);
  const audio::StereoBuffer noise_two = tests::noise(9'000, 2);
  TrackId group, send, one, two;
};

}  // namespace

TEST_CASE("SPEC A1: Pre FX, Post FX, Post Mixer; a pre-fader send leaves at Post FX, a post-fader one at Post Mixer") {
  Signals signals;
  const auto pre_fx = signals.at(signals.one, TapPoint::pre_fx);
  const auto post_fx = signals.at(signals.one, TapPoint::post_fx);
  const auto post_mixer = signals.at(signals.one, TapPoint::post_mixer);
  CHECK(tests::difference(pre_fx, signals.noise_one) == "");
  for (std::size_t i = 0; i < pre_fx.left.size(); ++i)
    REQUIRE(post_fx.left[i] == doctest::Approx(pre_fx.left[i] * std::pow(10.0, -0.3)).epsilon(1e-4));
  CHECK(tests::difference(post_mixer, scaled(post_fx, -3.0)) == "");

  const auto returned = signals.at(signals.send, TapPoint::pre_fx);
  const auto other = signals.at(signals.two, TapPoint::post_mixer);
  CHECK(tests::difference(returned, added(scaled(post_fx, -9.0), scaled(other, -4.0))) == "");
  CHECK(tests::difference(signals.at(signals.group, TapPoint::pre_fx), added(post_mixer, other)) == "");
  CHECK(tests::difference(signals.at(signals.main(), TapPoint::pre_fx),
                          added(signals.at(signals.group, TapPoint::post_mixer),
                                signals.at(signals.send, TapPoint::post_mixer))) == "");
}

TEST_CASE(
    "SPEC A1: what is muted or silenced by a solo sends nothing, pre-fader neither; its Pre FX, Post FX and "
    "side-chains go on") {
  Signals signals;
  const auto gate = signals.add_device(signals.two, "compressor");
  signals.apply(edit::SetSideChain{signals.two, gate, document::Tap{signals.one, TapPoint::post_fx}});
  const auto pre_fx = signals.at(signals.one, TapPoint::pre_fx);
  const auto post_fx = signals.at(signals.one, TapPoint::post_fx);
  const auto ducked = signals.at(signals.two, TapPoint::post_fx);
  SUBCASE("muted") { signals.apply(edit::SetActivator{signals.one, false}); }
  SUBCASE("another is soloed") { signals.apply(edit::SetSolo{signals.two, true}); }
  CHECK(tests::is_silent(signals.at(signals.one, TapPoint::post_mixer)));
  CHECK(tests::difference(signals.at(signals.send, TapPoint::pre_fx),
                          scaled(signals.at(signals.two, TapPoint::post_mixer), -4.0)) == "");
  CHECK(tests::difference(pre_fx, signals.at(signals.one, TapPoint::pre_fx)) == "");
  CHECK(tests::difference(post_fx, signals.at(signals.one, TapPoint::post_fx)) == "");
  CHECK(tests::difference(ducked, signals.at(signals.two, TapPoint::post_fx)) == "");
}

TEST_CASE("SPEC A3: latency before a device does not shift its automation") {
  audio::StereoBuffer reference;
  for (const std::int64_t latency : {0, 1, 64, 4097}) {
    CAPTURE(latency);
    Scene scene;
    const auto track = scene.add_audio("Track", tests::noise(60'000, 1));
    const auto late = scene.add_device(track, "utility");
    scene.apply(edit::SetDeviceOn{track, late, false});
    scene.latencies[late] = {latency};
    const auto moved = scene.add_device(track, "utility");
    scene.apply(edit::SetAutomation{
        track,
        document::DeviceTarget{moved, "gain"},
        {point(Beats{}, -30.0), point(Beats::fraction(1, 3), 0.0, true), point(Beats::fraction(5, 7), -20.0, true)}});
    const auto heard = tests::part_of(scene.listen_to_main(), 0, 60'000);
    if (latency == 0) reference = heard;
    CHECK(tests::difference(reference, heard) == "");
  }
}

TEST_CASE("SPEC A1, C1: a MIDI effect that is switched off or on in the middle of a note leaves none hanging") {
  Scene scene;
  scene.apply(edit::SetTailLimit{5.0});
  const auto track = scene.add_midi(
      "Keys", "synth",
      {{Beats{}, Beats::quarters(2), 60, 100, 64}, {Beats::quarters(3), Beats::quarters(2), 60, 100, 64}});
  const auto transpose = scene.add_device(track, "transpose", {{"semitones", 7.0}});
  scene.apply(edit::SetAutomation{
      track,
      document::DeviceTarget{transpose, "on"},
      {point(Beats{}, 1.0, true), point(Beats::quarters(1), 0.0, true), point(Beats::quarters(4), 1.0, true)}});
  auto studio = scene.studio();
  const auto outcome = convert::freeze(scene.project, {{track}}, studio);
  REQUIRE(outcome);
  CHECK_FALSE(outcome->tracks[0].print.cut_short);
  CHECK(outcome->tracks[0].print.audio.frames < time::Frames{5 * 48'000});
}
