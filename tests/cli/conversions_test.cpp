// Every verb that renders, once, by the sound it leaves.
#include <doctest/doctest.h>

#include "audio/sound_file.hpp"
#include "cli/run_program.hpp"

using namespace firn;
using firn::tests::contains;
using firn::tests::Program;
using nlohmann::json;

namespace {

audio::StereoBuffer sound_of(const Program& program, const std::string& file) {
  auto reader = audio::SoundReader::open(program.directory() / file);
  REQUIRE(reader);
  audio::StereoBuffer buffer(static_cast<int>(reader->info().frames.count));
  REQUIRE(reader->read({}, buffer.view()));
  return buffer;
}

float peak_of(const audio::StereoBuffer& buffer) {
  float peak = 0.0f;
  for (const float sample : buffer.left) peak = std::max(peak, std::abs(sample));
  return peak;
}

}  // namespace

TEST_CASE("SPEC B1, B7, B8: freeze, verify and unfreeze from the command line") {
  const Program program;
  program.make_song();
  program.ok("firn device add song Bass reverb");
  program.ok("firn export song live.wav");
  const std::string before = program.text("song/project.json");
  const json frozen = program.json("firn freeze song --all --json");
  CHECK(frozen["tracks"].size() == 2);
  CHECK(frozen["tracks"][0]["state"] == "frozen");
  CHECK_FALSE(frozen["tracks"][0]["print"]["found"]);
  CHECK(program.track("Bass")["state"] == "fresh");
  program.ok("firn export song frozen.wav");
  CHECK(sound_of(program, "live.wav") == sound_of(program, "frozen.wav"));
  CHECK(peak_of(sound_of(program, "live.wav")) > 0.01f);

  CHECK(program.ok("firn verify song --threads 1 --block 17").find("bit-identical") != std::string::npos);
  CHECK(program.json("firn verify song Bass --json")["tracks"][0]["identical"] == true);
  program.ok("firn unfreeze song --all");
  CHECK(program.track("Bass")["state"] == "live");
  CHECK(program.text("song/project.json") == before);
  CHECK(program.json("firn freeze song Bass --json")["tracks"][0]["print"]["found"] == true);
}

TEST_CASE("a stale print is said, verified as different, and printed again") {
  const Program program;
  program.make_song();
  program.ok("firn freeze song Bass");
  program.ok("firn tempo set song 90");
  CHECK(program.track("Bass")["state"] == "stale");
  const auto ran = program.run("firn verify song");
  CHECK(ran.status == 1);
  CHECK(ran.out.find("stale") != std::string::npos);
  program.fails(5, "firn flatten song Bass");
  program.ok("firn flatten song Bass --refresh");
  CHECK(program.track("Bass")["kind"] == "audio");
}

TEST_CASE("SPEC D1: flatten makes an audio track of the same sound; unflatten brings the notes back") {
  const Program program;
  program.make_song();
  program.ok("firn export song before.wav");
  program.ok("firn flatten song Bass");
  CHECK(program.track("Bass")["kind"] == "audio");
  CHECK(program.track("Bass")["origin"] == "Bass");
  program.ok("firn export song after.wav");
  CHECK(sound_of(program, "before.wav") == sound_of(program, "after.wav"));
  program.ok("firn unflatten song Bass --mixer then");
  CHECK(program.track("Bass")["clips"][0]["notes"].size() == 4);
}

TEST_CASE("SPEC D5: bounce to a new track, over a range, and in place") {
  const Program program;
  program.make_song();
  const json bounced = program.json("firn bounce song Bass --tap post-mixer --from 1.2.1 --to 1.3.1 --json");
  CHECK(bounced["step"] == "Bounce Bass");
  CHECK(program.track("Bass")["active"] == false);
  CHECK(program.track("Bass (Bounce)")["clips"][0]["length_frames"] == 24000);
  program.ok("firn bounce song Pad --in-place --after SoundFont");
  CHECK(program.track("Pad")["kind"] == "audio");
}

TEST_CASE("SPEC D5: a bounce tells whether its source has changed, and is printed again, as it would be bounced now") {
  const Program program;
  program.make_song();
  program.ok("firn bounce song Bass");
  const auto bounce = [&] { return program.track("Bass (Bounce)"); };
  CHECK(bounce()["bounced"] == "fresh");
  CHECK(program.track("Pad")["bounced"].is_null());
  CHECK(bounce()["clips"][0]["bounce"]["source"] == "Bass");
  CHECK(bounce()["clips"][0]["bounce"]["tap"] == "post-fx");
  CHECK(contains(program.ok("firn bounce song --update --all"), "Bass (Bounce) is up to date"));

  program.ok("firn mixer song 'Bass (Bounce)' volume=-6 && firn device add song Bass saturator");
  CHECK(bounce()["bounced"] == "stale");
  CHECK(contains(program.ok("firn show song"), "bounced (stale)"));
  const json updated = program.json("firn bounce song --update 'Bass (Bounce)' --json");
  CHECK(updated["step"] == "Update Bass (Bounce)");
  CHECK(bounce()["bounced"] == "fresh");
  CHECK(bounce()["mixer"]["volume_db"] == -6.0);
  const auto path_of = [](const json& track) {
    return "song/" + track["clips"][0]["audio"]["path"].get<std::string>();
  };
  const auto printed = sound_of(program, path_of(bounce()));
  program.ok("firn activate song Bass && firn bounce song Bass");
  CHECK(sound_of(program, path_of(program.track("Bass (Bounce 2)"))) == printed);

  program.ok("firn track remove song Bass");
  CHECK(bounce()["bounced"] == "orphaned");
  CHECK(contains(program.fails(5, "firn bounce song --update 'Bass (Bounce)'"), "is gone"));
  CHECK(contains(program.fails(5, "firn bounce song --update Pad"), "Pad holds no bounced audio"));
  program.fails(2, "firn bounce song --update --all --tap pre-fx");
  program.fails(2, "firn bounce song --all");
}

TEST_CASE("SPEC E6: resample records Main, a soloed track, and several inputs in one pass") {
  const Program program;
  program.make_song();
  program.ok("firn export song main.wav --from 1.1.1 --to 2.1.1");
  program.ok("firn resample song --from 1.1.1 --to 2.1.1 --name Take");
  const json take = program.track("Take");
  CHECK(take["input"] == "resampling");
  const auto recorded = sound_of(program, "song/" + take["clips"][0]["audio"]["path"].get<std::string>());
  CHECK(recorded == sound_of(program, "main.wav"));
  program.ok("firn resample song --solo Bass --to 2.1.1 --name Solo");
  program.ok("firn export song bass.wav --track Bass --to 2.1.1");
  const auto solo = sound_of(program, "song/" + program.track("Solo")["clips"][0]["audio"]["path"].get<std::string>());
  CHECK(solo == sound_of(program, "bass.wav"));
  CHECK(program.json("firn resample song --input Bass:pre-fx --input Pad:post-mixer --to 2 --json")["tracks"].size() ==
        2);
}

TEST_CASE("behind the song's end nothing is printed or written; where a range is asked for, the silence is said") {
  const Program program;
  program.make_song();
  CHECK(contains(program.run("firn resample song --from 100").err, "nothing to record"));
  CHECK(contains(program.run("firn bounce song Bass --from 100").err, "nothing to bounce"));
  CHECK(contains(program.fails(5, "firn export song mix.wav --from 100"), "nothing to export"));
  CHECK(contains(program.fails(5, "firn stems song -o stems --from 100"), "nothing to export"));
  CHECK(contains(program.ok("firn resample song --from 100 --to 101"), "Resampling makes no sound there"));
  CHECK(contains(program.ok("firn bounce song Bass --from 100 --to 101"), "Bass makes no sound there"));
  CHECK(contains(program.ok("firn export song mix.wav --from 100 --to 101"), "Nothing sounds there"));
  CHECK(contains(program.ok("firn stems song -o stems --from 100 --to 101"), "Nothing sounds there"));
  for (const char* sounds : {"firn resample song --to 2", "firn export song mix.wav", "firn stems song -o stems"})
    CHECK(!contains(program.ok(sounds), "sound there"));
}

TEST_CASE("SPEC D5, E6, F3: the pads of a drum rack become tracks, takes and files, by their names") {
  const Program program;
  program.make_song();
  program.ok(
      "firn export song kick.wav --to 1.2.1 && firn export song snare.wav --from 1.2.1 --to 1.3.1 && "
      "firn export song tom.wav --from 1.3.1 --to 1.4.1");
  program.ok(
      "firn new -o drums && firn track add drums --midi Drums && firn device add drums Drums drum_rack pad1=kick.wav "
      "pad3=snare.wav pad8=tom.wav pad3-tune=3st && firn clip add drums Drums C1,1.1.1,0.1.0 D1,1.2.1,0.1.0 --at 1");
  CHECK(program.ok("firn show drums --track Drums").find("\n   3  D1   Drums:snare\n") != std::string::npos);
  const json pads = program.json("firn show drums --track Drums --json")["tracks"][0]["devices"][0]["pads"];
  CHECK(pads[1] == json{{"number", 3}, {"name", "snare"}, {"key", 38}, {"tap", "Drums:snare"}});

  const json stems = program.json("firn stems drums -o stems --pads --json");
  REQUIRE(stems["files"].size() == 3);
  CHECK(stems["files"][2]["name"] == "Drums snare");
  CHECK(stems["notes"][0] == "Drums tom makes no sound there: it has no file.");
  const auto snare = sound_of(program, "stems/01.03 Drums snare.wav");
  CHECK(peak_of(snare) > 0.01f);

  program.ok("firn export drums before.wav");
  const json bounced = program.json("firn bounce drums Drums --pads --json");
  CHECK(bounced["step"] == "Bounce Pads of Drums");
  CHECK(bounced["tracks"].size() == 2);
  CHECK(bounced["notes"][0] == "Drums tom makes no sound there: it has no track.");
  program.ok("firn export drums after.wav");
  CHECK(sound_of(program, "before.wav") == sound_of(program, "after.wav"));
  program.ok("firn undo drums");
  CHECK(program.json("firn bounce drums Drums --pad SNARE --json")["tracks"][0]["name"] == "Drums snare");
  program.ok("firn undo drums");
  CHECK(program.json("firn bounce drums Drums --pad SNARE --pad pad3 --json")["tracks"].size() == 1);
  program.ok("firn undo drums");

  const json take = program.json("firn resample drums --input Drums:snare --json")["tracks"][0];
  CHECK(take["name"] == "Drums (snare)");
  CHECK(sound_of(program, "drums/" + take["print"]["path"].get<std::string>()) == snare);
  CHECK(program.json("firn show drums --track 'Drums (snare)' --json")["tracks"][0]["input"] == "Drums:snare");
  program.ok("firn device add drums Main compressor side-chain=Drums:pad3");
  CHECK(program.ok("firn show drums --track Main").find("side-chain=Drums:snare") != std::string::npos);

  CHECK(program.fails(3, "firn bounce drums Drums --pad crash").find("There are: 1 kick, 3 snare, 8 tom.") !=
        std::string::npos);
  CHECK(program.fails(3, "firn resample drums --input Drums:crash").find("3 snare") != std::string::npos);
  program.fails(5, "firn bounce drums Drums --pad tom");
  program.fails(5, "firn bounce drums Drums --pad pad4");
  program.fails(5, "firn bounce song Bass --pads");
  program.fails(2, "firn bounce drums Drums --pads --pad kick");
  for (const char* other : {"--tap pre-fx", "--after 1", "--in-place"}) {
    program.fails(2, std::string("firn bounce drums Drums --pads ") + other);
  }
  CHECK(program.fails(5, "firn device remove drums Drums 1").find("\"Drums (snare)\" and \"Main\" would hear no pad") !=
        std::string::npos);
}

TEST_CASE("SPEC F: export in every format, with loudness, range and depth; stems sum to the mix") {
  const Program program;
  program.make_song();
  for (const char* format : {"wav", "aiff", "flac", "ogg", "opus", "mp3"}) {
    CAPTURE(format);
    const json report = program.json(std::string("firn export song mix.") + format + " --json --to 2.1.1");
    CHECK(report["files"][0]["seconds"].get<double>() >= 2.0);
    CHECK(peak_of(sound_of(program, std::string("mix.") + format)) > 0.01f);
  }
  const json loud = program.json(
      "firn export song loud.wav --normalise lufs=-14 --loudness --depth 16 --dither triangular --rate 44100 --mono "
      "--json");
  CHECK(loud["files"][0]["rate"] == 44100);
  CHECK(loud["files"][0]["loudness_lufs"].get<double>() == doctest::Approx(-14.0).epsilon(0.01));
  CHECK(loud["files"][0]["true_peak_dbtp"].is_number());

  const json stems = program.json("firn stems song -o stems --json");
  CHECK(stems["files"].size() == 2);
  CHECK((stems["residual_dbfs"] == "-inf" || stems["residual_dbfs"].get<double>() < -120.0));
  CHECK(program.ok("firn export song loop.wav --from 1 --to 2 --loop").find("loop.wav") != std::string::npos);
  CHECK(sound_of(program, "loop.wav").frames() == 96000);

  const std::string exported = program.ok("firn export song notes.mid");
  CHECK(exported == "notes.mid: 2 MIDI tracks, " + std::to_string(program.text("notes.mid").size()) + " bytes.\n");
  program.ok("firn new notes.mid -o again");
  CHECK(program.json("firn show again --json --track Bass")["tracks"][0]["clips"][0]["notes"] ==
        program.track("Bass")["clips"][0]["notes"]);
}

TEST_CASE("clean removes what nothing refers to, and with --history what only undo needs") {
  const Program program;
  program.make_song();
  program.ok("firn freeze song Bass");
  const std::string print = program.track("Bass")["prints"][0]["path"];
  program.ok("firn unfreeze song Bass");
  CHECK(program.json("firn clean song --json")["removed"].empty());
  CHECK(program.json("firn clean song --history --json")["removed"] == json{print});
  CHECK_FALSE(std::filesystem::exists(program.directory() / "song" / print));
}

TEST_CASE("SPEC B12: an interrupt cancels, and leaves the project as it was") {
  const Program program;
  program.make_song();
  program.ok("firn clip add song Bass C2,1.1.1,0.1.0 --at 3000");  // more than an hour
  const auto before = program.files();
  for (const char* signal : {"INT", "TERM"}) {
    CAPTURE(signal);
    const auto ran = program.run(std::string("timeout --preserve-status -s ") + signal +
                                 " 1 \"$FIRN\" freeze song Bass --threads 1");
    CHECK(ran.status == 130);
    CHECK(ran.out.empty());
    CHECK(ran.err.find("firn: ") != std::string::npos);
    CHECK(program.files() == before);
  }
}
