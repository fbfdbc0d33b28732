#include "plugins/scan.hpp"

#include <doctest/doctest.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <stop_token>
#include <thread>

#include "support/temporary_directory.hpp"

using namespace firn;
using plugins::Catalogue;
using plugins::Shelf;

namespace {

// A program in the place of the host, which lists nothing but what the script says.
std::filesystem::path host_that(const tests::TemporaryDirectory& directory, const std::string& script) {
  const auto path = directory.path() / "host";
  std::ofstream(path) << "#!/bin/sh\ncase \"$2\" in\n" << script << "\n*) echo '{\"done\": \"'$2'\"}' >&3 ;;\nesac\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

Shelf shelf(const std::string& format, const std::string& file) {
  Shelf shelf;
  shelf.format = format;
  shelf.file = file;
  shelf.binary = "/bin/sh";
  shelf.stamp = plugins::stamp_of(shelf.binary).value();
  return shelf;
}

}  // namespace

TEST_CASE("A format that can't be listed keeps what was known of it, beside the reason; others follow what is there") {
  const Catalogue known{{shelf("clap", "gone"), shelf("lv2", "urn:old")}};
  for (const std::string end :
       {"kill -SEGV $$", "exit 0", "sleep 50 & kill -SEGV $$", "echo '{\"file\": \"urn:new\"}' >&3"}) {
    CAPTURE(end);
    const auto start = std::chrono::steady_clock::now();
    const tests::TemporaryDirectory directory;
    const auto found = plugins::scan(known, {.host = host_that(directory, "lv2) " + end + " ;;")});
    REQUIRE(found);
    REQUIRE(found->shelves.size() == 2);
    CHECK(found->shelves[0].file == "LV2 plug-ins");
    const std::string why = end.find("SEGV") != std::string::npos ? "crashed" : "ended by itself";
    CHECK(found->shelves[0].fault.find(why) != std::string::npos);
    CHECK(found->shelves[1] == known.shelves[1]);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
    const auto later = plugins::scan(*found, {.host = host_that(directory, "")});
    REQUIRE(later);
    CHECK(later->shelves.empty());
  }
}

TEST_CASE("An LV2 bundle has changed where one of its descriptions has, and not where anything else has") {
  const tests::TemporaryDirectory directory;
  const auto bundle = directory.path() / "a.lv2";
  std::filesystem::create_directory(bundle);
  const auto write = [&](const std::string& file, const std::string& text) { std::ofstream(bundle / file) << text; };
  write("a.so", "program");
  write("manifest.ttl", "manifest");
  write("a.ttl", "ports");
  const auto stamp = [&] { return plugins::stamp_of(bundle / "a.so").value(); };
  const auto before = stamp();
  write("preset.wav", "sound");
  CHECK(stamp() == before);
  write("a.ttl", "other ports");
  CHECK_FALSE(plugins::look_at(bundle / "a.so")->looks_like(before));
  CHECK(stamp().digest != before.digest);
}

TEST_CASE("A host that can't be started fails the scan: it is no plug-in's fault") {
  const tests::TemporaryDirectory directory;
  const auto host = host_that(directory, "");
  std::filesystem::permissions(host, std::filesystem::perms::owner_read);
  const auto found = plugins::scan({}, {.host = host});
  REQUIRE_FALSE(found);
  CHECK(found.error().kind == base::ErrorKind::io);
  const auto nowhere = plugins::scan({}, {.host = directory.path() / "nowhere"});
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().kind == base::ErrorKind::not_found);
}

TEST_CASE(
    "What describes itself without end is given up, as is what prints on and on; a scan can be stopped meanwhile") {
  const tests::TemporaryDirectory directory;
  const auto host_with = [&](const std::string& line) {
    return host_that(directory,
                     "ladspa) if [ $1 = list ]; then echo '{\"file\": \"/bin/sh\"}' >&3; echo '{\"done\": 1}' >&3; "
                     "else yes '" +
                         line + "' >&3; fi ;;");
  };
  const auto fault_with = [&](const std::string& line) {
    const auto found = plugins::scan({}, {.host = host_with(line), .seconds_for_each = 2});
    REQUIRE(found);
    REQUIRE(found->shelves.size() == 1);
    CHECK(found->shelves[0].plugins.empty());
    return found->shelves[0].fault;
  };
  const std::string description = R"({"format": "ladspa", "id": "a#1", "name": "A"})";
  CHECK(fault_with(description) == "it goes on past 10000 plug-ins");
  CHECK(fault_with(R"({"fault": "a", "why": "No."})") == "it goes on past 10000 plug-ins");
  CHECK(fault_with("rubbish") == "it did not answer for 2 seconds");
  std::stop_source source;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    source.request_stop();
  });
  const auto stopped =
      plugins::scan({}, {.host = host_with("rubbish"), .stop = source.get_token(), .seconds_for_each = 300});
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().kind == base::ErrorKind::cancelled);
}

TEST_CASE("What is slow because the machine is busy is waited for") {
  cpu_set_t all;
  REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int core = 0; CPU_COUNT(&one) == 0; ++core) {
    if (CPU_ISSET(core, &all)) CPU_SET(core, &one);
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  std::atomic<bool> is_over = false;
  std::vector<std::jthread> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([&] {
      while (!is_over) {
      }
    });
  }
  const tests::TemporaryDirectory directory;
  // Half a second of work, at a core of which it has a tenth: schedstat begins with the nanoseconds that a process has run.
  const auto host = host_that(
      directory,
      "ladspa) if [ $1 = list ]; then echo '{\"file\": \"/bin/sh\"}' >&3; echo '{\"done\": 1}' >&3; "
      "else renice -n 5 $$ > /dev/null; "
      "while read -r ran rest < /proc/$$/schedstat && [ $ran -lt 500000000 ]; do :; done; "
      "echo '{\"format\": \"ladspa\", \"id\": \"a#1\", \"name\": \"A\"}' >&3; echo '{\"done\": 1}' >&3; fi ;;");
  const auto start = std::chrono::steady_clock::now();
  const auto found = plugins::scan({}, {.host = host, .seconds_for_each = 1});
  const auto took = std::chrono::steady_clock::now() - start;
  is_over = true;
  REQUIRE(sched_setaffinity(0, sizeof all, &all) == 0);
  REQUIRE(found);
  REQUIRE(found->shelves.size() == 1);
  CHECK(found->shelves[0].fault == "");
  CHECK(found->shelves[0].plugins.size() == 1);
  MESSAGE("it took ", std::chrono::duration<double>(took).count(), " s");
}

TEST_CASE("A file that can't be read is one of the faults, as a clause") {
  const tests::TemporaryDirectory directory;
  const auto found = plugins::scan(
      {},
      {.host = host_that(directory, "ladspa) echo '{\"file\": \"/nowhere/a.so\"}' >&3; echo '{\"done\": 1}' >&3 ;;")});
  REQUIRE(found);
  REQUIRE(found->shelves.size() == 1);
  CHECK_FALSE(found->shelves[0].fault.empty());
  CHECK(found->shelves[0].fault.back() != '.');
}
