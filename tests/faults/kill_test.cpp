// SPEC B12: a kill at any moment leaves what there was or what was asked for, and what it left half done goes with the next run; a signal
// that can be heard cancels. The deep tests kill more often: FIRN_KILLS.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>

#include "faults/fault.hpp"

using namespace firn::tests;

namespace {

int kills() {
  const char* asked = std::getenv("FIRN_KILLS");
  return asked ? std::atoi(asked) : 5;
}

double seconds_of(const Program& program, const std::string& line) {
  const auto start = std::chrono::steady_clock::now();
  program.ok(line);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Starts the program and kills it somewhere on the way that takes so long.
void run_and_kill(const Program& program, const std::string& arguments, double seconds) {
  static std::mt19937 random(std::random_device{}());
  const double moment = seconds * std::uniform_real_distribution<>(0.0, 1.1)(random);
  INFO(arguments, " killed after ", moment, " s");
  Running running(program, arguments);
  std::this_thread::sleep_for(std::chrono::duration<double>(moment));
  running.send(SIGKILL);
  const int status = running.wait().status;
  CHECK((status == 0 || status == 128 + SIGKILL));
}

// A step of copies of "song", which `step` names {}.
void kill_in_step(const Program& program, const std::string& step) {
  CAPTURE(step);
  const auto on = [&](const char* project) { return fmt::format(fmt::runtime(step), project); };
  program.ok("rm -rf whole && cp -r song whole");
  const double seconds = seconds_of(program, "firn " + on("whole"));
  const std::string before = program.text("song/project.json");
  const std::string after = program.text("whole/project.json");
  for (int i = 0; i < kills(); ++i) {
    program.ok("rm -rf try && cp -r song try");
    run_and_kill(program, on("try"), seconds);
    const std::string left = program.text("try/project.json");
    CHECK((left == before || left == after));
    program.ok("firn show try");
    if (left == before) program.ok("firn " + on("try"));
    CHECK(program.text("try/project.json") == after);
    CHECK(half_done(program).empty());
    program.ok("firn undo try");
    CHECK(program.text("try/project.json") == before);
  }
  check_whole(program, "whole");
  program.ok("firn redo try");
  check_whole(program, "try");
}

// What makes "out" of "song", and makes it the same each time.
void kill_in_making(const Program& program, const std::string& work) {
  CAPTURE(work);
  const double seconds = seconds_of(program, "firn " + work);
  program.ok("rm -rf whole && mv out whole");
  for (int i = 0; i < kills(); ++i) {
    run_and_kill(program, work, seconds);
    const std::string made = program.run("diff -r --exclude=.firn out whole 2>&1").out;
    CHECK((made.empty() || contains(made, "No such file") || contains(made, "Only in whole")));
    program.ok("rm -rf out && firn " + work + " && diff -r --exclude=.firn out whole && rm -rf out");
    CHECK(half_done(program).empty());
  }
  program.ok("rm -rf whole");
}

}  // namespace

TEST_CASE("SPEC B12: a kill while tracks are frozen or flattened leaves the project before or after the step") {
  const Program program;
  program.make_song();
  kill_in_step(program, "freeze {} --all");
  kill_in_step(program, "flatten {} --all");
}

TEST_CASE(
    "SPEC B12: a kill while a print is renewed from its checkpoints, or a project saved, leaves it before or after") {
  const Program program;
  make_echo_song(program);
  program.ok("firn freeze song Keys && firn mixer song Keys volume=-1dB");
  kill_in_step(program, "mixer {} Keys volume=-3dB");
  program.ok("firn unfreeze song Keys && firn clip add song Keys C4,1.1.1,0.1.0 --at 9");
  kill_in_step(program, "freeze {} Keys");
}

TEST_CASE("a kill while files are made leaves them whole or not at all, and what was half done goes with the next") {
  const Program program;
  make_echo_song(program);
  program.ok("firn freeze song Keys && firn pack song song.zip && firn export song song.mid");
  for (const char* work : {"export song out --format flac", "export song out --format wav --normalise peak",
                           "stems song -o out", "pack song out", "unpack song.zip -o out", "new song.mid -o out"})
    kill_in_making(program, work);
}

TEST_CASE("SPEC B12: SIGINT, SIGTERM and SIGHUP cancel what is at work, which leaves nothing") {
  const Program program;
  make_echo_song(program);
  program.ok(
      "firn pack song other.zip && firn freeze song Keys && firn pack song song.zip && firn unfreeze song Keys && "
      "firn clip add song Keys C4,1.1.1,0.1.0 --at 3 && rm -r song/.firn/checkpoints");
  const auto files = program.files();
  int signal = 0;
  SUBCASE("SIGINT") { signal = SIGINT; }
  SUBCASE("SIGTERM") { signal = SIGTERM; }
  SUBCASE("SIGHUP") { signal = SIGHUP; }
  for (const char* work : {"freeze song Keys", "flatten song Keys", "bounce song Keys", "resample song",
                           "export song out.wav", "stems song -o out", "unpack song.zip -o out"}) {
    CAPTURE(work);
    Running running(program, work);
    running.hold_at_work(5'000'000);  // past the first checkpoints
    running.send(signal);
    running.go_on();
    const Ran ran = running.wait();
    CHECK(ran.status == 130);
    CHECK(ran.out.empty());
    CHECK(contains(ran.err, "firn: Cancelled."));
    CHECK(program.files() == files);
    CHECK(half_done(program).empty());
    CHECK(program.run("ls -A song/.firn/checkpoints").out.empty());
  }
}
