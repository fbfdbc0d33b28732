// Each way to go wrong: its exit status, its message, and that nothing on disk has changed.
#include <doctest/doctest.h>

#include "cli/run_program.hpp"

using firn::tests::contains;
using firn::tests::Program;

TEST_CASE("usage: unknown commands and options suggest the nearest; wrong values say what is right") {
  const Program program;
  program.make_song();
  CHECK(contains(program.fails(2, "firn frezee song Bass"), "Did you mean \"freeze\"?"));
  CHECK(contains(program.fails(2, "firn track ad song"), "Did you mean \"add\"?"));
  CHECK(contains(program.fails(2, "firn freeze song --al"), "Did you mean \"--all\"?"));
  CHECK(contains(program.fails(2, "firn freeze song"), "TRACK"));
  CHECK(contains(program.fails(2, "firn freeze song Bass --all"), "not both"));
  CHECK(contains(program.fails(2, "firn freeze song Bass --threads many"), "--threads"));
  CHECK(contains(program.fails(2, "firn freeze song Bass --block 0"), "--block"));
  CHECK(contains(program.fails(2, "firn mixer song Bass volume=20dB"), "-inf to 6 dB"));
  CHECK(contains(program.fails(2, "firn mixer song Bass loudness=2"), "it has volume"));
  CHECK(contains(program.fails(2, "firn mixer song Bass"), "NAME=VALUE"));
  CHECK(contains(program.fails(2, "firn export song mix.wav --from 99:99"), "is not a position"));
  CHECK(contains(program.fails(2, "firn export song mix.wav --from 2 --to 1"), "end must lie after"));
  CHECK(contains(program.fails(2, "firn export song mix.wav --depth 12"), "16, 24, 32 or float"));
  CHECK(contains(program.fails(2, "firn export song mix.mp3 --depth 16"), "leave out --depth and --dither"));
  CHECK(contains(program.fails(2, "firn export song mix.ogg --dither triangular"), "leave out --depth and --dither"));
  CHECK(contains(program.fails(2, "firn export song mix.wav --dither triangular"), "--depth 16 or 24"));
  CHECK(contains(program.fails(2, "firn export song notes.mid --normalise peak"), "holds no sound"));
  CHECK(contains(program.fails(2, "firn stems song -o stems --format mid"), "wav, aiff, flac, ogg, opus or mp3"));
  const std::string longest(251, 'a');  // with .wav, as long as a file name may be
  program.ok("firn export song " + longest + ".wav --to 1.2.1");
  const std::string message = program.fails(11, "firn export song b" + longest + ".wav --to 1.2.1");
  CHECK(contains(message, longest));
  CHECK_FALSE(contains(message, ".part"));
  CHECK(contains(program.fails(2, "firn export song mix.wv"), "--format"));
  CHECK(contains(program.fails(2, "firn export song mix.wav --normalise loud"), "lufs"));
  CHECK(contains(program.fails(2, "firn device set song Bass SoundFont gain=99dB"), "-60 to 24 dB"));
  CHECK(contains(program.fails(2, "firn note add song Bass 1 C3,1.1.1"), "KEY,START,LENGTH"));
  CHECK(contains(program.fails(2, "firn new song.mid"), "-o DIR"));
  CHECK(contains(program.fails(2, "firn undo song now"), "one word too many"));
  CHECK(contains(program.fails(2, "firn bounce song Bass --after SoundFont --tap post-mixer"), "not both"));
  program.fails(3, "firn freeze song Bass --up-to Nothing");
  CHECK(contains(program.fails(2, "firn freeze song --stale Bass"), "--all or --stale, not both"));
}

TEST_CASE("not found: no project, no such track, device, clip, file") {
  const Program program;
  program.make_song();
  CHECK(contains(program.fails(3, "firn show nowhere"), "There is no project in \"nowhere\""));
  CHECK(contains(program.fails(3, "firn freeze nowhere Bass"), "nowhere"));
  CHECK(contains(program.fails(3, "firn freeze song Bazz"), "1 Bass, 2 Pad, 3 Main"));
  CHECK(contains(program.fails(3, "firn device set song Bass Reverb decay=2s"), "SoundFont"));
  CHECK(contains(program.fails(3, "firn device add song Bass rewerb"), "Did you mean \"reverb\"?"));
  CHECK(contains(program.fails(3, "firn clip remove song Bass 7"), "1 Bass"));
  CHECK(contains(program.fails(3, "firn new nothing.mid -o other"), "nothing.mid"));
  CHECK(contains(program.fails(3, "firn import song nothing.wav"), "nothing.wav"));
  CHECK(contains(program.fails(3, "firn new song.mid -o other --soundfont nothing.sf2"), "nothing.sf2"));
  CHECK(contains(program.fails(3, "firn help frezee"), "freeze"));
}

TEST_CASE("ambiguous names list what they fit") {
  const Program program;
  program.make_song();
  program.ok("firn track rename song Pad bASS");
  CHECK(contains(program.fails(4, "firn freeze song BASS"), "1 Bass, 2 bASS"));
}

TEST_CASE("SPEC B6: a frozen track is read-only above the freeze line, and says the way out") {
  const Program program;
  program.make_song();
  program.ok("firn freeze song Bass");
  for (const char* edit : {"note add song Bass 1 C3,1.1.1,0.1.0", "device add song Bass velocity",
                           "device set song Bass SoundFont gain=-3dB", "clip remove song Bass 1",
                           "clip set song Bass 1 length=8", "automate set song Bass SoundFont:gain 1=0dB"}) {
    CAPTURE(edit);
    CHECK(contains(program.fails(5, std::string("firn ") + edit), "nfreeze"));
  }
  program.ok("firn mixer song Bass volume=-3dB");
}

TEST_CASE("refused: cycles, what is there already, nothing to do") {
  const Program program;
  program.make_song();
  program.ok("firn track add song --audio A");
  program.ok("firn track add song --audio B");
  program.ok("firn route song A output=B");
  CHECK(contains(program.fails(5, "firn route song B output=A"), "B"));
  CHECK(contains(program.fails(5, "firn new song.mid -o song"), "not an empty directory"));
  CHECK(contains(program.fails(5, "firn unfreeze song Bass"), "Bass"));
  program.fails(5, "firn freeze song A");
  program.fails(5, "firn verify song");
  program.ok("firn freeze song Bass");
  CHECK(contains(program.fails(5, "firn verify song Bass Pad Main"), "\"Pad\", \"Main\""));
}

TEST_CASE("numbers of options: an exponent and a unit are read, and what can't be is said with the range") {
  const Program program;
  program.make_song();
  CHECK(program.json("firn new -o a --rate 1e5 --json")["rate"] == 100'000);
  CHECK(program.json("firn new -o b --rate 44.1kHz --json")["rate"] == 44100);
  CHECK(program.json("firn export song a.wav --rate 96k --json")["files"][0]["rate"] == 96000);
  program.ok("firn export song b.wav --threads 2 --block 1e3");
  for (const char* rate : {"1e6", "48x", "48000.5", "0x8000", "99999999999999999999", "nan", "inf", "-48000", "''"}) {
    for (const char* verb : {"firn new -o other", "firn export song c.wav"})
      CHECK(contains(program.fails(2, std::string(verb) + " --rate " + rate), "a whole number, 8000 to 384000 Hz."));
  }
  CHECK(contains(program.fails(2, "firn freeze song Bass --block 010x"),
                 "--block can't be \"010x\": it is a whole number, 1 to 65536."));
  for (const char* number : {"0x10", "1.5", "''", "99999999999999999999", "-1", "nan"}) {
    CHECK(contains(program.fails(2, std::string("firn freeze song Bass --threads ") + number), "0 to 1024."));
    CHECK(contains(program.fails(2, std::string("firn batch song --each show --jobs ") + number), "0 to 1024."));
    CHECK(contains(program.fails(2, std::string("firn export song c.wav --seed ") + number), "0 to 9007199254740992."));
  }
  for (const char* seconds : {"nan", "inf", "''", "5x", "-1"})
    CHECK(contains(program.fails(2, std::string("firn batch song --each show --timeout ") + seconds), "1000000000 s."));
}

TEST_CASE("malformed, newer and locked projects; malformed MIDI and audio") {
  const Program program;
  program.make_song();
  program.write("bad.mid", "MThd");
  CHECK(contains(program.fails(6, "firn new bad.mid -o other"), "bad.mid"));
  CHECK(contains(program.fails(6, "firn import song bad.mid"), "bad.mid"));
  program.write("bad.wav", "RIFF....WAVE");
  const auto bad = program.run("firn import song bad.wav");
  CHECK((bad.status == 6 || bad.status == 7));
  const std::string text = program.text("song/project.json");
  program.write("song/project.json", text.substr(0, text.size() / 2));
  CHECK(contains(program.fails(6, "firn show song"), "project.json"));
  CHECK(contains(program.fails(6, "firn freeze song --all"), "project.json"));
  std::string too_slow = text;
  program.write("song/project.json", too_slow.replace(text.find("[0, 120]"), 8, "[0, 0.5]"));
  CHECK(contains(program.fails(6, "firn show song"), "must be from 1 to 10000 bpm. Correct it"));
  program.write("song/project.json", "{\"firn\": 99}");
  program.fails(8, "firn show song");
  program.write("song/project.json", text);
  program.ok("firn mixer song Bass volume=-3dB");
  program.write("song/project.json", text + "\n");
  program.fails(9, "firn undo song");
  CHECK(contains(
      program.fails(10, "flock song/.firn/lock true; ( flock 9; firn mixer song Bass volume=-1dB ) 9>>song/.firn/lock"),
      "open"));
}

TEST_CASE("an export replaces files alone: no pipe, no device, nothing that the project is made of") {
  const Program program;
  program.make_song();
  program.ok("mkfifo pipe && mkdir -p song/Samples && ln -s mix.wav link.wav && ln -s pipe device.wav");
  for (const char* line : {"firn export song pipe --to 0:00.100", "firn export song device.wav --to 0:00.100",
                           "firn export song pipe --format mid"}) {
    CAPTURE(line);
    CHECK(contains(program.fails(11, line), "a pipe or a device"));
  }
  CHECK(program.run("test -p pipe").status == 0);
  for (const char* line :
       {"firn export song song/project.json --format wav --to 0:00.100",
        "firn export song song/Samples/mix.wav --to 0:00.100", "firn export song song/Samples/notes.mid",
        "firn stems song -o song/Samples --to 0:00.100", "firn stems song -o song/.firn/stems --to 0:00.100"}) {
    CAPTURE(line);
    CHECK(contains(program.fails(5, line), "belongs to the project"));
  }
  CHECK(contains(program.fails(2, "firn export song ''"), "FILE"));
  program.ok("firn export song link.wav --to 0:00.100");
  program.ok("firn export song song/mix.wav --to 0:00.100");
  CHECK(program.run("test -L link.wav && cmp mix.wav song/mix.wav").status == 0);
}

TEST_CASE("a file that is no SoundFont, or no sound, is not taken in") {
  const Program program;
  program.make_song();
  program.write("text.sf2", "This is not a SoundFont, for all its name.");
  program.ok("firn track add song --midi Keys");
  for (const char* line :
       {"firn new song.mid -o other --soundfont text.sf2", "firn import song song.mid --soundfont text.sf2",
        "firn device set song Bass SoundFont soundfont=text.sf2",
        "firn device add song Keys soundfont soundfont=text.sf2"}) {
    CAPTURE(line);
    CHECK(contains(program.fails(7, line), "text.sf2 is not a SoundFont"));
  }
  CHECK(contains(program.fails(7, "firn device add song Keys sampler sample=text.sf2"), "not a sound file"));
  CHECK(contains(program.fails(2, "firn new -o other --soundfont text.sf2"), "--soundfont"));
}

TEST_CASE("what can't be written is an error, whoever asks") {
  const Program program;
  program.make_song();
  program.fails(11, "firn new song.mid -o song.mid/other");
  program.fails(3, "firn export song song.mid/mix.wav");
  program.fails(11, "firn export song song.mid/notes.mid");
  program.fails(11, "firn stems song -o song.mid/stems");
  CHECK(program.run("firn help > /dev/full").status == 11);
}

TEST_CASE("a reader that goes away stops nothing") {
  const Program program;
  program.make_song();
  CHECK(program.run("firn freeze song Bass | true").status == 0);
  CHECK(program.json("firn show song --json --track Bass")["tracks"][0]["state"] == "fresh");
  CHECK(program.run("bash -o pipefail -c 'firn help convert | head -1' || true").status == 0);
}

TEST_CASE("a name can't steer the terminal") {
  const Program program;
  program.make_song();
  program.ok("firn track rename song Pad \"$(printf 'Pad\\033[2J\\302\\233x')\"");
  CHECK(contains(program.ok("firn show song"), "Pad?[2J?x"));
  CHECK(contains(program.fails(3, "firn freeze song Bazz"), "Pad?[2J?x"));
  CHECK(program.json("firn show song --json")["tracks"][1]["name"] == "Pad\033[2J\302\233x");
}
