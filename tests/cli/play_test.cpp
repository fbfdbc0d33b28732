// Playing, as a person does it: with a clock in place of a sound card, and with a real JACK server.
#include <doctest/doctest.h>

#include <chrono>
#include <functional>

#include "cli/run_program.hpp"

using firn::tests::Program;

namespace {

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

TEST_CASE("the null device is always there, keeps time, and plays from anywhere to anywhere") {
  Program program;
  program.make_song();
  const auto devices = program.json("firn audio-devices --json")["devices"];
  REQUIRE_FALSE(devices.empty());
  CHECK(devices.back()["name"] == "null");
  std::string played;
  const double seconds = seconds_of(
      [&] { played = program.ok("firn play song --from 0:00.500 --to 0:01.500 --device null --buffer 64"); });
  CHECK(seconds >= 1.0);
  CHECK(played.find("Played 0:00.500 to 0:01.5") != std::string::npos);
  // To the end of its sound, by itself.
  CHECK(program.ok("firn play song --from 0:02 --device null").find("Played 0:02.000 to ") != std::string::npos);
}

TEST_CASE("Ctrl-C ends a loop, and says where") {
  Program program;
  program.make_song();
  const auto ran =
      program.run("timeout --foreground --signal=TERM 2 \"$FIRN\" play song --from 1 --to 1.3 --loop --device null");
  CHECK(ran.err.find("Playing through null") != std::string::npos);
  CHECK(ran.out.find("Played 0:00.000 to 0:0") != std::string::npos);
}

TEST_CASE("What can't be played is said") {
  Program program;
  program.make_song();
  CHECK(program.fails(3, "firn play song --device nowhere").find("There is no audio device \"nowhere\". There are: ") !=
        std::string::npos);
  CHECK(program.fails(2, "firn play song --loop --device null").find("A loop needs an end") != std::string::npos);
  CHECK(program.fails(2, "firn play song --from 2 --to 1 --device null").find("not behind") != std::string::npos);
}
