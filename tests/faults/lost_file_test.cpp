// A file that vanishes, is cut short or is another than it was: before Firn wants it, or while it reads.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "faults/fault.hpp"

using namespace firn::tests;

namespace {

const std::string prints = "Samples/Processed/Freeze/";

// "song", frozen; "frozen.wav" is how it sounds.
void make_frozen_song(const Program& program) {
  make_echo_song(program);
  program.ok("firn freeze song Keys && firn export song frozen.wav && cp song/" + prints + "*.wav print.wav");
}

std::string state_of_keys(const Program& program) {
  return program.json("firn show song --json")["tracks"][0]["state"];
}

}  // namespace

TEST_CASE("a print that is lost is named by what wants it, and made again by freeze, freeze --stale and flatten") {
  const Program program;
  make_frozen_song(program);
  program.ok("firn export song short.wav --to 2 && mv song whole");
  for (const std::string loss : {"rm", "truncate -s 1000000", "truncate -s 0", "cp short.wav"}) {
    CAPTURE(loss);
    const int status = loss == "rm" ? 3 : 6;
    const std::string lose = "rm -rf song && cp -r whole song && " + loss + " song/" + prints + "Keys*";
    for (const std::string again : {"freeze song Keys", "freeze song --stale"}) {
      program.ok(lose);
      if (loss == "rm") CHECK(state_of_keys(program) == "missing");
      for (const std::string work : {"export song mix.wav", "pack song song.zip", "stems song -o stems"}) {
        CAPTURE(work);
        const Ran ran = program.run("firn " + work);
        CHECK(ran.status == status);
        CHECK(ran.out.empty());
        CHECK(contains(ran.err, "Keys-"));
        CHECK((contains(ran.err, "Put it back") || contains(ran.err, "Get a whole copy of it.")));
        CHECK(program.run("ls mix.wav song.zip stems").out.empty());
      }
      const auto made = program.json("firn " + again + " --json");
      REQUIRE(made["tracks"].size() == 1);
      CHECK(contains(made.dump(), "its print was lost, and is made again."));
      CHECK(made["tracks"][0]["print"]["found"] == false);
      program.ok("cmp print.wav song/" + made["tracks"][0]["print"]["path"].get<std::string>());
      if (loss == "rm") CHECK(program.text("song/project.json") == program.text("whole/project.json"));
      check_whole(program, "song");
    }
    program.ok(lose + " && firn flatten song Keys && firn export song flat.wav && cmp flat.wav frozen.wav");
  }
}

TEST_CASE("what is removed or replaced while Firn reads it is read on") {
  const Program program;
  make_frozen_song(program);
  program.ok(
      "firn unfreeze song Keys && firn device add song Keys reverb && firn track add song --midi Piano && "
      "cp /usr/share/sounds/sf2/TimGM6mb.sf2 own.sf2 && "
      "printf x | dd of=own.sf2 bs=1 seek=84 conv=notrunc status=none && "
      "firn device add song Piano soundfont soundfont=own.sf2 && firn clip add song Piano C3,1.1.1,8.0.0 --at 1 && "
      "firn import song print.wav && firn export song whole.wav && ls song/Samples/Imported");
  for (const std::string fault : {"rm -r song/Samples", "rm song/Samples/Imported/own*", "rm -r song"}) {
    CAPTURE(fault);
    program.ok("rm -rf kept && cp -r song kept");
    Running running(program, "export song mix.wav");
    running.hold_at_work();
    program.ok(fault);
    running.go_on();
    CHECK(running.wait().status == 0);
    program.ok("cmp mix.wav whole.wav && rm -rf song mix.wav && mv kept song");
  }
}

TEST_CASE("a sound that is cut short while Firn reads it ends the render with its name, and leaves no file") {
  const Program program;
  make_frozen_song(program);
  for (const std::string work : {"export song mix.wav", "resample song", "stems song -o stems"}) {
    CAPTURE(work);
    program.ok("cp print.wav song/" + prints + "Keys*");
    const auto before = program.files();
    Running running(program, work);
    running.hold_at_work(500'000);
    program.ok("truncate -s 600000 song/" + prints + "Keys*");
    running.go_on();
    const Ran ran = running.wait();
    INFO(ran.err);
    CHECK(ran.status == 11);
    CHECK(contains(ran.err, "Keys-"));
    CHECK(contains(ran.err, "could not be read to its end. Check the disk and that nothing removed or shortened it."));
    CHECK(half_done(program).empty());
    program.ok("cp print.wav song/" + prints + "Keys*");
    CHECK(program.files() == before);
  }
}

TEST_CASE("a file that is removed while it is to be packed is named, and there is no pack") {
  const Program program;
  make_frozen_song(program);
  program.ok("firn import song print.wav");
  Running running(program, "pack song song.zip");
  running.hold_at_work(1);  // at print.wav, the first by name
  program.ok("rm song/" + prints + "Keys*");
  running.go_on();
  const Ran ran = running.wait();
  INFO(ran.err);
  CHECK(ran.status == 3);
  CHECK(contains(ran.err, "Can't read "));
  CHECK(contains(ran.err, prints + "Keys-"));
  CHECK(program.run("ls song.zip").out.empty());
  CHECK(half_done(program).empty());
}

TEST_CASE("without .firn, or a part of it, a project is whole: what was known is found out again") {
  const Program program;
  make_frozen_song(program);
  program.ok("firn unfreeze song Keys && firn clip add song Keys C4,1.1.1,0.1.0 --at 20");
  program.ok("cp -r song edited && firn freeze song Keys && firn export song whole.wav");
  const std::string after = program.text("song/project.json");
  for (const std::string part :
       {".firn", ".firn/checkpoints", ".firn/checkpoints.jsonl", ".firn/*.jsonl", ".firn/tmp", ".firn/history",
        ".firn/lock .firn/tmp.lock", ".firn/checkpoints/a* .firn/checkpoints/4* .firn/checkpoints/b*"}) {
    CAPTURE(part);
    program.ok(fmt::format("rm -rf song && cp -r edited song && cd song && rm -rf {}", part));
    program.ok("firn show song && firn freeze song Keys");
    CHECK(program.text("song/project.json") == after);
    check_whole(program, "song");
    program.ok("firn undo song && firn freeze song Keys");
    CHECK(program.text("song/project.json") == after);
  }
}

TEST_CASE(
    "what is removed from .firn while a freeze is at work ends it, or costs what was known; the project is whole") {
  const Program program;
  make_echo_song(program);
  const std::string before = program.text("song/project.json");
  for (const std::string part :
       {".firn", ".firn/tmp", ".firn/checkpoints", ".firn/history", ".firn/*.jsonl", "Samples", "project.json"}) {
    CAPTURE(part);
    program.ok("rm -rf try && cp -r song try");
    Running running(program, "freeze try Keys");
    running.hold_at_work();
    program.ok(fmt::format("cd try && rm -rf {}", part));
    running.go_on();
    const Ran ran = running.wait();
    INFO(ran.err);
    const bool was_its_work = part == ".firn" || part == ".firn/tmp";
    CHECK(ran.status == (was_its_work ? 11 : 0));
    if (was_its_work) {
      CHECK(contains(ran.err, "try/Samples/Processed/Freeze/Keys-"));
      CHECK(contains(ran.err, "try/.firn/tmp. Leave that folder alone while Firn is at work, and try again."));
      CHECK(program.text("try/project.json") == before);
      program.ok("firn freeze try Keys");
    }
    CHECK(program.json("firn show try --json")["tracks"][0]["state"] == "fresh");
    check_whole(program, "try");
  }
}

TEST_CASE("a device's file that is gone or another stops what needs it, by name; what is frozen plays") {
  const Program program;
  program.make_song();
  program.ok(
      "firn export song kick.wav --to 0:00.300 && firn track add song --midi Kit && firn device add song Kit sampler "
      "sample=kick.wav && firn clip add song Kit C3,1.1.1,0.1.0 --at 1 && cp kick.wav song/kick.bak");
  program.ok(
      "firn freeze song Kit && firn export song frozen.wav && cp -r song frozen && firn unfreeze song Kit && firn "
      "note add song Kit 1 E3,1.2.1,0.1.0");
  for (const std::string fault :
       {"rm song/Samples/Imported/kick.wav", "truncate -s 5000 song/Samples/Imported/kick.wav",
        "printf x >> song/Samples/Imported/kick.wav"}) {
    CAPTURE(fault);
    program.ok("cp kick.wav song/Samples/Imported/kick.wav && " + fault);
    for (const std::string work :
         {"freeze song Kit", "freeze song --all", "flatten song Kit", "export song mix.wav", "pack song song.zip"}) {
      CAPTURE(work);
      const std::string message = program.fails(3, "firn " + work);
      CHECK(contains(message, "song/Samples/Imported/kick.wav"));
      CHECK((contains(message, "is missing. Put it back.") || contains(message, "Put the file back as it was")));
    }
    program.ok("firn show song");
  }
  program.ok("rm frozen/Samples/Imported/kick.wav && firn export frozen mix.wav && cmp mix.wav frozen.wav");
  // Under another name it is found by its content.
  program.ok("cp kick.wav song/Samples/Imported/renamed.wav && firn freeze song Kit && firn verify song");
}

TEST_CASE(
    "a plug-in's file that is gone or another stops what needs it too, whether the plug-in was asked before or not") {
  const Program program(Plugins::faulty);
  const std::string facts = program.cache() / "firn/plugin-facts.jsonl";
  program.make_song();
  program.write("kept.raw", "half");
  program.write("other.raw", "more");
  program.write("kept.state", fmt::format("firn plug-in state 1 lv2\n"
                                          "@prefix state: <http://lv2plug.in/ns/ext/state#> .\n"
                                          "<urn:firn:state> a <http://lv2plug.in/ns/ext/presets#Preset> ;\n"
                                          "  <http://lv2plug.in/ns/lv2core#appliesTo> <urn:firn:faulty:keeper> ;\n"
                                          "  state:state [ <urn:firn:faulty:keeper#file> <file://{}> ] .\n",
                                          (program.directory() / "kept.raw").string()));
  program.ok("firn device add song Bass 'Faulty Keeper' state=kept.state && rm -f " + facts);
  program.ok("firn freeze song Bass && firn export song frozen.wav && firn unfreeze song Bass");
  program.ok("firn note add song Bass 1 E3,1.2.1,0.1.0");
  const std::string own = "song/Samples/Imported/kept.raw";
  for (const std::string& fault : {"rm " + own, "cp other.raw " + own}) {
    CAPTURE(fault);
    program.ok("cp kept.raw " + own + " && " + fault);
    for (const std::string work :
         {"freeze song Bass", "freeze song --all", "flatten song Bass", "export song mix.wav", "pack song song.zip"}) {
      for (const std::string& before : {std::string("true"), "rm -f " + facts}) {
        CAPTURE(work);
        CAPTURE(before);
        program.ok(before);
        const std::string message = program.fails(3, "firn " + work);
        CHECK(contains(message, own));
        CHECK((contains(message, "is missing. Put it back.") || contains(message, "Put the file back as it was")));
        CHECK_FALSE(contains(message, "Update or replace"));
      }
    }
    program.ok("firn show song");
  }
  // Under another name it is found by its content.
  program.ok("mv kept.raw song/Samples/Imported/renamed.raw && rm " + own +
             " && firn freeze song Bass && firn verify song");
}
