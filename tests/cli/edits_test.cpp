// Every verb that edits, once, by what it leaves in the project.
#include <doctest/doctest.h>

#include "cli/run_program.hpp"

using firn::tests::Program;
using nlohmann::json;

namespace {

std::vector<std::string> names_of(const Program& program) {
  std::vector<std::string> names;
  const json project = program.json("firn show song --json");
  for (const auto& track : project["tracks"]) names.push_back(track["name"]);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("new: a MIDI file's tracks, tempo and notes; an empty project; show says them") {
  const Program program;
  program.make_song();
  CHECK(names_of(program) == Names{"Bass", "Pad", "Main"});
  const json bass = program.track("Bass");
  CHECK(bass["devices"][0]["type"] == "soundfont");
  CHECK(bass["clips"][0]["notes"].size() == 4);
  CHECK(bass["clips"][0]["notes"][2] == json{{"key", 40},
                                             {"name", "E1"},
                                             {"at", "1.3.1"},
                                             {"beats", 2.0},
                                             {"length", "0.1.0"},
                                             {"length_beats", 1.0},
                                             {"velocity", 100},
                                             {"release", 64}});
  CHECK(program.ok("firn show song").find("1  Bass   MIDI  live") != std::string::npos);
  CHECK(program.ok("firn show song --track Bass").find("E1,1.3.1,0.1.0,100") != std::string::npos);

  program.ok("firn new -o empty --tempo 96.5 --rate 44100");
  const json empty = program.json("firn show empty --json");
  CHECK(empty["rate"] == 44100);
  CHECK(empty["tempo"][0]["bpm"] == 96.5);
  CHECK(empty["tracks"].size() == 1);
  CHECK(program.run("cd empty && firn show").status == 0);
}

TEST_CASE("track: add, group, rename, colour, move, remove, duplicate, deactivate") {
  const Program program;
  program.make_song();
  CHECK(program.ok("firn track add song --audio Voice --color 00ff88") == "Add Track Voice\n");
  program.ok("firn track add song --return Hall");
  program.ok("firn track add song --group Band Bass Pad");
  CHECK(names_of(program) == Names{"Voice", "Band", "Bass", "Pad", "Hall", "Main"});
  CHECK(program.track("Bass")["group"] == "Band");
  CHECK(program.track("Voice")["color"] == "#00ff88");
  program.ok("firn track rename song Voice 'Lead Voice'");
  program.ok("firn track color song 123456 Bass Pad");
  CHECK(program.track("pad")["color"] == "#123456");
  program.ok("firn track move song Bass --top");
  program.ok("firn track move song 'Lead Voice' --before Hall");
  CHECK(names_of(program) == Names{"Band", "Pad", "Bass", "Lead Voice", "Hall", "Main"});
  program.ok("firn duplicate song Bass Pad");
  CHECK(names_of(program) == Names{"Band", "Pad", "Pad (Copy)", "Bass", "Bass (Copy)", "Lead Voice", "Hall", "Main"});
  program.ok("firn deactivate song Bass 5");
  CHECK(program.track("Bass")["active"] == false);
  CHECK(program.track("Bass (Copy)")["active"] == false);
  program.ok("firn activate song Bass");
  CHECK(program.track("Bass")["active"] == true);
  program.ok("firn track remove song Band Pad");
  CHECK(names_of(program) == Names{"Bass", "Bass (Copy)", "Lead Voice", "Hall", "Main"});
}

TEST_CASE("mixer and route: several values of several tracks are one step") {
  const Program program;
  program.make_song();
  program.ok("firn track add song --return A");
  program.ok("firn track add song --audio Bus");
  program.ok("firn mixer song Bass Pad volume=-6dB pan=20L send:A=-12dB,pre mute=on solo=on");
  for (const char* name : {"Bass", "Pad"}) {
    CHECK(program.track(name)["mixer"] ==
          json{{"volume_db", -6.0},
               {"pan", -0.4},
               {"activator", false},
               {"solo", true},
               {"sends", {{{"to", "A"}, {"level_db", -12.0}, {"point", "pre"}, {"on", true}}}}});
  }
  program.ok("firn mixer song Bass send:A=off,post volume=-inf");
  CHECK(program.track("Bass")["mixer"]["sends"][0]["on"] == false);
  CHECK(program.track("Bass")["mixer"]["volume_db"] == "-inf");
  program.ok("firn undo song");
  program.ok("firn undo song");
  CHECK(program.track("Bass")["mixer"]["volume_db"] == 0.0);
  CHECK(program.track("Pad")["mixer"]["volume_db"] == 0.0);

  program.ok("firn route song Bass output=Bus");
  program.ok("firn route song Bus input=Pad:pre-fx monitor=in arm=on");
  CHECK(program.track("Bass")["output"] == "Bus");
  CHECK(program.track("Bus")["input"] == "Pad:pre-fx");
  CHECK(program.track("Bus")["monitor"] == "in");
  program.ok("firn route song Bus input=resampling");
  CHECK(program.track("Bus")["monitor"] == "off");
  program.ok("firn route song Bass output=parent");
  CHECK(program.track("Bass")["output"] == "parent");
}

TEST_CASE("device: add, set, move, rename, remove; devices lists them") {
  const Program program;
  program.make_song();
  program.ok("firn device add song Bass reverb decay=3.5s mix=30%");
  program.ok("firn device add song Bass Delay --before Reverb --name Echo on=off");
  json devices = program.track("Bass")["devices"];
  CHECK(devices[1]["name"] == "Echo");
  CHECK(devices[1]["on"] == false);
  CHECK(devices[2]["name"] == "Reverb");
  program.ok("firn device set song Bass reverb decay=2.4s seed=7");
  program.ok("firn device move song Bass Reverb --before Echo");
  program.ok("firn device rename song Bass Reverb Hall");
  devices = program.track("Bass")["devices"];
  CHECK(devices[1]["name"] == "Hall");
  CHECK(devices[1]["seed"] == 7);
  for (const auto& parameter : devices[1]["parameters"]) {
    if (parameter["name"] == "decay") CHECK(parameter["value"] == 2.4);
    if (parameter["name"] == "mix") CHECK(parameter["text"] == "30%");
  }
  program.ok("firn device add song Pad compressor side-chain=Bass:pre-fx");
  CHECK(program.track("Pad")["devices"][1]["side_chain"] == "Bass:pre-fx");
  program.ok("firn deactivate song Bass --device Hall --device Echo");
  CHECK(program.track("Bass")["devices"][1]["on"] == false);
  program.ok("firn device remove song Bass Hall Echo");
  CHECK(program.track("Bass")["devices"].size() == 1);

  CHECK(program.ok("firn devices").find("reverb: Reverb.") != std::string::npos);
  const json types = program.json("firn devices --json reverb");
  CHECK(types["devices"].size() == 1);
  CHECK(types["devices"][0]["parameters"].size() > 3);
}

TEST_CASE("clip: add, set, move, duplicate, split, remove") {
  const Program program;
  program.make_song();
  program.ok("firn clip add song Bass C2,1.1.1,0.1.0 G2,1.2.1,0.1.0,90 --at 5 --length 2 --name Riff");
  program.ok("firn clip set song Bass Riff length=4 loop=1.1.1..2.1.1 offset=1.2.1 color=ff0000 active=off");
  json clip = program.track("Bass")["clips"][1];
  CHECK(clip["length"] == "4.0.0");
  CHECK(clip["loop"] == "1.1.1..2.1.1");
  CHECK(clip["offset"] == "1.2.1");
  CHECK(clip["color"] == "#ff0000");
  CHECK(clip["active"] == false);
  program.ok("firn clip set song Bass Riff loop=off name=Line");
  program.ok("firn clip duplicate song Bass Line");
  program.ok("firn clip move song Bass 3 --to 21.1.1");
  program.ok("firn clip move song Bass 2 --track Pad");
  CHECK(program.track("Bass")["clips"][1]["at"] == "21.1.1");
  CHECK(program.track("Pad")["clips"][1]["name"] == "Line");
  program.ok("firn clip split song Pad Line --at 6.1.1");
  CHECK(program.track("Pad")["clips"].size() == 3);
  program.ok("firn clip remove song Pad 2 3");
  CHECK(program.track("Pad")["clips"].size() == 1);
}

TEST_CASE("note and control: add, change, remove") {
  const Program program;
  program.make_song();
  program.ok("firn note add song Pad 1 E3,1.1.1,1.0.0,80,50 G3,1.3.1+1/3,0.0.2");
  program.ok("firn note change song Pad 1 --key C3 transpose=+12 velocity=-10");
  program.ok("firn note change song Pad 1 E3,1.1.1,1.0.0,80,50 start=1.2.1 length=0.2.0");
  json notes = program.track("Pad")["clips"][0]["notes"];
  CHECK(notes[0]["name"] == "C4");
  CHECK(notes[0]["velocity"] == 90);
  CHECK(notes[1]["at"] == "1.2.1");
  CHECK(notes[1]["release"] == 50);
  CHECK(notes[2]["at"] == "1.3.1+1/3");
  program.ok("firn note remove song Pad 1 --from 1.2.1 --to 1.3.1");
  program.ok("firn note remove song Pad 1 G3,1.3.1+1/3,0.0.2");
  CHECK(program.track("Pad")["clips"][0]["notes"].size() == 1);
  program.ok("firn control add song Pad 1 cc1,1.1.1,64 bend,1.2.1,-2000 pressure:C3,1.3.1,9");
  CHECK(program.track("Pad")["clips"][0]["controls"] ==
        json{"cc1,1.1.1,64", "bend,1.2.1,-2000", "pressure:C3,1.3.1,9"});
  program.ok("firn control remove song Pad 1 bend,1.2.1,-2000");
  CHECK(program.track("Pad")["clips"][0]["controls"].size() == 2);
}

TEST_CASE("automate: set, add, remove, clear") {
  const Program program;
  program.make_song();
  program.ok("firn track add song --return A");
  program.ok("firn device add song Bass filter");
  program.ok("firn automate set song Bass volume 5=0dB 1=-inf,curve=0.5");
  program.ok("firn automate add song Bass volume 9=-6dB");
  program.ok("firn automate set song Bass pan 1=50L 5=50R");
  program.ok("firn automate set song Bass send:A 1=-24dB 5=-6dB");
  program.ok("firn automate set song Bass filter:on 1=on 5=off");
  const json automation = program.track("Bass")["automation"];
  REQUIRE(automation.size() == 4);
  CHECK(automation[0]["target"] == "volume");
  CHECK(automation[0]["points"][0]["value"] == "-inf");
  CHECK(automation[0]["points"][0]["curve"] == 0.5);
  CHECK(automation[0]["points"][2]["at"] == "9.1.1");
  CHECK(automation[1]["points"][1]["text"] == "50R");
  CHECK(automation[2]["target"] == "send:A");
  CHECK(automation[3]["points"][1]["text"] == "off");
  CHECK(automation[3]["points"][1]["hold"] == true);
  program.ok("firn automate remove song Bass volume 5 9");
  program.ok("firn automate clear song Bass pan send:A filter:on");
  CHECK(program.track("Bass")["automation"].size() == 1);
  CHECK(program.track("Bass")["automation"][0]["points"].size() == 1);
}

TEST_CASE("tempo, signature, locator, project set") {
  const Program program;
  program.make_song();
  program.ok("firn tempo set song 100");
  program.ok("firn tempo add song 5=120,ramp 9=140");
  program.ok("firn tempo remove song 9");
  program.ok("firn signature set song 4/4 5=7/8 9=3/4");
  CHECK(program.json("firn show song --json")["signatures"][2]["at"] == "9.1.1");
  program.ok("firn signature remove song 9");
  program.ok("firn signature add song 5=5/8");
  program.ok("firn locator add song 3 Verse");
  program.ok("firn locator add song 5 Chorus");
  program.ok("firn locator move song Verse 2.1.1");
  program.ok("firn locator rename song Chorus Refrain");
  program.ok("firn project set song tail-limit=20s");
  json project = program.json("firn show song --json");
  CHECK(project["tempo"].size() == 2);
  CHECK(project["tempo"][1]["bpm"] == 120.0);
  CHECK(project["tempo"][1]["ramp"] == true);
  CHECK(project["signatures"].size() == 2);
  CHECK(project["signatures"][1]["numerator"] == 5);
  CHECK(project["locators"][0]["at"] == "2.1.1");
  CHECK(project["locators"][1]["name"] == "Refrain");
  CHECK(project["tail_limit_seconds"] == 20.0);
  program.ok("firn locator remove song Verse Refrain");
  CHECK(program.json("firn show song --json")["locators"].empty());
}

TEST_CASE("undo and redo take back and bring back whole commands, and list them") {
  const Program program;
  program.make_song();
  const std::string before = program.text("song/project.json");
  program.ok("firn mixer song Bass volume=-6dB pan=20L");
  const std::string after = program.text("song/project.json");
  CHECK(program.ok("firn undo song").substr(0, 6) == "Undone");
  CHECK(program.text("song/project.json") == before);
  CHECK(program.json("firn undo song --list --json")["done"] == 0);
  program.ok("firn redo song");
  CHECK(program.text("song/project.json") == after);
  CHECK(program.ok("firn undo song --list").substr(0, 4) == "done");
  program.ok("firn undo song");
  program.fails(5, "firn undo song");
}

TEST_CASE("import: MIDI adds tracks, audio adds a track or a clip") {
  const Program program;
  program.make_song();
  program.ok("firn export song bass.wav --track Bass");
  program.ok("firn import song song.mid --at 3");
  CHECK(names_of(program) == Names{"Bass", "Pad", "Bass 2", "Pad 2", "Main"});
  CHECK(program.track("Bass 2")["clips"][0]["at"] == "3.1.1");
  CHECK(program.track("Bass 2")["clips"][0]["notes"] == program.track("Bass")["clips"][0]["notes"]);
  program.ok("firn import song bass.wav");
  program.ok("firn import song bass.wav --track bass --at 5.1.1");
  const json audio = program.track("bass");
  CHECK(audio["kind"] == "audio");
  REQUIRE(audio["clips"].size() == 2);
  CHECK(audio["clips"][1]["at"] == "5.1.1");
  CHECK(audio["clips"][1]["audio"]["key"] == audio["clips"][0]["audio"]["key"]);
  program.ok("firn undo song");
  program.ok("firn undo song");
  program.ok("firn undo song");
  CHECK(names_of(program) == Names{"Bass", "Pad", "Main"});
}

TEST_CASE(
    "a sound whose stream breaks off is taken with that remark, as a clip and as a sample; one cut off is refused") {
  const Program program;
  program.make_song();
  program.ok("firn export song whole.ogg && firn export song whole.mp3");
  program.ok("head -c -9 whole.ogg >cut.ogg; head -c -4000 whole.mp3 >cut.mp3");
  for (const char* take : {"firn import song cut.ogg",
                           "firn track add song --midi Hit && firn device add song Hit sampler sample=cut.ogg"}) {
    const auto taken = program.run(take);
    CHECK(taken.status == 0);
    CHECK(taken.err.find("cut.ogg breaks off after ") == 0);
  }
  CHECK(program.run("firn import song whole.ogg").err.empty());
  CHECK(program.fails(6, "firn import song cut.mp3").find("cut.mp3 is cut off") != std::string::npos);
}
