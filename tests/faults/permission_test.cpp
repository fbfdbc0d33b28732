// What may not be read or written is an error that says so, found as early as it can be; nothing changes, and what can be done is.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "faults/fault.hpp"

using namespace firn::tests;

namespace {

struct Refusal {
  std::string path;  // in the project
  std::string mode;
  std::vector<std::string> refused;  // with status 11, and the path
  std::vector<std::string> allowed;
};

const std::string advice = "permission denied. Check who owns it and what its folder allows.";

}  // namespace

TEST_CASE("a project that may not be read or written, or a part of it, refuses what needs that, and loses nothing") {
  const Program program;
  make_echo_song(program);
  program.ok(
      "firn freeze song Keys && firn track add song --midi Lead && firn device add song Lead synth && "
      "firn clip add song Lead C3,1.1.1,0.1.0 --at 1 && firn mixer song Keys volume=-1dB && firn undo song");
  const std::string firn = bound_by_permissions(program);
  const std::string before = program.text("song/project.json") + program.ok("firn undo song --list");
  const std::string edit = "mixer song Lead volume=-3dB";
  const std::vector<Refusal> refusals = {
      {"",
       "555",
       {edit, "undo song", "redo song", "flatten song Keys"},
       {"show song", "verify song", "export song mix.wav"}},
      {"project.json", "000", {"show song", edit, "freeze song Lead", "export song mix.wav"}, {}},
      {".firn", "000", {edit, "freeze song Lead", "export song mix.wav"}, {"show song"}},
      {".firn", "555", {edit, "undo song"}, {"show song", "verify song"}},
      {".firn/lock", "444", {edit, "export song mix.wav"}, {"show song"}},
      {".firn/tmp", "555", {"freeze song Lead"}, {"show song", "verify song", "export song mix.wav"}},
      {".firn/history", "000", {edit, "undo song"}, {"show song", "verify song"}},
      {".firn/history/index.json", "000", {edit, "undo song", "clean song"}, {"show song", "verify song"}},
      {"Samples", "555", {"resample song"}, {"show song", "verify song"}},
      {"Samples/Processed", "555", {"bounce song Lead"}, {"show song", "verify song"}},
      {"Samples", "000", {"export song mix.wav", "verify song", "clean song"}, {"show song"}},
      {"Samples/Processed/Freeze", "555", {"freeze song Lead"}, {"verify song", "export song mix.wav"}},
      {"Samples/Processed/Freeze/*",
       "000",
       {"export song mix.wav", "verify song", "pack song song.zip"},
       {"show song"}}};
  for (const Refusal& refusal : refusals) {
    CAPTURE(refusal.path);
    CAPTURE(refusal.mode);
    program.ok(fmt::format("chmod {} song/{}", refusal.mode, refusal.path));
    for (const std::string& step : refusal.refused) {
      CAPTURE(step);
      const Ran ran = program.run(firn + step);
      INFO(ran.out, ran.err);
      CHECK(ran.status == 11);
      CHECK(ran.out.empty());
      CHECK(contains(ran.err, advice));
      // Before anything is rendered for it.
      if (refusal.path.starts_with("Samples") && refusal.mode == "555") CHECK(contains(ran.err, "Can't write to "));
      CHECK(contains(ran.err, refusal.path.substr(0, refusal.path.find('*'))));
    }
    for (const std::string& step : refusal.allowed) {
      CAPTURE(step);
      const Ran ran = program.run(firn + step);
      INFO(ran.err);
      CHECK(ran.status == 0);
    }
    program.ok(fmt::format("chmod 755 song/{}", refusal.path));
    CHECK(program.text("song/project.json") + program.ok("firn undo song --list") == before);
    CHECK(program.run("ls song/Samples/Processed/Freeze | wc -l").out == "1\n");
    check_whole(program, "song");
    CHECK(half_done(program).empty());
  }
  program.ok("firn redo song && firn freeze song Lead");
  check_whole(program, "song");
}

TEST_CASE("indexes that may not be written cost what they would have told, not the freeze") {
  const Program program;
  make_echo_song(program);
  program.ok("firn freeze song Keys && firn unfreeze song Keys && firn note add song Keys 1 G3,1.2.1,0.0.1");
  const std::string firn = bound_by_permissions(program);
  for (const auto& closed : std::vector<std::pair<std::string, std::string>>{
           {"checkpoints.jsonl", "000"}, {"checkpoints", "000"}, {"checkpoints", "555"}, {"digests.jsonl", "000"}}) {
    const auto& part = closed.first;
    const auto& mode = closed.second;
    CAPTURE(part);
    CAPTURE(mode);
    program.ok(
        fmt::format("rm -rf try && cp -r song try && touch try/.firn/{0} && chmod {1} try/.firn/{0}", part, mode));
    program.ok(firn + "freeze try Keys");
    program.ok("chmod 755 try/.firn/" + part);
    check_whole(program, "try");
  }
}

TEST_CASE("where a file may not be put, nothing is rendered for it, and nothing is left") {
  const Program program;
  make_echo_song(program);
  program.ok(
      "firn pack song song.zip && firn export song song.mid && mkdir locked && echo mine > locked/mix.wav && chmod 555 "
      "locked");
  const std::string firn = bound_by_permissions(program);
  for (const std::string work :
       {"export song locked/out.wav", "export song locked/mix.wav", "export song locked/out.mid",
        "stems song -o locked", "stems song -o locked/out", "pack song locked/out.zip", "unpack song.zip -o locked/out",
        "new song.mid -o locked/out", "new -o locked/out/deep"}) {
    CAPTURE(work);
    const std::string message = program.fails(11, firn + work);
    CHECK(contains(message, advice));
    CHECK(contains(message, "locked"));
    CHECK_FALSE(contains(message, ".firn-new-"));
  }
}
