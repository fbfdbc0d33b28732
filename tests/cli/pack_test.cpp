// Packs: what goes in, what comes out sounds the same without its devices' files, and what is hostile leaves nothing behind.
#include <doctest/doctest.h>

#include "cli/run_program.hpp"

using firn::tests::contains;
using firn::tests::Program;
using nlohmann::json;

namespace {

std::vector<std::string> paths_of(const json& list) {
  std::vector<std::string> paths;
  for (const json& item : list) paths.push_back(item["path"]);
  return paths;
}

using Paths = std::vector<std::string>;

// A machine of our own: its SoundFont is one of FIRN_SOUNDFONTS, and goes with it.
void make_song_with_own_soundfont(const Program& program) {
  // The machine's own, but for a letter of its name inside.
  program.ok(
      "mkdir fonts && python3 -c \"d = bytearray(open('/usr/share/sounds/sf2/TimGM6mb.sf2', 'rb').read()); "
      "d[d.find(b'INAM') + 8] = 88; open('fonts/Ours.sf2', 'wb').write(d)\"");
  program.write_song("song.mid");
  program.ok("FIRN_SOUNDFONTS=$PWD/fonts firn new song.mid -o song --soundfont fonts/Ours.sf2");
  program.ok("FIRN_SOUNDFONTS=$PWD/fonts firn export song before.wav");
}

// Python makes the zip files that no decent program would: `body` has `z`, an open ZipFile, and ZipInfo.
void make_zip(const Program& program, const std::string& name, const std::string& body) {
  program.write("make.py", "import os, sys, zipfile, stat\nfrom zipfile import ZipInfo\nz = zipfile.ZipFile('" + name +
                               "', 'w', zipfile.ZIP_DEFLATED)\nproject = open('song/project.json').read()\n" + body +
                               "\nz.close()\n");
  program.ok("python3 -W ignore make.py && rm make.py");
}

void refuses(const Program& program, int status, const std::string& name, const std::string& message) {
  CAPTURE(name);
  const std::string said = program.fails(status, "firn unpack " + name + " -o new/out");
  CHECK(contains(said, message));
}

}  // namespace

TEST_CASE("a pack holds the shared SoundFont, and plays the same where there is none") {
  const Program program;
  make_song_with_own_soundfont(program);
  const json packed = program.json("FIRN_SOUNDFONTS=$PWD/fonts firn pack song song.zip --json");
  CHECK(paths_of(packed["files"]) == Paths{"Samples/Imported/Ours.sf2", "project.json"});
  CHECK(packed["left_out"].empty());
  program.ok("mv fonts hidden");
  CHECK(program.run("firn export song gone.wav").status == 3);
  const json unpacked = program.json("firn unpack song.zip -o a/b/copy/ --json");
  CHECK(unpacked["directory"] == "a/b/copy");
  program.ok("firn export a/b/copy after.wav");
  CHECK(program.text("before.wav") == program.text("after.wav"));
  CHECK_FALSE(contains(program.text("a/b/copy/project.json"), "\"shared\""));
  CHECK(contains(program.text("song/project.json"), "\"shared\""));
  CHECK(program.ok("ls -A a/b") == "copy\n");
}

TEST_CASE("the same project gives the same pack, wherever and whenever; packing a copy again does too") {
  const Program program;
  make_song_with_own_soundfont(program);
  program.ok(
      "export FIRN_SOUNDFONTS=$PWD/fonts; firn freeze song Pad && firn pack song one.zip && cp -r song elsewhere && "
      "touch -d 2001-01-01 elsewhere/Samples/*/*/* && TZ=Asia/Tokyo firn pack elsewhere two.zip");
  CHECK(program.text("one.zip") == program.text("two.zip"));
  program.ok("rm -r fonts && firn unpack one.zip && firn pack one three.zip");
  CHECK(program.text("one.zip") == program.text("three.zip"));
  // Any other program unpacks it too.
  program.ok("mkdir by-hand && cd by-hand && python3 -m zipfile -e ../one.zip . && firn export . ../after.wav");
  CHECK(program.text("after.wav") == program.text("before.wav"));
}

TEST_CASE("SPEC B2: --frozen leaves out what frozen tracks don't need, says so, and plays the same") {
  const Program program;
  make_song_with_own_soundfont(program);
  const std::string with_fonts = "FIRN_SOUNDFONTS=$PWD/fonts ";
  program.ok(with_fonts + "firn freeze song Bass");
  // A live track needs the SoundFont still.
  CHECK(paths_of(program.json(with_fonts + "firn pack song some.zip --frozen --json")["files"]).size() == 4);
  program.ok(with_fonts + "firn freeze song Pad");
  const json packed = program.json(with_fonts + "firn pack song small.zip --frozen --json");
  CHECK(paths_of(packed["files"]).size() == 4);  // the project, two prints, what is known of them
  CHECK(paths_of(packed["left_out"]) == Paths{"Ours.sf2"});
  CHECK(packed["left_out"][0]["tracks"] == json({"Bass", "Pad"}));
  CHECK(contains(program.ok(with_fonts + "firn pack song small.zip --frozen"), "Ours.sf2 (Bass, Pad)"));

  program.ok("mv fonts hidden");
  program.ok("firn unpack small.zip");
  program.ok("firn export small after.wav");
  CHECK(program.text("before.wav") == program.text("after.wav"));
  // Where the SoundFont is, all goes on; and its prints are found, not made.
  program.ok("mv hidden fonts");
  program.ok(with_fonts + "firn unfreeze small --all");
  CHECK(program.json(with_fonts + "firn freeze small Bass --json")["tracks"][0]["print"]["found"] == true);
}

TEST_CASE("--frozen leaves out what only a frozen group hears, but nothing that has another way to Main") {
  const Program program;
  make_song_with_own_soundfont(program);
  const std::string with_fonts = "FIRN_SOUNDFONTS=$PWD/fonts ";
  program.ok("firn track add song --group Band Bass Pad && firn track add song --return Hall");
  program.ok(
      "firn device add song Hall reverb && firn track add song --audio Vox && firn device add song Pad saturator");
  program.ok("firn mixer song Bass send:Hall=-inf");
  program.ok(with_fonts + "firn freeze song Pad && FIRN_SOUNDFONTS=$PWD/fonts firn freeze song Band");
  const auto left_out = [&] {
    const json packed = program.json(with_fonts + "firn pack song small.zip --frozen --json")["left_out"];
    program.ok(
        "rm -rf small && firn unpack small.zip && mv fonts hidden && firn export small after.wav && mv hidden fonts");
    program.ok(with_fonts + "firn export song before.wav");
    CHECK(program.text("before.wav") == program.text("after.wav"));
    Paths names;
    for (const json& file : packed)
      names.push_back(file["tracks"][0].get<std::string>() + ": " + file["path"].get<std::string>());
    return names;
  };
  const Paths alone = left_out();
  REQUIRE(alone.size() == 2);
  CHECK(alone[0] == "Bass: Ours.sf2");
  CHECK(alone[1].starts_with("Pad: Samples/Processed/Freeze/Pad-"));
  program.ok("firn mixer song Pad send:Hall=-6dB");
  CHECK(left_out() == Paths{"Bass: Ours.sf2"});
  for (const char* other_way : {"mixer song Bass send:Hall=-6dB", "mixer song Bass solo=on",
                                "route song Bass output=Main", "route song Vox input=Pad:pre-fx monitor=in"}) {
    CAPTURE(other_way);
    program.ok("firn undo song");
    program.ok(std::string("firn ") + other_way);
    for (const std::string& name : left_out()) CHECK(name.find("Ours.sf2") == name.npos);
  }
}

TEST_CASE("--frozen after a freeze up to a device: what is behind the line plays on, what is above it stays here") {
  const Program program;
  make_song_with_own_soundfont(program);
  program.ok(
      "export FIRN_SOUNDFONTS=$PWD/fonts; firn device add song Bass saturator && firn export song before.wav && "
      "firn freeze song Bass --up-to SoundFont && firn freeze song Pad && firn pack song small.zip --frozen");
  program.ok("rm -r fonts && firn unpack small.zip && firn export small after.wav");
  CHECK(program.text("before.wav") == program.text("after.wav"));
}

TEST_CASE("--frozen keeps what others hear of a frozen track before its print") {
  const Program program;
  make_song_with_own_soundfont(program);
  program.ok(
      "export FIRN_SOUNDFONTS=$PWD/fonts; firn device add song Bass saturator && firn track add song --audio Double && "
      "firn route song Double input=Bass:pre-fx monitor=in && firn export song before.wav && firn freeze song Bass Pad "
      "&& "
      "firn pack song small.zip --frozen");
  program.ok("export FIRN_SOUNDFONTS=$PWD/fonts; firn freeze song Double && firn pack song smaller.zip --frozen");
  program.ok("firn unpack small.zip && firn unpack smaller.zip");
  for (const char* unpacked : {"small", "smaller"}) {
    CAPTURE(unpacked);
    program.ok(std::string("firn export ") + unpacked + " after.wav");
    CHECK(program.text("before.wav") == program.text("after.wav"));
  }
  CHECK(std::filesystem::exists(program.directory() / "small/Samples/Imported/Ours.sf2"));
  CHECK_FALSE(std::filesystem::exists(program.directory() / "smaller/Samples/Imported/Ours.sf2"));
}

TEST_CASE("what is missing is named, all of it, and nothing is written; a frozen track's device file is no matter") {
  const Program program;
  make_song_with_own_soundfont(program);
  program.ok(
      "export FIRN_SOUNDFONTS=$PWD/fonts; firn import song before.wav && firn freeze song Bass && "
      "firn show song");
  program.ok("mv fonts hidden");
  program.ok("rm song/Samples/Imported/*.wav");
  const std::string said = program.fails(3, "firn pack song song.zip");
  CHECK(contains(said, "Ours.sf2"));
  CHECK(contains(said, "a device's file on Bass, Pad"));
  CHECK(contains(said, "before"));
  program.ok("firn track remove song before");
  CHECK(program.run("firn pack song song.zip").status == 3);  // Pad is live
  program.ok("FIRN_SOUNDFONTS=$PWD/hidden firn freeze song Pad");
  const json packed = program.json("firn pack song song.zip --json");
  CHECK(paths_of(packed["missing"]) == Paths{"Ours.sf2"});
  program.ok("firn unpack song.zip -o copy && firn export copy after.wav");
  CHECK(program.text("after.wav") == program.text("before.wav"));
}

TEST_CASE("a print that is damaged is found before it is handed on") {
  const Program program;
  program.make_song();
  program.ok(
      "firn freeze song Bass && cd song/Samples/Processed/Freeze && "
      "printf '\\001\\002\\003\\004' | dd of=$(ls) bs=1 seek=20000 conv=notrunc 2>/dev/null");
  CHECK(contains(program.fails(6, "firn pack song song.zip"), "Samples/Processed/Freeze/Bass-"));
}

TEST_CASE("a pack is no file of its own project, and needs a place to be") {
  const Program program;
  program.make_song();
  program.fails(5, "firn pack song song/project.json");
  program.fails(11, "firn pack song song");
  program.fails(3, "firn pack song nowhere/song.zip");
  program.fails(2, "firn pack song");
  program.fails(11, "firn pack song song.mid/song.zip");
}

TEST_CASE("what a full disk stops leaves nothing") {
  const Program program;
  program.make_song();
  program.ok("firn pack song song.zip");
  program.ok("mkdir small");
  const std::string inside = "FIRN=\"$FIRN\" unshare -rm bash -c 'mount -t tmpfs -o size=2m tmpfs small && ";
  if (program.run(inside + "true'").status != 0) {
    MESSAGE("skipped: no file system of our own");
    return;
  }
  const auto packed = program.run(inside + "{ \"$FIRN\" pack song small/song.zip; echo $?; ls -A small; }'");
  CHECK(packed.out == "11\n");
  CHECK(contains(packed.err, "the disk is full"));
  const auto unpacked = program.run(inside + "{ \"$FIRN\" unpack song.zip -o small/copy; echo $?; ls -A small; }'");
  CHECK(unpacked.out == "11\n");
  CHECK(contains(unpacked.err, "the disk has"));
}

TEST_CASE("unpacking never writes over what is there") {
  const Program program;
  program.make_song();
  program.ok("firn pack song song.zip");
  CHECK(contains(program.fails(5, "firn unpack song.zip"), "not an empty directory"));
  program.ok("mkdir empty && firn unpack song.zip -o empty && firn show empty");
  program.ok("touch file");
  program.fails(5, "firn unpack song.zip -o file");
  program.fails(3, "firn unpack nothing.zip");
}

TEST_CASE("hostile and broken packs are refused, and leave nothing behind") {
  const Program program;
  program.make_song();
  program.ok("firn freeze song --all && firn pack song good.zip --frozen");
  const std::string good = program.text("good.zip");

  for (const char* name :
       {"/tmp/firn-escaped", "../escaped", "Samples/../../escaped", "..", "a/./b", "Samples\\\\..\\\\x"}) {
    make_zip(program, "hostile.zip",
             std::string("z.writestr('project.json', project)\nz.writestr('") + name + "', 'x')");
    refuses(program, 6, "hostile.zip", "outside the project");
  }
  make_zip(program, "link.zip",
           "z.writestr('project.json', project)\ni = ZipInfo('Samples')\ni.external_attr = (stat.S_IFLNK | 0o777) << "
           "16\nz.writestr(i, '/tmp')");
  refuses(program, 6, "link.zip", "has a link \"Samples\"");
  make_zip(program, "twice.zip", "z.writestr('project.json', project)\nz.writestr('project.json', project)");
  refuses(program, 6, "twice.zip", "damaged");
  make_zip(program, "both.zip",
           "z.writestr('project.json', project)\nz.writestr('Samples/', '')\nz.writestr('Samples', 'x')");
  refuses(program, 6, "both.zip", "two files \"Samples\"");
  make_zip(program, "empty.zip", "z.writestr('notes.txt', 'hello')");
  refuses(program, 6, "empty.zip", "holds no project");
  make_zip(program, "nested.zip", "z.writestr('song/project.json', project)");
  refuses(program, 6, "nested.zip", "holds no project");
  make_zip(program, "text.zip", "z.writestr('project.json', '{\"firn\": 1')");
  refuses(program, 6, "text.zip", "project.json");
  make_zip(program, "newer.zip", "z.writestr('project.json', '{\"firn\": 99}')");
  refuses(program, 8, "newer.zip", "project.json");
  make_zip(program, "without.zip", "z.writestr('project.json', project)");
  refuses(program, 6, "without.zip", "Samples/Processed/Freeze/Bass-");
  make_zip(program, "other.zip",
           "g = zipfile.ZipFile('good.zip')\nfor n in g.namelist():\n  d = g.read(n)\n  z.writestr(n, d[:-8] + "
           "b'\\x01' * 8 if "
           "'Bass' in n else d)");
  refuses(program, 6, "other.zip", "is not what the project knows");
  make_zip(program, "own.zip",
           "g = zipfile.ZipFile('good.zip')\nfor n in g.namelist():\n  if 'Bass' not in n: z.writestr(n, "
           "g.read(n).replace(b'Samples/Processed/Freeze/Bass', b'.firn/history/Bass'))\n"
           "z.writestr('.firn/history/x', 'x')");
  refuses(program, 6, "own.zip", "Firn's own");
  // A silent gigabyte and more in a few megabytes, under a name that the project knows.
  make_zip(
      program, "bomb.zip",
      "g = zipfile.ZipFile('good.zip')\nfor n in g.namelist():\n  if 'Bass' not in n: z.writestr(n, g.read(n))\n  "
      "else:\n    with z.open(n, 'w', force_zip64=True) as f:\n      for i in range(1100): f.write(bytes(1 << 20))");
  refuses(program, 6, "bomb.zip", "many times its size");

  // Sizes that are not true, where the good pack's were.
  std::string lying = good;
  const auto at = lying.rfind("Bass-") - std::string("Samples/Processed/Freeze/").size() - 46;
  REQUIRE(lying.substr(at, 4) == "PK\1\2");
  lying[at + 24] = static_cast<char>(lying[at + 24] - 8);
  program.write("lying.zip", lying);
  CHECK(program.run("firn unpack lying.zip -o new/out").status == 6);
  for (const double part : {0.0, 0.3, 0.9, 0.999}) {
    program.write("cut.zip", good.substr(0, static_cast<std::size_t>(part * static_cast<double>(good.size()))));
    refuses(program, 6, "cut.zip", "cut.zip");
  }
  for (std::size_t byte = 40; byte < good.size(); byte += good.size() / 40) {
    std::string flipped = good;
    flipped[byte] = static_cast<char>(flipped[byte] ^ 0x10);
    program.write("flipped.zip", flipped);
    const auto ran = program.run("firn unpack flipped.zip -o flipped && firn export flipped flipped.wav");
    CAPTURE(byte);
    CHECK((ran.status == 0 || ran.status == 6 || ran.status == 7 || ran.status == 8));
    if (ran.status == 0) program.ok("rm -r flipped flipped.wav");
  }
  CHECK(program.run("ls -d new .firn*").out.empty());
  CHECK(program.run("ls /tmp/firn-escaped").status != 0);
}

TEST_CASE(
    "what the project does not refer to stays in the zip, and an index of prints is believed only where it was "
    "checked") {
  const Program program;
  program.make_song();
  program.ok("firn freeze song --all && firn pack song good.zip");
  make_zip(
      program, "more.zip",
      "g = zipfile.ZipFile('good.zip')\nfor n in g.namelist():\n  d = g.read(n)\n  z.writestr(n, "
      "d.replace(b'\"frames\":', "
      "b'\"frames\":1') if n.endswith('jsonl') else d)\nz.writestr('notes.txt', 'hello')\nz.writestr('Samples/', '')");
  const json unpacked = program.json("firn unpack more.zip --json");
  CHECK(unpacked["left_out"] == json({"notes.txt"}));
  CHECK(program.text("more/.firn/prints.jsonl").empty());
  CHECK(contains(program.ok("firn unpack good.zip && cat good/.firn/prints.jsonl"), "Freeze/Bass-"));
}

TEST_CASE("Ctrl-C while packing or unpacking leaves nothing") {
  const Program program;
  program.make_song();
  program.write("noise.py",
                "import os, wave\nw = wave.open('noise.wav', 'wb')\nw.setparams((2, 2, 48000, 0, 'NONE', ''))\n"
                "w.writeframes(os.urandom(4 * 48000 * 90))\nw.close()\n");
  program.ok("python3 noise.py && firn import song noise.wav && firn pack song whole.zip");
  program.write(
      "stop.py",
      "import subprocess, sys, time, signal\np = subprocess.Popen(sys.argv[2:])\ntime.sleep(float(sys.argv[1]))\n"
      "p.send_signal(signal.SIGINT)\nprint(p.wait())\n");
  const auto before = program.files();
  for (const char* verb : {"pack song song.zip", "unpack whole.zip -o copy"}) {
    bool stopped = false;
    for (const char* moment : {"0.2", "0.1", "0.05", "0.02"}) {
      const std::string said = program.ok(std::string("python3 stop.py ") + moment + " $FIRN " + verb + " | tail -1");
      stopped = stopped || said == "130\n";
      if (said == "130\n") CHECK(program.files() == before);
      program.ok("rm -rf song.zip copy");
    }
    CAPTURE(verb);
    CHECK(stopped);
  }
}
