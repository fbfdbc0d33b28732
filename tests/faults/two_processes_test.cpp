// Two processes at one project: the second is told who has it, what it wanted is not done, and neither loses anything.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "faults/fault.hpp"

using namespace firn::tests;

namespace {

// Every line of the project's indexes is an object, or empty.
void check_indexes(const Program& program, const std::string& project) {
  for (const std::string name : {"prints", "checkpoints", "digests"}) {
    std::istringstream lines(program.text(fmt::format("{}/.firn/{}.jsonl", project, name)));
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(name);
      CAPTURE(line);
      CHECK((line.empty() || nlohmann::json::parse(line, nullptr, false).is_object()));
    }
  }
}

}  // namespace

TEST_CASE(
    "while a freeze is at work, others are told whose the project is; reading goes on, and both are done in the end") {
  const Program program;
  make_echo_song(program);
  program.ok("firn mixer song Keys volume=-1dB && firn undo song");
  Running first(program, "freeze song Keys");
  first.hold_at_work();
  for (const std::string step : {"freeze song Keys", "mixer song Keys volume=-3dB", "undo song", "redo song",
                                 "clean song", "export song mix.wav", "export song song.mid", "verify song",
                                 "pack song song.zip", "import song song/project.json"}) {
    CAPTURE(step);
    const Ran ran = program.run("firn " + step);
    CHECK(ran.status == 10);
    CHECK(ran.out.empty());
    CHECK(ran.err ==
          fmt::format("firn: Another Firn (process {}) has the project song open. Close it there, or wait until it is "
                      "done.\n",
                      first.process()));
  }
  CHECK(program.json("firn show song --json")["tracks"][0]["state"] == "live");
  program.ok("echo song > list");
  const Ran batch = program.run("firn batch list --json --each 'freeze --all'");
  CHECK(batch.status == 13);
  CHECK(batch.json()["songs"][0]["exit"] == 10);
  CHECK(contains(batch.out, fmt::format("process {}", first.process())));
  first.go_on();
  CHECK(first.wait().status == 0);
  CHECK(program.json("firn show song --json")["tracks"][0]["state"] == "fresh");
  program.ok("firn batch list --each 'mixer Keys volume=-3dB' && firn undo song && firn undo song");
  CHECK(program.json("firn show song --json")["tracks"][0]["state"] == "live");
  program.ok("firn redo song");
  check_whole(program, "song");
}

TEST_CASE("many at once: each is done or told, and the indexes are whole") {
  const Program program;
  make_echo_song(program);
  for (int round = 0; round < 3; ++round) {
    program.run("firn unfreeze song Keys");
    program.ok(fmt::format("firn note add song Keys 1 G{},1.2.1,0.0.1", round));
    program.run("for i in 1 2 3 4 5 6; do (firn freeze song Keys >out$i 2>err$i; echo $? >status$i) & done; wait");
    int done = 0;
    for (int i = 1; i <= 6; ++i) {
      const std::string status = program.text(fmt::format("status{}", i));
      if (status == "0\n") ++done;
      CHECK((status == "0\n" || status == "10\n"));
      CHECK((status == "0\n" || contains(program.text(fmt::format("err{}", i)), "Another Firn (process ")));
    }
    CHECK(done > 0);
    check_indexes(program, "song");
    check_whole(program, "song");
  }
}

TEST_CASE("a lock that a dead process left stops nobody, whatever stands in it") {
  const Program program;
  make_echo_song(program);
  {
    Running first(program, "freeze song Keys");
    first.hold_at_work();
    const auto process = std::to_string(first.process());
    CHECK(program.text("song/.firn/lock") == process + "\n");
    first.send(SIGKILL);
    first.wait();
    CHECK(program.text("song/.firn/lock") == process + "\n");
    CHECK_FALSE(half_done(program).empty());
  }
  program.ok("firn freeze song Keys");
  check_whole(program, "song");
  for (const std::string owner : {"1", "$$", "0", "no number", ""}) {
    CAPTURE(owner);
    program.ok("echo \"" + owner +
               "\" > song/.firn/lock && cp song/.firn/lock song/.firn/tmp.lock && firn undo song && firn redo song");
  }
}

TEST_CASE("a text that is changed while a freeze is at work is kept, and the print is found by the next") {
  const Program program;
  make_echo_song(program);
  Running first(program, "freeze song Keys");
  first.hold_at_work();
  program.ok("sed -i 's/\"volume\": 0/\"volume\": -3/' song/project.json");
  const std::string edited = program.text("song/project.json");
  first.go_on();
  const Ran ran = first.wait();
  CHECK(ran.status == 9);
  CHECK(contains(ran.err, "was changed by another program while Firn had it open"));
  CHECK(program.text("song/project.json") == edited);
  const auto frozen = program.json("firn freeze song Keys --json");
  CHECK(frozen["tracks"][0]["print"]["found"] == true);
  check_whole(program, "song");
}

TEST_CASE("two that write one file at once: it is the whole of one of them") {
  const Program program;
  make_echo_song(program);
  program.ok(
      "cp -r song other && firn mixer other Keys volume=-6dB && firn export song one.wav && firn export other two.wav");
  Running first(program, "export song mix.wav");
  first.hold_at_work(500'000);
  Running second(program, "export other mix.wav");
  CHECK(second.wait().status == 0);
  program.ok("cmp mix.wav two.wav");
  first.go_on();
  CHECK(first.wait().status == 0);
  program.ok("cmp mix.wav one.wav");
  CHECK(half_done(program).empty());
}
