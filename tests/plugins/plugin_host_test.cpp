// The program that runs plug-ins.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "base/file.hpp"
#include "plugin_scene.hpp"
#include "plugins/exchange.hpp"
#include "plugins/host_program.hpp"

using namespace firn;
using namespace std::chrono_literals;
using base::Descriptor;
using plugins::HostProgram;

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
