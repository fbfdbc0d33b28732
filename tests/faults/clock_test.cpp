// A clock that jumps, and times of files that lie: neither makes a print wrong, nor a change unseen. By faketime(1).
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "faults/fault.hpp"

using namespace firn::tests;

namespace {

// What stands before "$FIRN": its clock, and no other's, shows another time.
std::string at_time(const Program& program, const std::string& time) {
  REQUIRE_MESSAGE(program.run("faketime now true").status == 0, "faketime is missing: tools/setup.sh test installs it");
  return fmt::format("NO_FAKE_STAT=1 ASAN_OPTIONS=verify_asan_link_order=0 faketime '{}' \"$FIRN\" ", time);
}

}  // namespace

TEST_CASE("whatever the clock shows from one command to the next, the project and its prints are the same") {
  const Program program;
  make_echo_song(program);
  const std::string edit = "clip add song Keys C4,1.1.1,0.1.0 --at 9";
  program.ok(
      "cp -r song still && firn freeze still Keys && firn unfreeze still Keys && firn clip add still Keys "
      "C4,1.1.1,0.1.0 --at 9 && firn freeze still Keys");
  for (const auto& times :
       {std::pair("2001-01-01 00:00:00", "2037-06-01 12:00:00"),
        std::pair("2037-06-01 12:00:00", "2001-01-01 00:00:00"), std::pair("now +1 hour", "now -1 hour")}) {
    const auto& before = times.first;
    const auto& after = times.second;
    CAPTURE(before);
    const std::string first = at_time(program, before);
    const std::string second = at_time(program, after);
    program.ok("rm -rf try && cp -r song try && mv song away && mv try song");
    program.ok(first + "freeze song Keys && " + second + "unfreeze song Keys && " + first + edit);
    const auto frozen = nlohmann::json::parse(program.ok(second + "freeze song Keys --json"));
    CHECK(frozen["tracks"][0]["print"]["kept_frames"] > 0);  // checkpoints of another time are of use
    CHECK(program.text("song/project.json") == program.text("still/project.json"));
    program.ok("diff -r song/Samples still/Samples");
    program.ok(first + "undo song && " + second + "redo song");
    check_whole(program, "song");
    program.ok("rm -rf song && mv away song");
  }
}

TEST_CASE("a file that changes is seen to change, though its size is the same and its time is set back or ahead") {
  const Program program;
  program.make_song();
  program.ok(
      "firn export song kick.wav --to 0:00.300 && firn export song snare.wav --from 0:00.300 --to 0:00.600 && "
      "firn track add song --midi Kit && firn device add song Kit sampler sample=kick.wav && "
      "firn clip add song Kit C3,1.1.1,0.1.0 --at 1 && stat -c %s kick.wav > a && stat -c %s snare.wav > b && cmp a b");
  const std::string sample = "song/Samples/Imported/kick.wav";
  // By such a clock everything has been at rest for long: what is read is known by its stamp from then on.
  for (const std::string later : {"now +1 hour", "2037-06-01 12:00:00"}) {
    const std::string jumped = at_time(program, later);
    for (const std::string time : {"-r kick.wav", "-d 2001-01-01", "-d 2037-01-01", ""}) {
      CAPTURE(later);
      CAPTURE(time);
      program.ok("cat kick.wav > " + sample + " && touch -r kick.wav " + sample);
      program.ok(jumped + "freeze song Kit && " + jumped + "unfreeze song Kit");
      program.ok("cat snare.wav > " + sample);
      if (!time.empty()) program.ok("touch " + time + " " + sample);
      program.ok(jumped + "note add song Kit 1 E3,1.2.1,0.0.1 && rm -f song/.firn/prints.jsonl");
      for (const std::string& firn : {jumped, std::string("firn ")}) {
        CHECK(
            contains(program.fails(3, firn + "freeze song Kit"), "kick.wav has changed since the project took it in."));
      }
      program.ok("firn undo song");
    }
  }
}

TEST_CASE("a batch goes on by a clock that has jumped, and leaves alone what is done") {
  const Program program;
  program.ok("mkdir songs");
  program.write_song("songs/one.mid");
  program.write_song("songs/two.mid");
  const std::string batch = "batch songs --each 'freeze --all'";
  program.ok("cp songs/two.mid two.mid && rm songs/two.mid && " + at_time(program, "2037-06-01 12:00:00") + batch);
  program.ok("mv two.mid songs/two.mid");
  CHECK(contains(program.ok(at_time(program, "2001-01-01 00:00:00") + batch), "2 songs: 1 done, 1 done before"));
  CHECK(contains(program.ok("firn " + batch), "2 songs: 0 done, 2 done before"));
  check_whole(program, "songs/one");
}
