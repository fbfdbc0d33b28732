// Batches: many songs, in the real program and its children; stopped, killed, gone on with.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/run_program.hpp"

using firn::tests::contains;
using firn::tests::Program;
using nlohmann::json;

namespace {

void make_songs(const Program& program, int count) {
  program.ok("mkdir -p songs");
  for (int i = 1; i <= count; ++i) program.write_song(fmt::format("songs/s{:02}.mid", i));
}

json song_of(const json& report, const std::string& name) {
  for (const json& song : report["songs"]) {
    if (song["song"] == name) return song;
  }
  FAIL(name, " is not in ", report.dump());
  return {};
}

bool is_frozen(const Program& program, const std::string& project) {
  const json shown = program.json("firn show " + project + " --json");
  for (const json& track : shown["tracks"]) {
    if (track["kind"] == "midi" && track["state"] != "fresh") return false;
  }
  return true;
}

const std::string freeze_all = " --each 'freeze --all'";

}  // namespace

TEST_CASE("a folder of MIDI files becomes projects, frozen and exported, as one by one") {
  const Program program;
  make_songs(program, 3);
  program.ok("mkdir songs/more songs/.hidden && mv songs/s03.mid songs/more/ && cp songs/s01.mid songs/.hidden/");
  program.ok("firn new songs/s01.mid -o alone && firn freeze alone --all && firn export alone alone.flac");
  const json report = program.json(
      "firn batch songs -o made --each 'freeze --all' --each 'export {dir}/{name}.flac --depth 24' --jobs 2 --json");
  CHECK(report["done"] == 3);
  CHECK(report["songs"].size() == 3);
  CHECK(song_of(report, "songs/more/s03.mid")["directory"] == "made/more/s03");
  for (const char* project : {"made/s01", "made/s02", "made/more/s03"}) CHECK(is_frozen(program, project));
  CHECK(program.text("made/s01/project.json") == program.text("alone/project.json"));
  CHECK(program.text("made/s01/s01.flac") == program.text("alone.flac"));
  CHECK(program.ok("ls") == "alone\nalone.flac\nmade\nsongs\nsongs.firn-batch.jsonl\n");
}

TEST_CASE("MIDI files become projects of the rate and with the SoundFont that are asked for") {
  const Program program;
  make_songs(program, 1);
  program.ok("firn new -o project && mkdir fonts && cp /usr/share/sounds/sf2/TimGM6mb.sf2 fonts/Mine.sf2");
  program.write("list.txt", "songs/s01.mid\nproject\n");
  const std::string batch = "firn batch list.txt --json --each 'track add --midi New' ";
  CHECK(program.json(batch + "--rate 44.1kHz --soundfont fonts/Mine.sf2")["done"] == 2);
  CHECK(program.json("firn show songs/s01 --json")["rate"] == 44100);
  CHECK(program.json("firn show project --json")["rate"] == 48000);
  program.ok(
      "firn new songs/s01.mid -o alone --rate 44100 --soundfont fonts/Mine.sf2 && firn track add alone --midi New");
  CHECK(program.text("songs/s01/project.json") == program.text("alone/project.json"));
  CHECK(program.json(batch + "--rate 44100 --soundfont fonts/Mine.sf2")["skipped"] == 2);
  CHECK(program.json(batch + "--rate 44.1k")["skipped"] == 2);
  CHECK(program.json(batch)["skipped"] == 2);
  const auto other = program.run(batch + "--rate 48000");
  CHECK(other.status == 13);
  CHECK(contains(song_of(other.json(), "songs/s01.mid")["message"], "was not made with --rate 48000"));
  CHECK(song_of(other.json(), "project")["state"] == "skipped");
  CHECK(contains(program.fails(7, batch + "--soundfont songs/s01.mid"), "is not a SoundFont"));
  CHECK(contains(program.fails(2, batch + "--rate 4k"), "8000 to 384000 Hz"));
}

TEST_CASE("one bad song never stops the rest; failures are listed at the end, and tried again") {
  const Program program;
  make_songs(program, 4);
  program.write("songs/bad.mid", "MThd");
  program.ok("mkdir songs/broken && cp songs/bad.mid songs/broken/project.json && mkdir songs/nothing");
  program.write("list.txt",
                "# a list\nsongs/s01.mid\n\n  songs/bad.mid\r\nsongs/broken\nsongs/nothing\nsongs/gone.mid\n"
                "songs/s02.mid\nsongs/s03.mid\nsongs/s04.mid\n");
  const auto ran = program.run("firn batch list.txt -o out --jobs 2 --json" + freeze_all);
  CHECK(ran.status == 13);
  CHECK(contains(ran.err, "4 of 8 songs failed"));
  const json report = ran.json();
  CHECK(report["done"] == 4);
  CHECK(report["failed"] == 4);
  CHECK(song_of(report, "songs/bad.mid")["exit"] == 6);
  CHECK(contains(song_of(report, "songs/bad.mid")["message"], "songs/bad.mid"));
  CHECK(song_of(report, "songs/bad.mid")["command"] == nullptr);
  CHECK(song_of(report, "songs/broken")["command"] == "freeze --all");
  CHECK(song_of(report, "songs/broken")["exit"] == 6);
  CHECK(song_of(report, "songs/nothing")["exit"] == 3);
  CHECK(song_of(report, "songs/gone.mid")["exit"] == 3);
  for (int i = 1; i <= 4; ++i) CHECK(is_frozen(program, fmt::format("out/s{:02}", i)));

  program.ok(
      "cp songs/s01.mid songs/bad.mid && cp songs/s01.mid songs/gone.mid && firn new -o empty && "
      "rm -r songs/broken songs/nothing && cp -r out/s01 songs/broken && cp -r out/s01 songs/nothing");
  const json second = program.json("firn batch list.txt -o out --jobs 2 --json" + freeze_all);
  CHECK(second["skipped"] == 4);
  CHECK(second["done"] == 4);
  CHECK(contains(program.ok("firn batch list.txt -o out" + freeze_all), "8 songs: 0 done, 8 done before, in"));
}

TEST_CASE("what is done is left alone until it changes; --again, other commands and edits do it once more") {
  const Program program;
  make_songs(program, 2);
  const std::string batch = "firn batch songs --json" + freeze_all;
  CHECK(program.json(batch)["done"] == 2);
  CHECK(program.json(batch)["skipped"] == 2);
  CHECK(program.json(batch + " --again")["done"] == 2);
  // More behind what is done: that alone runs.
  program.ok("firn flatten songs/s01 --all && firn flatten songs/s02 --all");
  const std::string more = "firn batch songs --json --journal j --each 'unflatten Bass' ";
  CHECK(program.json(more)["done"] == 2);
  CHECK(program.json(more + "--each 'track rename Bass Deep'")["done"] == 2);
  CHECK(program.json(more + "--each 'track rename Bass Deep'")["skipped"] == 2);
  // An edit undoes what is known.
  program.ok("firn mixer songs/s01 Deep volume=-3dB");
  const auto edited = program.run(batch);
  CHECK(edited.json()["songs"][0]["state"] != "skipped");
  // A MIDI file that has changed since asks for a decision.
  program.ok("firn batch songs --journal k --each 'mixer Pad pan=20L'");
  program.ok("printf 'more' >> songs/s02.mid");
  const auto changed = program.run("firn batch songs --json --journal k --each 'mixer Pad pan=20L'");
  CHECK(changed.status == 13);
  CHECK(song_of(changed.json(), "songs/s02.mid")["exit"] == 5);
  CHECK(contains(song_of(changed.json(), "songs/s02.mid")["message"], "has changed since"));
}

TEST_CASE("a batch that is killed is gone on with command by command") {
  const Program program;
  make_songs(program, 12);
  // Each command works once only: what is done may not be done again.
  const std::string batch =
      "batch songs -o \"$PWD/out\" --jobs 2 --each 'track rename Bass Deep' --each 'freeze --all' "
      "--each 'flatten Deep' --each 'track rename Deep Bass'";
  int kills = 0;
  int status = -1;
  double seconds = 0.2;  // and longer each time: a busy machine gets nothing done in so short a while
  for (; kills < 40 && status != 0; ++kills) {
    status = program.run(fmt::format("timeout --foreground -s KILL {:.2f} $FIRN {} >/dev/null", seconds, batch)).status;
    CHECK((status == 0 || status == 137));
    seconds *= 1.1;
  }
  MESSAGE(kills << " runs");
  CHECK(kills > 1);
  CHECK(status == 0);
  for (int i = 1; i <= 12; ++i) {
    const json tracks = program.json(fmt::format("firn show out/s{:02} --json", i))["tracks"];
    CHECK(tracks[0]["name"] == "Bass");
    CHECK(tracks[0]["kind"] == "audio");
    CHECK(program.json(fmt::format("firn undo out/s{:02} --list --json", i))["steps"].size() == 4);
  }
}

TEST_CASE("Ctrl-C stops the children too, and the rest is done later") {
  const Program program;
  make_songs(program, 30);
  program.write("stop.py",
                "import subprocess, sys, time, signal\np = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)\n"
                "time.sleep(0.5)\np.send_signal(signal.SIGINT)\nsys.stdout.write(p.communicate()[0].decode())\n"
                "sys.exit(p.returncode)\n");
  const auto stopped = program.run("python3 stop.py $FIRN batch songs --jobs 2 --json --each 'freeze --all'");
  CHECK(stopped.status == 130);
  CHECK(contains(stopped.err, "goes on from here"));
  const int done = stopped.json()["done"];
  CHECK(stopped.json()["left"].get<int>() + done == 30);
  const json rest = program.json("firn batch songs --jobs 2 --json --each 'freeze --all'");
  CHECK(rest["skipped"] == done);
  CHECK(rest["done"] == 30 - done);
}

TEST_CASE("a song that takes too long or whose process is killed fails alone") {
  const Program program;
  make_songs(program, 1);
  program.ok("firn new songs/s01.mid -o held && firn new songs/s01.mid -o free");
  program.write("list.txt", "held\nfree\n");
  program.ok("firn clip set held Pad 1 loop=1..2 length=20000");
  const auto late = program.run("firn batch list.txt --timeout 4 --json --each 'export {dir}.flac'");
  CHECK(late.status == 13);
  CHECK(contains(song_of(late.json(), "held")["message"], "not done after 4 seconds"));
  CHECK(song_of(late.json(), "free")["state"] == "done");
  // The system ends it: too little time on the processor.
  const auto killed =
      program.run("bash -c \"(ulimit -t 1; $FIRN batch list.txt --again --json --each 'export {dir}.flac')\"");
  CHECK(killed.status == 13);
  CHECK(contains(song_of(killed.json(), "held")["message"], "ended by signal"));
  CHECK(song_of(killed.json(), "free")["state"] == "done");
}

TEST_CASE("a batch that is killed leaves nobody at work") {
  const Program program;
  program.write_song("song.mid");
  program.ok(
      "firn new song.mid -o held && firn clip set held Pad 1 loop=1..2 length=20000 && echo \"$PWD/held\" > list.txt");
  CHECK(program.run("timeout --foreground -s KILL 2 \"$FIRN\" batch list.txt --each 'export {dir}.flac'").status ==
        137);
  CHECK(program.run("sleep 0.5; pgrep -f -- \"batch-song $PWD/held\"").out.empty());
  program.ok("firn mixer held Pad volume=-3dB");
}

TEST_CASE("two batches on one list at once: the second is told; a dead one's lock is no lock") {
  const Program program;
  make_songs(program, 1);
  program.ok("firn batch songs" + freeze_all);
  CHECK(contains(program.fails(10, "flock songs.firn-batch.jsonl $FIRN batch songs --each 'freeze --all'"),
                 "Another batch"));
  program.ok("firn batch songs" + freeze_all);
}

TEST_CASE("standard input, another journal, names that need care") {
  const Program program;
  make_songs(program, 1);
  program.ok("mkdir -p 'a b' && cp songs/s01.mid \"a b/it's {name}.mid\" && cp songs/s01.mid ./-x.mid");
  const json report = program.json(
      "ls -d -- a*/*.mid ./-x.mid -x.mid | firn batch - -o out --journal j.jsonl --json "
      "--each 'freeze --all --threads=1' --each \"track rename Bass 'Deep Bass'\" --each 'export \"{dir} x.wav\"'");
  CHECK(report["done"] == 2);
  CHECK(report["threads"].get<int>() >= 1);
  CHECK(program.json("firn show ./out/-x --json")["tracks"][0]["name"] == "Deep Bass");
  CHECK(contains(program.ok("ls out"), "it's {name} x.wav"));
  CHECK(program.text("j.jsonl").size() > 100);
}

TEST_CASE("a command or a list that makes no sense is refused before anything is done") {
  const Program program;
  make_songs(program, 1);
  CHECK(contains(program.fails(2, "firn batch songs"), "--each"));
  CHECK(contains(program.fails(2, "firn batch songs --each 'frezee --all'"), "frezee"));
  CHECK(contains(program.fails(2, "firn batch songs --each 'freeze --al'"), "--all"));
  CHECK(contains(program.fails(2, "firn batch songs --each 'new -o x'"), "new"));
  CHECK(contains(program.fails(2, "firn batch songs --each \"freeze 'Bass\""), "quote"));
  CHECK(contains(program.fails(2, "firn batch songs --jobs x" + freeze_all), "--jobs"));
  CHECK(contains(program.fails(3, "firn batch nowhere" + freeze_all), "nowhere"));
  CHECK(contains(program.fails(6, "firn batch songs/s01.mid" + freeze_all), "is not a list"));
  program.ok("mkdir none");
  CHECK(contains(program.fails(5, "firn batch none" + freeze_all), "no song"));
  program.ok("cp songs/s01.mid songs/s01.midi");
  CHECK(contains(program.fails(2, "firn batch songs" + freeze_all), "both become"));
  CHECK(program.ok("firn complete -- batch songs --ea") == "--each\n");
  CHECK(program.ok("firn complete -- batch ''").empty());
}
