// SPEC A3: a loop's wrap travels with the samples and resets nothing: what goes round sounds like what is written out.
#include <doctest/doctest.h>

#include "convert/freeze.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using document::TrackId;
using document::TrackKind;
using tests::difference;
using tests::Listening;
using tests::Scene;
using time::Beats;
using time::FrameRange;
using time::Frames;

constexpr int quarters = 2;                // of the loop
constexpr int length = quarters * 24'000;  // frames, at 120 bpm
const FrameRange loop{{}, {length}};

midi::Note note(int start, int sixteenths, int key) {
  return {Beats::fraction(start, 4), Beats::fraction(sixteenths, 4), static_cast<std::uint8_t>(key), 90, 64};
}

// What stands in a loop, written out so often: instruments, effects with latency and with an echo, automation, a group and a return. Once: with
// notes and a clip that go on past the loop's end, where they are not to be heard.
struct Round : Scene {
  explicit Round(int times) {
    hall = add_track(TrackKind::return_, "Hall");
    add_device(hall, "reverb");
    band = add_track(TrackKind::group, "Band");
    lead = add_track(TrackKind::midi, "Lead");
    add_device(lead, "synth");
    add_device(lead, "arpeggiator");
    const auto filter = add_device(lead, "filter");
    bass = add_track(TrackKind::midi, "Bass");
    add_device(bass, "synth");
    add_device(bass, "limiter");
    add_device(bass, "delay", {{"sync", 1.0}});
    noise = add_audio("Noise", tests::noise(20'000, 5), Beats::fraction(5, 4));
    add_device(noise, "chorus");
    apply({edit::MoveTrack{bass, {band, {}}}, edit::MoveTrack{lead, {band, {}}}, edit::SetSendLevel{lead, hall, -6.0},
           edit::SetSendLevel{noise, hall, -9.0}});
    std::vector<document::Breakpoint> cutoff;
    std::vector<document::Breakpoint> pan;
    for (int time = 0; time < times; ++time) {
      const Beats at = Beats::quarters(time * quarters);
      const Beats end = at + Beats::quarters(times == 1 ? 4 * quarters : quarters);
      write(lead, at, end, {note(0, 3, 60), note(1, 4, 64), note(5, 20, 67), note(9, 4, 72)});
      write(bass, at, end, {note(0, 2, 36), note(4, 3, 43), note(6, 9, 41)});
      if (time > 0) repeat_noise(at);
      cutoff.insert(cutoff.end(),
                    {{at, 300.0}, {at + Beats::quarters(1), 5'000.0}, {at + Beats::quarters(quarters), 700.0}});
      pan.insert(pan.end(), {{at, -0.75}, {at + Beats::quarters(quarters), 0.75}});
    }
    if (times > 1) apply(edit::ResizeClip{noise, track(noise).clips.front()->id, Frames{18'000}});
    apply(edit::SetAutomation{lead, document::DeviceTarget{filter, "cutoff"}, cutoff});
    apply(edit::SetAutomation{bass, document::MixerTarget{document::MixerParameter::pan}, pan});
  }

  void write(TrackId track, Beats at, Beats end, const std::vector<midi::Note>& notes) {
    midi::Content content;
    for (const midi::Note& each : notes) {
      if (each.start < end - at) content.notes.push_back(each);
    }
    document::MidiClip body;
    body.length = end - at;
    body.content = std::move(content);
    edit::NewClip clip;
    clip.start = at;
    clip.body = body;
    apply(edit::AddClip{track, clip});
  }

  void repeat_noise(Beats at) {
    auto body = std::get<document::AudioClip>(track(noise).clips.front()->body);
    body.length = Frames{18'000};
    edit::NewClip clip;
    clip.start = at + Beats::fraction(5, 4);
    clip.body = body;
    apply(edit::AddClip{noise, clip});
  }

  TrackId hall, band, lead, bass, noise;
};

}  // namespace

TEST_CASE(
    "A loop gone round five times is the song with its loop written out five times, with any block and any threads") {
  constexpr int times = 5;
  const render::Window window{{}, Frames{times * length}};
  Round written(times);
  Round round(1);
  std::vector<plan::Point> points;
  for (const TrackId id : {round.lead, round.bass, round.noise, round.hall, round.band, round.main()})
    points.push_back({{id, TapPoint::post_mixer}, {}});
  const auto expected = written.listen_to_all(points, {.window = window});
  const auto heard = round.listen_to_all(points, {.window = window, .loop = loop});
  for (std::size_t i = 0; i < points.size(); ++i) {
    CAPTURE(i);
    CHECK(difference(heard[i], expected[i]) == "");
  }
  for (const int block : {17, 64, 8192}) {
    CAPTURE(block);
    const int threads = block == 17 ? 1 : 3;
    const auto again =
        round.listen_to_all(points, {.threads = threads, .block = block, .window = window, .loop = loop});
    for (std::size_t i = 0; i < points.size(); ++i) {
      CAPTURE(i);
      CHECK(difference(again[i], heard[i]) == "");
    }
  }
}

TEST_CASE("A frozen track in a loop plays its print from the loop's start each time") {
  Scene scene;
  const TrackId track = scene.add_audio("Noise", tests::noise(3 * length, 6));
  auto studio = scene.studio();
  const auto outcome = convert::freeze(scene.project, {{track}}, studio);
  REQUIRE(outcome);
  scene.apply(outcome->commands);
  const FrameRange inner{{length / 2}, {length}};
  const plan::Point point{{track, TapPoint::post_fx}, {}};
  const auto whole = scene.listen(point, {.window = {{}, Frames{length}}});
  const auto heard = scene.listen(point, {.block = 100, .window = {{}, Frames{2 * length}}, .loop = inner});
  CHECK(difference(tests::part_of(heard, 0, length), whole) == "");
  for (const int start : {length, length * 3 / 2})
    CHECK(difference(tests::part_of(heard, start, length / 2), tests::part_of(whole, length / 2, length / 2)) == "");
}

TEST_CASE("At the loop's start notes that sound across it begin, each time, and at its end all end") {
  Scene scene;
  const TrackId track = scene.add_midi("Synth", "synth", {note(0, 12, 60)});
  const FrameRange inner{{length / 2}, {length}};
  // The same notes by hand: the long one up to the loop's end, then again from the loop's start.
  Scene other;
  std::vector<midi::Note> notes{note(0, 8, 60)};
  for (int time = 0; time < 3; ++time) notes.push_back(note(8 + 4 * time, 4, 60));
  const TrackId by_hand = other.add_midi("Synth", "synth", notes);
  const render::Window window{{}, Frames{length * 5 / 2}};
  CHECK(difference(scene.listen({{track, TapPoint::post_fx}, {}}, {.window = window, .loop = inner}),
                   other.listen({{by_hand, TapPoint::post_fx}, {}}, {.window = window})) == "");
}
