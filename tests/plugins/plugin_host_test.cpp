// The program that runs plug-ins, and the memory that its audio thread has.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "plugin_scene.hpp"
#include "plugins/exchange.hpp"
#include "plugins/host/lv2_pieces.hpp"
#include "plugins/host/moves.hpp"
#include "plugins/host_program.hpp"
#include "support/realtime_trap.hpp"

using namespace firn;
using namespace std::chrono_literals;
using base::Descriptor;
using plugins::HostProgram;
using plugins::host::Gesture;
using plugins::host::Lv2Pieces;
using plugins::host::Moves;

TEST_CASE("A host ends with Firn, also where a plug-in hangs as it is looked at or loaded") {
  Descriptor ours;
  HostProgram host;
  SUBCASE("scan") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    ours = Descriptor(ends[0]);
    const Descriptor theirs(ends[1]);
    host = HostProgram::start(FIRN_PLUGIN_HOST, {"scan", "clap", FIRN_FAULTY_PLUGINS "/at_load/hangs-at-load.clap"},
                              {theirs.number()})
               .value();
  }
  SUBCASE("run") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    ours = Descriptor(ends[0]);
    const Descriptor theirs(ends[1]);
    const Descriptor memory(::memfd_create("test", MFD_CLOEXEC));
    REQUIRE(::ftruncate(memory.number(), sizeof(plugins::Exchange)) == 0);
    host = HostProgram::start(FIRN_PLUGIN_HOST, {"run"}, {theirs.number(), memory.number()}).value();
    const std::string load = R"({"ask": "load", "format": "clap", "id": "org.firn.faulty.slow_load", "rate": 48000,
        "grid": 256, "file": ")" FIRN_FAULTY_PLUGINS R"(/clap/faulty.clap"})";
    const std::uint32_t lengths[] = {static_cast<std::uint32_t>(load.size()), 0};
    REQUIRE(::send(ours.number(), lengths, sizeof lengths, 0) == sizeof lengths);
    REQUIRE(::send(ours.number(), load.data(), load.size(), 0) == static_cast<ssize_t>(load.size()));
  }
  std::this_thread::sleep_for(1s);
  CHECK_FALSE(host.has_ended());
  ours = {};
  CHECK(host.ends_within(5s));
  CHECK(host.end() == "it ended by itself (exit status 0)");
}

TEST_CASE("What a host has started ends with it") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const Descriptor ours(ends[0]);
  HostProgram shell;
  {
    const Descriptor theirs(ends[1]);
    shell = HostProgram::start("/bin/sh", {"-c", "sleep 100 & echo >&3; wait"}, {theirs.number()}).value();
  }
  char byte = 0;
  REQUIRE(::read(ours.number(), &byte, 1) == 1);
  shell = {};
  // Nobody can write any more.
  pollfd waiting{ours.number(), POLLIN, 0};
  REQUIRE(::poll(&waiting, 1, 10'000) == 1);
  CHECK(::read(ours.number(), &byte, 1) == 0);
}

TEST_CASE("What moves on and on takes no memory, and is told as it was left; gestures stay apart") {
  Moves moves;
  {
    const tests::RealtimeTrap trap;
    for (int i = 0; i < 100'000; ++i) moves.add({i % 100, i / 100.0, Gesture::change});
    CHECK(trap.caught().find("malloc") == std::string::npos);  // its lock is for a few instructions
  }
  const auto moved = moves.take().moves;
  REQUIRE(moved.size() == 100);
  CHECK(moved[7].parameter == 7);
  CHECK(moved[7].value == 999.07);

  for (const double value : {1.0, 2.0}) {
    moves.add({1, 0.0, Gesture::begin});
    moves.add({1, value / 2.0, Gesture::change});
    moves.add({2, value, Gesture::change});
    moves.add({1, value, Gesture::change});
    moves.add({1, 0.0, Gesture::end});
  }
  std::vector<std::pair<Gesture, double>> first;
  for (const auto& move : moves.take().moves) {
    if (move.parameter == 1) first.emplace_back(move.gesture, move.value);
  }
  CHECK(first == std::vector<std::pair<Gesture, double>>{{Gesture::begin, 0.0},
                                                         {Gesture::change, 1.0},
                                                         {Gesture::end, 0.0},
                                                         {Gesture::begin, 0.0},
                                                         {Gesture::change, 2.0},
                                                         {Gesture::end, 0.0}});
  for (int i = 0; i < 10'000; ++i) moves.add({1, 0.0, Gesture::begin});
  CHECK(moves.take().moves.size() < 10'000);
}

TEST_CASE("Pieces of bytes come as they were put, also those put on the way, and what does not fit is refused") {
  Lv2Pieces pieces(64);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::string> taken;
    taken.reserve(8);
    const std::string text = "nine byte";
    const tests::RealtimeTrap trap;
    CHECK(pieces.add(1, text.data(), 9));
    CHECK(pieces.add(2, nullptr, 0));
    CHECK_FALSE(pieces.add(3, text.data(), 64));
    pieces.take_all([&](std::uint32_t number, const void* data, std::uint32_t size) {
      taken.push_back(std::to_string(number) + std::string(static_cast<const char*>(data), size));
      if (number == 1) CHECK(pieces.add(4, text.data(), 4));
    });
    CHECK(trap.caught() == "");
    CHECK(taken == std::vector<std::string>{"1nine byte", "2", "4nine"});
    pieces.take_all([&](std::uint32_t, const void*, std::uint32_t) { taken.clear(); });
    CHECK(taken.size() == 3);
  }
}
