// What is played in on a keyboard: heard at once through its track's devices, and recorded where it was heard.
#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "live/player.hpp"
#include "midi/recorded.hpp"
#include "support/playing.hpp"
#include "support/random_song.hpp"

namespace {

using namespace firn;
using document::TrackId;
using document::TrackKind;
using midi::Message;
using tests::difference;
using tests::Playing;
using tests::Scene;
using time::FrameRange;
using time::Frames;
using time::Run;

struct PlayedSong : Scene {
  PlayedSong() {
    add_midi("Other", "synth", tests::some_notes(1));
    keys = add_track(TrackKind::midi, "Keys");
    add_device(keys, "synth");
    add_device(keys, "reverb", {{"decay", 0.3}});
    apply({edit::SetInput{keys, document::ExternalInput{"midi:board#2"}}, edit::SetArmed{keys, true}});
  }
  TrackId keys;
};

Message down(int frame, std::uint8_t key, std::uint8_t channel = 1) {
  return {frame, 1, {static_cast<std::uint8_t>(0x90 | channel), key, 100}};
}
Message up(int frame, std::uint8_t key) { return {frame, 1, {0x81, key, 64}}; }

struct Press {
  int at;  // of the run
  Message message;
};

// On keys, off the grid that devices have, in and across blocks; with a chord, a pedal, and what is not meant.
std::vector<Press> some_presses() {
  std::vector<Press> all{{100, down(0, 60)},
                         {3'001, up(0, 60)},
                         {5'000, down(0, 62)},
                         {5'000, down(0, 65)},
                         {9'999, up(0, 62)},
                         {10'000, up(0, 65)},
                         {12'345, {0, 1, {0xB1, 64, 127}}},
                         {12'346, down(0, 67)},
                         {13'000, up(0, 67)},
                         {14'000, down(0, 70, 2)},  // another channel
                         {20'000, {0, 1, {0xB1, 64, 0}}}};
  all.push_back({15'000, {0, 0, {0x91, 72, 100}}});  // another keyboard
  return all;
}

void play_in(Playing& playing, const std::vector<Press>& presses, int from, int frames) {
  for (const Press& press : presses) {
    if (press.at < from || press.at >= from + frames) continue;
    Message message = press.message;
    message.frame = press.at - from;
    playing.play_in(message);
  }
}

live::Setup setup_of(const std::shared_ptr<live::EventTape>& tape = {}) {
  live::Setup setup = tests::unhurried();
  setup.outside.midi_ports = std::make_shared<midi::Ports>(std::initializer_list<std::string>{"Pads", "USB Keyboard"});
  if (tape) setup.event_recordings = {{"midi:board#2", tape}};
  return setup;
}

}  // namespace

TEST_CASE("What is played in sounds, and is recorded, as the notes that it becomes sound in a render, in any block") {
  for (const int block : {16, 250, 4000}) {
    CAPTURE(block);
    PlayedSong song;
    const auto tape = std::make_shared<live::EventTape>(FrameRange{{}, Frames::never()});
    Playing playing(song, {}, block, setup_of(tape));
    const auto presses = some_presses();
    for (int at = 0; at < 48'000; at += block) {
      play_in(playing, presses, at, block);
      playing.hear(block);
    }
    const midi::EventList events = tape->take();
    CHECK(events.size() == 10);
    CHECK(tape->lost() == 0);
    CHECK(tape->length() == Frames{48'000});
    document::MidiClip clip;
    clip.length = time::Beats::quarters(4);
    clip.content = midi::recorded(events, {{}, {48'000}}, song.project.tempo, song.project.rate);
    // SPEC A7: none of it is in a render.
    const auto armed = song.listen_to_main({.window = {{}, Frames{48'000}}});
    song.apply(edit::SetArmed{song.keys, false});
    CHECK(difference(armed, song.listen_to_main({.window = {{}, Frames{48'000}}})) == "");
    song.apply(edit::AddClip{song.keys, {"", {}, {}, clip}});
    const auto expected = song.listen_to_main({.window = {{}, Frames{48'000}}});
    CHECK(difference(tests::part_of(playing.heard(), 0, 48'000), expected) == "");
  }
}

TEST_CASE("A key is recorded where it was heard to be pressed: behind the latency of Main and of the way out") {
  PlayedSong song;
  song.add_device(song.main(), "limiter");
  const Run run{Frames{20'000}};
  const auto tape = std::make_shared<live::EventTape>(FrameRange{run.start(), Frames{30'000}}, Frames{2'000});
  live::Setup setup = setup_of(tape);
  setup.outside.way_out = Frames{333};
  setup.count_in = Frames{48'000};
  const auto sources = convert::sources_of(song.project, song.store(), song.plugins);
  auto made = live::Performance::make(song.project, sources, song.facts(), run, setup);
  REQUIRE(made);
  const int late = static_cast<int>((*made)->latency().count) + 333;
  CHECK(late > 333);
  live::Player player(song.project.rate);
  const int bar = 48'000 + static_cast<int>((*made)->latency().count);
  player.play(std::move(*made));
  audio::StereoBuffer block(1'000);
  const std::vector<Press> presses{{bar - 3'000, down(0, 50)},     {bar - 1'000, down(0, 60)},
                                   {bar + 333, up(0, 60)},         {bar + 5'000, down(0, 62)},
                                   {bar + 9'000 + 333, up(0, 62)}, {bar + 10'000 + 333, down(0, 64)}};
  for (int at = 0; at < bar + 12'000; at += block.frames()) {
    std::vector<Message> messages;
    for (const Press& press : presses) {
      if (press.at < at || press.at >= at + block.frames()) continue;
      messages.push_back(press.message);
      messages.back().frame = press.at - at;
    }
    player.process(block.view(), {{}, messages});
  }
  std::vector<std::pair<int, std::int64_t>> heard;
  for (const midi::Event& event : tape->take()) heard.emplace_back(event.number, event.at.count);
  // A hand that was early is on the first frame; what was earlier still, or too late, is not in it.
  CHECK(heard == std::vector<std::pair<int, std::int64_t>>{
                     {60, 20'000}, {60, 20'000}, {62, 20'000 + 5'000 - 333}, {62, 29'000}});
  CHECK(tape->is_full());
}

TEST_CASE("During the count-in keys are heard, and nothing else") {
  constexpr int count_in = 9'600;
  const Run run{Frames{20'000}};
  live::Setup setup = setup_of();
  setup.count_in = Frames{count_in};
  const auto add_others = [](PlayedSong& song) {
    song.add_audio("Noise", tests::noise(96'000, 3));
    song.add_device(song.add_midi("Sweep", "synth", tests::some_notes(2)), "chorus");
  };
  for (const int block : {16, 333, 4000}) {
    CAPTURE(block);
    PlayedSong song, alone;
    add_others(song);
    alone.apply(edit::RemoveTrack{alone.project.tracks.front()->id});
    for (PlayedSong* each : {&song, &alone}) each->add_device(each->main(), "limiter");

    // What begins at the start does so as it would without.
    Playing unplayed(song, run, block, setup);
    unplayed.hear(count_in + 30'000);
    const audio::StereoBuffer before = tests::part_of(unplayed.heard(), 0, count_in);
    CHECK(tests::is_silent(before));
    const auto rendered = song.listen_to_main({.window = {run.start(), Frames{50'000}}, .start = run.start()});
    CHECK(difference(tests::part_of(unplayed.heard(), count_in, 30'000), rendered) == "");

    // The keys sound as they would on their own.
    Playing played(song, run, block, setup);
    Playing expected(alone, Run{run.start() - Frames{count_in}}, block, setup_of());
    for (Playing* each : {&played, &expected}) {
      for (int at = 0; at < count_in; at += block) {
        play_in(*each, some_presses(), at, block);
        each->hear(block);
      }
    }
    const audio::StereoBuffer keys = tests::part_of(played.heard(), 0, count_in);
    CHECK_FALSE(tests::is_silent(keys));
    CHECK(difference(keys, tests::part_of(expected.heard(), 0, count_in)) == "");
  }
}

TEST_CASE(
    "A key that is down sounds on while other things are edited, and is let go where its track is heard no more") {
  PlayedSong song, still;
  Playing playing(song, {}, 256, setup_of());
  Playing undisturbed(still, {}, 256, setup_of());
  for (Playing* each : {&playing, &undisturbed}) {
    each->hear(2'560);
    each->play_in(down(10, 60));
    each->hear(2'560);
  }
  const TrackId other = song.add_track(TrackKind::audio, "New");
  playing.follow();
  const int settled = playing.settle();
  undisturbed.hear(settled - undisturbed.frames());
  for (Playing* each : {&playing, &undisturbed}) each->hear(2'560);
  CHECK(difference(playing.heard(), undisturbed.heard()) == "");
  song.apply({edit::RemoveTrack{other}, edit::SetArmed{song.keys, false}});
  playing.follow();
  playing.settle();
  playing.hear(96'000);  // the key's reverb is over by then
  const int end = playing.frames();
  const auto expected = song.listen_to_main({.window = {Frames{end - 1'000}, Frames{end}}});
  CHECK(difference(tests::part_of(playing.heard(), end - 1'000, 1'000), expected) == "");
}

TEST_CASE("A key that is down is let go where its track goes on without its keyboard") {
  PlayedSong song;
  const TrackId other = song.add_midi("Key", "synth", tests::some_notes(2));
  const document::DeviceId ducker = song.add_device(song.keys, "compressor");
  // What hears a mixer is never read ahead: the track's devices go on.
  song.apply(edit::SetSideChain{song.keys, ducker, document::Tap{other, document::TapPoint::post_mixer}});
  Playing playing(song, {}, 256, setup_of());
  playing.hear(2'560);
  playing.play_in(down(10, 60));
  playing.play_in({11, 1, {0xB1, 64, 127}});
  playing.hear(2'560);
  song.apply(edit::SetArmed{song.keys, false});
  playing.follow();
  playing.settle();
  playing.hear(144'000);
  const int end = playing.frames();
  const auto expected = song.listen_to_main({.window = {Frames{end - 1'000}, Frames{end}}});
  CHECK(difference(tests::part_of(playing.heard(), end - 1'000, 1'000), expected) == "");
}
