// SPEC B11, B12: a disk that fills up, at whatever moment, costs the step that needed the room, and nothing else.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "faults/fault.hpp"

using namespace firn::tests;

namespace {

bool says_full(const std::string& message) {
  return message.starts_with("firn: ") && (contains(message, "Free some space and try again.") ||
                                           contains(message, "Make room, or convert less at once.") ||
                                           contains(message, "larger than the system allows. Raise the limit"));
}

// What of a project may not change when a step fails.
std::string state_of(const Program& program, const std::string& project) {
  return program.text(project + "/project.json") + program.ok("firn undo --list " + project);
}

// Runs a step of the project "disk/song" with so much room: it is done, or the project is as it was.
Ran run_short(const Program& program, const ShortOfRoom& disk, std::int64_t bytes, const std::string& step) {
  CAPTURE(step);
  CAPTURE(bytes);
  const std::string before = state_of(program, "disk/song");
  Ran ran = disk.run(bytes, step);
  INFO(ran.out, ran.err);
  CHECK((ran.status == 0 || ran.status == 11));
  CHECK(half_done(program).empty());
  if (ran.status == 11) {
    CHECK(says_full(ran.err));
    CHECK(ran.out.empty());
    CHECK(state_of(program, "disk/song") == before);
  }
  return ran;
}

// Fills the disk as soon as something has been written.
Ran run_while_filled(const Program& program, const ShortOfRoom& disk, const std::string& work) {
  Running running(program, work);
  running.hold_at_work(500'000);
  disk.fill();
  running.go_on();
  Ran ran = running.wait();
  disk.free();
  INFO(ran.out, ran.err);
  CHECK(ran.status == 11);
  CHECK(says_full(ran.err));
  CHECK_FALSE(contains(ran.err, ".firn-new-"));
  CHECK(half_done(program).empty());
  return ran;
}

}  // namespace

TEST_CASE(
    "SPEC B11: a freeze for which there is no room at some moment is done or leaves the project; later it is done") {
  const Program program;
  make_echo_song(program);
  program.ok("cp -r song done && firn freeze done Keys && rm -rf done/.firn");
  const std::string after = program.text("done/project.json");
  const std::int64_t print = std::stoll(program.ok("stat -c %s done/Samples/Processed/Freeze/*"));
  // From none at all, by where the print fits but not its states, their index or the save, to enough.
  ShortOfRoom::Kind kind{};
  std::vector<std::int64_t> rooms = {0, print - 2'000'000, print, print + 300'000};
  SUBCASE("on the disk") {
    kind = ShortOfRoom::Kind::disk;
    for (const int blocks : {1, 2, 3, 5, 7, 9}) rooms.push_back(print + 4096 * blocks);
    rooms.push_back(110'000'000);
  }
  SUBCASE("in each file") { kind = ShortOfRoom::Kind::file_size; }
  const ShortOfRoom disk(program, 120, kind);
  int failed = 0;
  for (const std::int64_t room : rooms) {
    CAPTURE(room - print);
    program.ok("rm -rf disk/song && cp -r song disk/");
    const Ran ran = run_short(program, disk, room, "freeze song Keys");
    if (room < print) CHECK(ran.status == 11);
    if (room >= print + 300'000) CHECK(ran.status == 0);  // states are not needed
    if (ran.status == 11) ++failed;
    if (ran.status == 11) program.ok("firn freeze disk/song Keys");
    CHECK(program.text("disk/song/project.json") == after);
    program.ok("cmp done/Samples/Processed/Freeze/*.wav disk/song/Samples/Processed/Freeze/*.wav");
  }
  CHECK(failed >= 2);
  // Whatever was kept of states, the next print is the full render.
  program.ok("firn unfreeze disk/song Keys && firn note add disk/song Keys 1 G3,1.2.1,0.0.1");
  program.ok("firn freeze disk/song Keys");
  check_whole(program, "disk/song");
}

TEST_CASE("states, however small, never take the room of the print") {
  const Program program;
  make_echo_song(program);
  program.ok("firn device remove song Keys Delay && firn device add song Keys reverb decay=15s && cp -r song done");
  program.ok("firn freeze done Keys");
  const std::int64_t print = std::stoll(program.ok("stat -c %s done/Samples/Processed/Freeze/*"));
  const ShortOfRoom disk(program, 60);
  for (const std::int64_t beside : {200'000, 1'000'000}) {
    program.ok("rm -rf disk/song && cp -r song disk/");
    CHECK(run_short(program, disk, print + beside, "freeze song Keys").status == 0);
  }
  check_whole(program, "disk/song");
}

TEST_CASE("where there is too little room beside them, the states of earlier prints give way to a new one") {
  const Program program;
  make_echo_song(program);
  program.ok("firn freeze song Keys && firn unfreeze song Keys && firn clip add song Keys C4,1.1.1,0.1.0 --at 20");
  const ShortOfRoom disk(program, 250);
  if (disk.kind() != ShortOfRoom::Kind::disk) return;  // a limit on files is no lack of room for all of them
  for (const std::int64_t room : {10'000'000, 40'000'000}) {
    program.ok("rm -rf disk/song && cp -r song disk/");
    CHECK(run_short(program, disk, room, "freeze song Keys").status == 0);
    check_whole(program, "disk/song");
  }
}

TEST_CASE("a disk that somebody fills while Firn is at work stops it, and leaves nothing half done") {
  const Program program;
  make_echo_song(program);
  program.ok("firn clip set song Keys 1 length=60.0.0");
  const ShortOfRoom disk(program, 90);
  if (disk.kind() != ShortOfRoom::Kind::disk) return;  // nobody else can fill it: the limit on files is tested above
  program.ok("cp -r song disk/");
  const std::string before = state_of(program, "disk/song");
  for (const std::string work :
       {"freeze disk/song Keys", "flatten disk/song Keys", "bounce disk/song Keys", "resample disk/song",
        "export disk/song disk/mix.wav", "export disk/song disk/mix.flac --normalise peak",
        "export disk/song disk/mix.mp3", "stems disk/song -o disk/stems"}) {
    CAPTURE(work);
    run_while_filled(program, disk, work);
    CHECK(state_of(program, "disk/song") == before);
    CHECK(program.ok("ls disk") == "song\n");
    CHECK(program.ok("find disk/song -path '*/Samples/*' -type f -o -path '*/checkpoints/*' -type f").empty());
  }
}

TEST_CASE("an edit, an import, an undo for which there is no room leave the project and its history") {
  const Program program;
  program.ok("firn new " FIRN_SOURCE_DIR
             "/examples/first-snow.mid -o song && firn export song voice.flac --to 3 && "
             "firn mixer song Lead volume=-2dB && firn mixer song Lead pan=20L && firn undo song");
  const ShortOfRoom disk(program, 60);
  program.ok("cp -r song voice.flac disk/");
  for (const std::string step : {"mixer song Lead volume=-6dB", "import song voice.flac", "undo song", "redo song"}) {
    int failed = 0;
    for (const std::int64_t room : {0, 8192, 16'384, 65'536, 102'400, 500'000}) {
      const Ran ran = run_short(program, disk, room, step);
      if (ran.status == 11) ++failed;
      if (ran.status == 0) program.ok("rm -rf disk/song && cp -r song disk/");
    }
    CAPTURE(step);
    CHECK(failed > 0);
    program.ok("cd disk && firn " + step + " && rm -rf song && cp -r ../song .");
  }
}

TEST_CASE("what is made whole or not at all is not made where there is no room: packs, projects, MIDI files") {
  const Program program;
  make_echo_song(program);
  program.ok("firn freeze song Keys && firn pack song song.zip && cp " FIRN_SOURCE_DIR
             "/examples/first-snow.mid snow.mid && firn new snow.mid -o snow");
  const ShortOfRoom disk(program, 120);
  program.ok("cp -r song song.zip snow snow.mid disk/");
  const std::string listed = program.ok("ls disk");
  for (const auto& task : std::vector<std::pair<std::int64_t, std::string>>{{0, "pack song out.zip"},
                                                                            {300'000, "pack song out.zip"},
                                                                            {0, "unpack song.zip -o out"},
                                                                            {5'000'000, "unpack song.zip -o out"},
                                                                            {0, "new snow.mid -o out"},
                                                                            {65'536, "new snow.mid -o out"},
                                                                            {0, "export snow out.mid"}}) {
    const auto& work = task.second;
    CAPTURE(work);
    const Ran ran = run_short(program, disk, task.first, work);
    INFO(ran.err);
    CHECK(ran.status == 11);
    CHECK(contains(ran.err, "out"));
    CHECK_FALSE(contains(ran.err, ".firn-new-"));
    CHECK(program.ok("ls disk") == listed);
  }
  if (disk.kind() != ShortOfRoom::Kind::disk) return;
  for (const std::string work : {"unpack song.zip -o disk/out", "pack song disk/out.zip"}) {
    CAPTURE(work);
    const Ran ran = run_while_filled(program, disk, work);
    CHECK(contains(ran.err, "disk/out"));
    CHECK(program.ok("ls disk") == listed);
  }
}

TEST_CASE("on a full disk, firn clean makes room, with and without the history; firn show reads") {
  const Program program;
  make_echo_song(program);
  program.ok("firn freeze song Keys && firn unfreeze song Keys");
  const ShortOfRoom disk(program, 80);
  program.ok("cp -r song disk/");
  CHECK(disk.run(0, "show song").status == 0);
  program.ok("rm disk/song/.firn/lock");
  const Ran nothing = disk.run(0, "clean song");
  INFO(nothing.err);
  CHECK(nothing.status == 0);
  CHECK(contains(nothing.out, "0 files, 0.0 MB."));
  const Ran cleaned = disk.run(0, "clean song --history");
  INFO(cleaned.err);
  CHECK(cleaned.status == 0);
  CHECK(contains(cleaned.out, "1 files,"));
  CHECK(program.ok("firn undo disk/song --list") == "There is no history.\n");
  program.ok("firn freeze disk/song Keys");
  check_whole(program, "disk/song");
}

TEST_CASE("a batch that can't note what it has done stops, and goes on once there is room") {
  const Program program;
  make_echo_song(program);
  const ShortOfRoom disk(program, 120);
  program.ok("cp -r song disk/one && cp -r song disk/two && cd disk && printf 'one\\ntwo\\n' > list");
  const std::string batch = "batch list --jobs 1 --each 'freeze --all'";
  const Ran ran = disk.run(0, batch);
  INFO(ran.err);
  CHECK((ran.status == 11 || ran.status == 13));
  CHECK(program.text("disk/one/project.json") == program.text("song/project.json"));
  CHECK(contains(program.ok("cd disk && firn " + batch), "2 songs: 2 done"));
  check_whole(program, "disk/one");
}
