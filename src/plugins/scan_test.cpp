#include "plugins/scan.hpp"

#include <doctest/doctest.h>

#include <fstream>

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
  for (const std::string end : {"kill -SEGV $$", "exit 0", "echo '{\"file\": \"urn:new\"}' >&3"}) {
    CAPTURE(end);
    const tests::TemporaryDirectory directory;
    const auto found = plugins::scan(known, {.host = host_that(directory, "lv2) " + end + " ;;")});
    REQUIRE(found);
    REQUIRE(found->shelves.size() == 2);
    CHECK(found->shelves[0].file == "LV2 plug-ins");
    const std::string why = end.find("SEGV") != std::string::npos ? "crashed" : "ended by itself";
    CHECK(found->shelves[0].fault.find(why) != std::string::npos);
    CHECK(found->shelves[1] == known.shelves[1]);
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
