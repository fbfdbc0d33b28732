// SPEC B12: a kill at any moment leaves the project whole, before or after the step. The deep tests kill more often: FIRN_KILLS.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <random>

#include "cli/run_program.hpp"

namespace {

using firn::tests::Program;

int kills() {
  const char* asked = std::getenv("FIRN_KILLS");
  return asked ? std::atoi(asked) : 12;
}

double seconds_of(const Program& program, const std::string& line) {
  const auto start = std::chrono::steady_clock::now();
  program.ok(line);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Runs `verb` on copies of "song", kills it somewhere on its way, and looks at what is left.
void kill_while(const Program& program, const std::string& verb) {
  program.ok("cp -r song whole");
  const double whole = seconds_of(program, "firn " + verb + " whole --all");
  const std::string before = program.text("song/project.json");
  const std::string after = program.text("whole/project.json");
  std::mt19937 random(std::random_device{}());
  for (int i = 0; i < kills(); ++i) {
    const double moment = whole * std::uniform_real_distribution<>(0.0, 1.1)(random);
    CAPTURE(moment);
    program.ok("rm -rf try && cp -r song try");
    program.run(fmt::format("timeout -s KILL {:.4f} \"$FIRN\" {} try --all", moment, verb));
    const std::string left = program.text("try/project.json");
    CHECK((left == before || left == after));
    program.ok("firn show try");
    if (left == before) program.ok("firn " + verb + " try --all");
    CHECK(program.text("try/project.json") == after);
    program.ok("firn export try try.wav");
    program.ok("firn undo try");
    CHECK(program.text("try/project.json") == before);
    CHECK(program.run("ls -A try/.firn/tmp").out.empty());
  }
  program.ok("rm -rf try whole");
}

}  // namespace

TEST_CASE("SPEC B12: a kill while tracks are frozen or flattened leaves the project before or after the step") {
  Program program;
  program.make_song();
  kill_while(program, "freeze");
  kill_while(program, "flatten");
}
