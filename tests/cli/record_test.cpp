// Recording, as a person does it: in real time, on a clock in place of a sound card (SPEC E).
#include <doctest/doctest.h>

#include <string>

#include "cli/run_program.hpp"
#include "cli/sound_server.hpp"

using firn::tests::contains;
using firn::tests::Program;
using nlohmann::json;

namespace {

json clips_of(const Program& program, const std::string& track) { return program.track(track)["clips"]; }

}  // namespace

TEST_CASE("SPEC E3, E6: what `firn record` writes is what `firn resample` makes, faster") {
  const Program program;
  program.make_song();
  program.ok("cp -r song offline");
  const json live =
      program.json("firn record song --to 2 --input resampling --input Bass:post-fx --device null --json");
  REQUIRE(live["takes"].size() == 2);
  const json offline = program.json("firn resample offline --to 2 --input resampling --input Bass:post-fx --json");
  if (live["missed_frames"] != 0) {
    MESSAGE("a slow machine: nothing to compare");
    return;
  }
  for (int i = 0; i < 2; ++i) {
    const std::string path = live["takes"][i]["path"];
    CHECK(path.starts_with("Samples/Recorded/"));
    CHECK(live["takes"][i]["frames"] == offline["tracks"][i]["print"]["frames"]);
    program.ok("cmp song/'" + path + "' offline/'" + std::string(offline["tracks"][i]["print"]["path"]) + "'");
  }
  CHECK(clips_of(program, "Resampling").size() == 1);
  CHECK(program.json("firn undo song --json")["undone"].is_string());
  program.fails(3, "firn show song --track Resampling");
}

TEST_CASE("SPEC E4: each time round a loop is a clip, and the last whole one plays; an earlier take is switched off") {
  const Program program;
  program.make_song();
  program.ok("firn track add song --audio Print");
  const std::string line = "firn record song --track Print --input resampling --from 1.1.1 --to 1.2.1 --loop ";
  program.ok(line + "--passes 3 --device null");
  json clips = clips_of(program, "Print");
  REQUIRE(clips.size() == 3);
  int active = 0;
  for (const json& clip : clips) {
    CHECK(clip["length_frames"] == clips[0]["length_frames"]);
    active += clip["active"] ? 1 : 0;
  }
  CHECK(active == 1);
  program.ok(line + "--passes 1 --device null");
  clips = clips_of(program, "Print");
  active = 0;
  for (const json& clip : clips) active += clip["active"] ? 1 : 0;
  CHECK(clips.size() == 4);
  CHECK(active == 1);
}

TEST_CASE("punch points, and a take over half of an earlier one") {
  const Program program;
  program.make_song();
  program.ok("firn track add song --audio Print && firn route song Print input=resampling arm=on");
  program.ok("firn record song --from 1.1.1 --to 1.4.1 --punch-in 1.2.1 --punch-out 1.3.1 --device null");
  json clips = clips_of(program, "Print");
  REQUIRE(clips.size() == 1);
  CHECK(clips[0]["at"] == "1.2.1");
  CHECK(clips[0]["length_frames"] == 24'000);
  program.ok("firn record song --from 1.2.3 --to 1.4.1 --device null");
  clips = clips_of(program, "Print");
  REQUIRE(clips.size() == 3);
  std::string text;
  for (const json& clip : clips) text += std::string(clip["at"]) + (clip["active"] ? " on, " : " off, ");
  CAPTURE(text);
  CHECK(contains(text, "1.2.1 on"));
  CHECK(contains(text, "1.2.3 on"));
  CHECK(contains(text, "1.2.3 off"));
}

TEST_CASE("SPEC E8: a take survives the death of its process, but for its last second") {
  const Program program;
  program.make_song();
  program.ok("firn track add song --audio Print && firn route song Print input=resampling arm=on");
  program.ok(
      "\"$FIRN\" record song --loop --to 2 --device null 2>err.log & pid=$!; "
      "for i in $(seq 200); do [ $(cat song/.firn/takes/*.take 2>/dev/null | wc -c) -gt 400000 ] && break; sleep 0.05; "
      "done; "
      "kill -KILL $pid; wait $pid || true");
  const auto ran = program.run("firn track rename song Bass Low");
  CHECK(ran.status == 0);
  CHECK(contains(ran.err, "Firn ended while Print was recorded"));
  CHECK(program.ok("ls song/.firn/takes") == "");
  const json clips = clips_of(program, "Print");
  REQUIRE(clips.size() == 1);
  CHECK(clips[0]["length_frames"] > 48'000);
  program.ok("firn export song mix.wav");
  // Once is enough.
  CHECK(program.run("firn track rename song Low Bass").err == "");
}

TEST_CASE("A channel of the device is recorded onto a track of its name; the null device's are silent") {
  const Program program;
  program.make_song();
  program.ok("firn record song --to 1.3 --input hw:1-2 --device null");
  const json clips = clips_of(program, "hw:1-2");
  REQUIRE(clips.size() == 1);
  CHECK(clips[0]["length_frames"] == 48'000);
  CHECK(program.track("hw:1-2")["input"] == "ext:hw:1-2");
}

TEST_CASE("SPEC E: what was heard last is captured where it was played, once") {
  const Program program;
  program.make_song();
  CHECK(contains(program.fails(3, "firn capture song"), "nothing to capture"));
  program.ok("firn play song --from 1.1.1 --to 2.1.1 --device null");
  program.ok("firn play song --to 1.2.1 --forget --device null");
  program.ok("firn capture song");
  const json clips = clips_of(program, "Captured");
  REQUIRE(clips.size() == 1);
  CHECK(clips[0]["at"] == "1.1.1");
  CHECK(clips[0]["length_frames"] == 96'000);
  program.fails(3, "firn capture song");
  program.ok("firn play song --to 1.2.1 --device null && firn clean song");
  program.fails(3, "firn capture song");
}

TEST_CASE("Ctrl-C ends a take and keeps it") {
  const Program program;
  program.make_song();
  const auto ran =
      program.run("timeout --foreground --signal=TERM 2 \"$FIRN\" record song --loop --to 2 --device null");
  CHECK(contains(ran.out, "Resampling"));
  CHECK(clips_of(program, "Resampling").size() == 1);
  CHECK(program.ok("ls song/.firn/takes") == "");
}

TEST_CASE("What can't be recorded is said, and nothing changes") {
  const Program program;
  program.make_song();
  CHECK(contains(program.fails(5, "firn record song --track Bass --input resampling --device null"), "Bass"));
  CHECK(contains(program.fails(2, "firn record song --input resampling --track Bass --input Pad --device null"),
                 "One track"));
  CHECK(contains(program.fails(2, "firn record song --punch-in 9 --to 2 --device null"), "punch points"));
  program.ok("firn track add song --audio Print");
  CHECK(contains(program.fails(2, "firn record song --track Print --device null"), "no input"));
  CHECK(contains(program.fails(2, "firn record song --input ext:Desk --device null"), "hw:1-2"));
  CHECK(contains(program.fails(2, "firn resample song --input hw:1"), "live"));
  CHECK(contains(program.fails(2, "firn record song --input midi#17 --device null"), "midi#16"));
  CHECK(contains(program.fails(2, "firn record song --track Bass --input hw:1 --device null"), "no keyboard"));
  CHECK(contains(program.fails(2, "firn record song --track Print --input midi --device null"), "hw:1-2"));
  CHECK(contains(program.fails(2, "firn record song --track Bass --quantise 1/0 --device null"), "1/16"));
  CHECK(contains(program.fails(2, "firn record song --track Print --input resampling --overdub --device null"),
                 "played in"));
  CHECK(contains(program.fails(2, "firn record song --passes 2 --device null"), "--passes goes with --loop"));
}

TEST_CASE("What another JACK program plays is recorded onto a MIDI track, its notes as far apart as they were played") {
  const Program program;
  program.make_song();
  // Keys 60 and 64 in turn, 12,000 frames apart and 8,000 long.
  const bool is_done = run_beside(firn::tests::SoundServer::jack, program, "jack_midiseq", R"sh(
jack_midiseq board 24000 0 60 8000 12000 64 8000 >keys.log 2>&1 &
keys=$!
wait_for 'jack_lsp 2>/dev/null | grep -q board:out'
"$FIRN" audio-devices >devices.log 2>&1
"$FIRN" record song --track Bass --input midi:BOARD --from 1 --to 2 --device jack >recorded.log 2>&1
"$FIRN" record song --input midi#2 --to 2 --device jack >>recorded.log 2>&1
kill $keys; wait $keys
)sh");
  if (!is_done) return;
  CHECK(contains(program.text("devices.log"), "board:out"));
  const std::string said = program.text("recorded.log");
  CAPTURE(said);
  CHECK(contains(said, "Record onto Bass"));
  CHECK(contains(said, "Nothing was recorded"));  // on another channel
  json taken;
  for (const json& clip : clips_of(program, "Bass")) {
    if (clip["active"]) taken = clip;
  }
  CHECK(taken["at"] == "1.1.1");
  const json& notes = taken["notes"];
  REQUIRE(notes.size() >= 4);
  if (!contains(said, "0 drop-outs")) {
    MESSAGE("a slow machine: the notes may lie anywhere");
    return;
  }
  for (std::size_t i = 1; i + 1 < notes.size(); ++i) {  // the first may be cut by the start, the last by the end
    CAPTURE(i);
    CHECK(notes[i]["key"] != notes[i - 1]["key"]);
    CHECK(notes[i]["length"] == notes[1]["length"]);
  }
}
