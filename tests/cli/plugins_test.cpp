// Plug-ins as a person meets them: found, used, moved in their own windows, and missed.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cli/run_program.hpp"

using firn::tests::contains;
using firn::tests::Plugins;
using firn::tests::Program;
using nlohmann::json;

namespace {

// What is found out of this machine's plug-ins, once for all cases.
const Program& finds() {
  static const Program program(Plugins::installed);
  return program;
}

std::string with_finds(const std::string& line) {
  return "export XDG_CACHE_HOME='" + finds().directory().string() + "' ; " + line;
}

json device_of(const Program& program, int index) {
  return program.json(with_finds("firn show song --json --track Bass"))["tracks"][0]["devices"][index];
}

double value_of(const Program& program, int index, const std::string& name) {
  const json device = device_of(program, index);
  for (const auto& parameter : device["parameters"]) {
    if (parameter["name"] == name) return parameter["value"];
  }
  return std::nan("");
}

std::vector<std::string> formats_of(const json& listing, const std::string& name) {
  std::vector<std::string> formats;
  for (const auto& plugin : listing["plugins"]) {
    if (plugin["title"] == name) formats.push_back(plugin["format"]);
  }
  return formats;
}

void make_bass(const Program& program) {
  program.ok("firn new -o song");
  program.ok("firn track add song --audio Bass");
}

}  // namespace

TEST_CASE("plugins: a plug-in is found in each of its formats, and one alone shows its parameters") {
  const Program program(Plugins::installed);
  const json found = program.json(with_finds("firn plugins zamverb --json"));
  CHECK(formats_of(found, "ZamVerb") == std::vector<std::string>{"clap", "lv2", "vst3"});
  CHECK(program.ok(with_finds("firn plugins zamverb clap")).find("wet") != std::string::npos);
  const std::string synth = program.ok(with_finds("firn plugins synthv1 lv2"));
  CHECK(synth.find("  dco1-detune=") != std::string::npos);
  CHECK_MESSAGE(synth.find("0000000") == std::string::npos, "a float has all its digits");
  program.fails(3, with_finds("firn plugins no-such-thing"));
}

TEST_CASE("device add and set: a plug-in by name and format; values as it prints them; out of range is refused") {
  const Program program(Plugins::installed);
  make_bass(program);
  program.fails(3, with_finds("firn device add song Bass ZamVorb"));
  program.fails(2, with_finds("firn device add song Bass ZamVerb --format vst9"));
  program.ok(with_finds("firn device add song Bass ZamVerb --format lv2 wetdry=70% room=3"));
  CHECK(value_of(program, 0, "wetdry") == 70.0);
  CHECK(value_of(program, 0, "room") == 3.0);
  program.fails(2, with_finds("firn device set song Bass ZamVerb master=1000"));
  program.ok(with_finds("firn device set song Bass ZamVerb master=-3dB"));
  CHECK(value_of(program, 0, "master") == -3.0);
  program.ok("firn undo song");
  CHECK(value_of(program, 0, "master") == 0.0);
}

TEST_CASE("A VST3 plug-in's values are what it prints; what it reads otherwise is refused; 0 to 1 is written as raw") {
  const Program program(Plugins::installed);
  make_bass(program);
  program.ok(with_finds("firn device add song Bass ZamComp --format vst3 --name Comp makeup=1"));
  const auto shown = [&](const std::string& name) {
    const json device = device_of(program, 0);
    for (const json& parameter : device["parameters"]) {
      if (parameter["name"] == name) return parameter;
    }
    return json();
  };
  CHECK(shown("makeup")["text"] == "1 dB");
  CHECK(std::abs(shown("makeup")["value"].get<double>() - 1.0 / 30.0) < 1e-6);
  program.ok(with_finds("firn device set song Bass Comp 'attack=12 ms' makeup=0.5raw"));
  CHECK(shown("makeup")["text"] == "15 dB");
  const std::string before = program.ok("cat song/project.json");
  for (const std::string word :
       {"threshold=banana", "threshold=900000", "makeup=-5", "makeup=2raw", "'attack=0.5 s'"}) {
    CAPTURE(word);
    program.fails(2, with_finds("firn device set song Bass Comp " + word));
  }
  program.fails(2, with_finds("firn automate set song Bass Comp:makeup 1=99"));
  CHECK(program.ok("cat song/project.json") == before);
  program.ok(with_finds("firn automate set song Bass Comp:makeup 1.1.1=15 2.1.1=0.25raw"));
  const json points = program.track("Bass")["automation"][0]["points"];
  CHECK(points[0]["value"] == 0.5);
  CHECK(points[1]["value"] == 0.25);
  program.write("junk.state", "no state");
  program.fails(12, with_finds("firn device set song Bass Comp state=junk.state"));
  CHECK(program.ok("ls song/Samples/Imported") == "ZamComp.state\n");
}

TEST_CASE("A missing plug-in: the project opens and is edited, a freeze names it, and another format takes its place") {
  const Program program(Plugins::installed);
  program.make_song();
  program.ok(with_finds("firn device add song Bass ZamVerb --format clap wet---dry=20 room=4 --name Verb"));
  program.ok("firn automate set song Bass Verb:master-level 1.1.1=-30 2.1.1=0");
  program.ok("firn device add song Bass utility");
  // A machine of its own, without CLAP.
  const std::string elsewhere = "export XDG_CACHE_HOME=\"$PWD/elsewhere\" CLAP_PATH=/nowhere ; ";
  CHECK(program.ok("firn project set song tail-limit=5s ; " + elsewhere + "firn show song --track Bass")
            .find("can't be loaded: the CLAP plug-in ZamVerb is not installed") != std::string::npos);
  const std::string before = program.text("song/project.firn");
  const std::string said = program.run(elsewhere + "firn freeze song Bass").err;
  CHECK(said.find("the CLAP plug-in ZamVerb is not installed, but as") != std::string::npos);
  CHECK(program.text("song/project.firn") == before);
  program.fails(3, elsewhere + "firn device format song Bass Verb ladspa");
  program.fails(7, elsewhere + "firn device format song Bass Utility lv2");
  program.ok(elsewhere + "firn device format song Bass Verb lv2");
  const json device = device_of(program, 1);
  CHECK(device["name"] == "Verb");
  CHECK(device["type"] == "lv2:urn:zamaudio:ZamVerb");
  CHECK(value_of(program, 1, "wetdry") == 20.0);
  CHECK(value_of(program, 1, "room") == 4.0);
  const json track = program.json(with_finds("firn show song --json --track Bass"))["tracks"][0];
  REQUIRE(track["automation"].size() == 1);
  CHECK(track["automation"][0]["points"].size() == 2);
  CHECK(track["automation"][0]["target"] == "Verb:master");
  program.ok("firn undo song");
  CHECK(program.text("song/project.firn") == before);
}

TEST_CASE("device add: a plug-in that can't be used in the format asked for says why, and where else it is") {
  const Program program(Plugins::installed);
  make_bass(program);
  program.ok("mkdir clap && echo no > clap/mdaDelay.clap");
  const auto refused = program.fails(3, "CLAP_PATH=\"$PWD/clap\" firn device add song Bass 'MDA Delay' --format clap");
  CHECK(contains(refused, "but as LV2 it is here"));
  CHECK(contains(refused, "mdaDelay.clap can't be used: "));
}

TEST_CASE("device open: each gesture in the plug-in's own window is a step that undo takes back") {
  const Program program(Plugins::installed);
  make_bass(program);
  for (const std::string format : {"lv2", "clap", "vst3"}) {
    CAPTURE(format);
    program.ok(with_finds("firn device add song Bass ZamVerb --name " + format + " --format " + format));
  }
  program.ok(with_finds("firn device add song Bass reverb --name own"));
  program.fails(7, with_finds("firn device open song Bass own"));
  program.fails(12, with_finds("unset DISPLAY ; firn device open song Bass lv2"));

  // The dry-wet knob, in the middle at the start, is 48 pixels from the window's left and 43 from its top. It is turned until that is seen.
  program.write("turn.sh", R"(
mkfifo number
Xvfb -displayfd 3 -screen 0 1200x800x24 3>number 2>/dev/null & server=$!
export DISPLAY=:$(head -1 number)
"$FIRN" device open song Bass "$1" >steps & firn=$!
window=$(timeout 60 xdotool search --sync --onlyvisible --name "$1" | head -1)
for attempt in 1 2 3 4 5; do
  sleep 0.5
  xdotool mousemove --window $window 48 43 mousedown 1
  for y in 40 35 30 25 20; do xdotool mousemove --window $window 48 $y; sleep 0.05; done
  xdotool mouseup 1
  for wait in $(seq 30); do [ -s steps ] || sleep 0.1; done
  [ -s steps ] && break
done
kill $firn
wait $firn
status=$?
kill $server
wait $server
cat steps
rm number steps
exit $status
)");
  for (const int index : {0, 1, 2}) {
    const std::string name = device_of(program, index)["name"];
    CAPTURE(name);
    const json before = device_of(program, index)["parameters"];
    const std::string steps = program.ok(with_finds("export FIRN ; bash turn.sh " + name));
    CAPTURE(steps);
    CHECK(steps.find("Set wet") == 0);
    const json after = device_of(program, index)["parameters"];
    CHECK(before != after);
    for (auto step = std::count(steps.begin(), steps.end(), '\n'); step > 0; --step) program.ok("firn undo song");
    CHECK(device_of(program, index)["parameters"] == before);
  }
}

TEST_CASE(
    "What an edit was tried with is let go: a song that plays runs one host for its plug-in, whatever is set of it") {
  const Program program(Plugins::installed);
  make_bass(program);
  program.ok(with_finds("firn device add song Bass ZamVerb --format lv2"));
  program.write("edit.sh", R"sh(
"$FIRN" play song --loop --to 9 --device null >played.log 2>&1 & player=$!
hosts() { pgrep -P $player | wc -l; }
for i in $(seq 200); do [ "$(hosts)" -gt 0 ] && break; sleep 0.05; done
for value in 1 2 3 4 5 6; do "$FIRN" device set song Bass ZamVerb room=$value >/dev/null; sleep 0.5; done
for i in $(seq 100); do [ "$(hosts)" -le 2 ] && break; sleep 0.1; done
hosts
kill $player; wait $player
true
)sh");
  const int hosts = std::stoi(program.ok(with_finds("export FIRN; bash edit.sh")));
  CHECK(hosts >= 1);
  CHECK(hosts <= 2);  // one for each side of a mono plug-in
}

TEST_CASE("A damaged line of what is known of plug-ins is passed over: they are asked again") {
  const Program program(Plugins::installed);
  program.make_song();
  const std::string own = "export XDG_CACHE_HOME=$PWD/cache ; ";
  program.ok(own +
             "firn device add song Bass ZamVerb --format lv2 && firn freeze song Bass && firn unfreeze song Bass");
  program.write("damage.sh", R"sh(
cd cache/firn
keys=$(sed 's/.*"key":"\([0-9a-f]*\)".*/\1/' plugin-facts.jsonl)
for key in $keys; do echo "{\"key\":\"$key\",\"latency\":\"x\"}"; done >plugin-facts.jsonl
)sh");
  program.ok("bash damage.sh");
  CHECK(contains(program.text("cache/firn/plugin-facts.jsonl"), "\"x\""));
  program.ok(
      own +
      "firn device set song Bass ZamVerb room=2 && firn device set song Bass ZamVerb room=3 && firn freeze song Bass");
  program.ok(own + "firn unfreeze song Bass && firn undo song && firn freeze song Bass");
}

TEST_CASE("The example with plug-ins is made by its script, each of them in its place") {
  const Program program(Plugins::installed);
  program.ok(with_finds("'" FIRN_SOURCE_DIR "/examples/first-snow-plugins.sh' snow \"$FIRN\""));
  const std::string drums = program.ok(with_finds("firn show snow --track Drums"));
  CAPTURE(drums);
  CHECK(contains(drums, "tube-drive=3.3"));
  CHECK(contains(program.ok(with_finds("firn show snow --track Hall")), "Dragonfly Hall Reverb:decay"));
}

TEST_CASE(
    "SPEC A8: the files that a plug-in's state refers to are the project's: packed, missed, and heard when they "
    "change") {
  const Program program(Plugins::installed);
  program.make_song();
  program.ok(
      "python3 -c \"import wave\nfor name, late in (('near', 100), ('far', 9000)):\n w = wave.open(name + '.wav', "
      "'wb')\n "
      "w.setparams((2, 2, 48000, 0, 'NONE', ''))\n w.writeframes(bytes(4 * late) + bytes([0, 64] * 2))\"");
  program.ok("firn export song dry.wav");
  program.ok(with_finds("firn device add song Bass 'LV2 Convolution Stereo' impulse=near.wav"));
  program.ok(with_finds("firn export song near-heard.wav"));
  CHECK(program.text("near-heard.wav") != program.text("dry.wav"));
  CHECK(contains(program.ok(with_finds("firn show song --track Bass")), "file1=Samples/Imported/near.wav"));

  const std::string none = program.fails(3, with_finds("firn device set song Bass 'LV2 Convolution Stereo' sample=x"));
  CHECK(contains(none, "state, impulse, gain"));

  // On another machine none of it lies where it lay.
  const json packed = program.json(with_finds("firn pack song song.zip --json"));
  CHECK(contains(packed["files"].dump(), "Samples/Imported/near.wav"));
  program.ok("mkdir away && mv song near.wav away");
  program.ok("firn unpack song.zip -o copy");
  program.ok(with_finds("firn export copy copied.wav"));
  CHECK(program.text("copied.wav") == program.text("near-heard.wav"));

  // Another file is another sound: what was printed is stale, and fresh again when it is taken back.
  program.ok(with_finds("firn freeze copy Bass && firn unfreeze copy Bass"));
  program.ok(with_finds("firn device set copy Bass 'LV2 Convolution Stereo' impulse=far.wav"));
  program.ok(with_finds("firn export copy far-heard.wav"));
  CHECK(program.text("far-heard.wav") != program.text("near-heard.wav"));
  program.ok(with_finds("firn device set copy Bass 'LV2 Convolution Stereo' file1=away/near.wav"));
  program.ok(with_finds("firn export copy again.wav"));
  CHECK(program.text("again.wav") == program.text("near-heard.wav"));
  CHECK(program.json(with_finds("firn freeze copy Bass --json"))["tracks"][0]["print"]["found"] == true);

  // What can't be handed on alone stays where it is, and is said.
  CHECK(packed["outside"].empty());
  program.write("away/kit.sfz", "<region> sample=near.wav\n");
  program.ok(
      with_finds("cp -r copy kit && firn unfreeze kit Bass && firn device set kit Bass 'LV2 Convolution Stereo' "
                 "impulse=away/kit.sfz"));
  const std::string kit = (program.directory() / "away/kit.sfz").string();
  CHECK(contains(program.ok(with_finds("firn show kit --track Bass")), "refers to " + kit + ", which is no file of"));
  CHECK(contains(program.ok(with_finds("firn pack kit kit.zip")), kit + " (LV2 Convolution Stereo on Bass)"));
  CHECK(program.json(with_finds("firn pack kit kit.zip --json"))["outside"][0]["path"] == kit);
  program.ok(with_finds("firn freeze kit Bass"));
  CHECK_FALSE(contains(program.ok(with_finds("firn pack kit small.zip --frozen")), "Not packed"));

  program.ok("firn unfreeze copy Bass && rm copy/Samples/Imported/near.wav");
  CHECK(contains(program.fails(3, with_finds("firn export copy gone.wav")), "near.wav is missing"));
  CHECK(contains(program.fails(3, with_finds("firn pack copy gone.zip")), "near.wav is missing"));
}

TEST_CASE(
    "plugins: a format that can't be listed is said to be tried by the next scan, apart from what fails until it "
    "changes") {
  const Program program(Plugins::installed);
  program.write("host", "#!/bin/sh\n[ $2 = lv2 ] && exit 1\necho '{\"done\": \"'$2'\"}' >&3\n");
  program.ok("chmod +x host");
  const std::string said = program.ok("XDG_CACHE_HOME=$PWD/cache FIRN_PLUGIN_HOST=$PWD/host firn plugins");
  CHECK(contains(said, "LV2 plug-ins can't be listed: "));
  CHECK(contains(said, "The next scan tries again."));
  CHECK_FALSE(contains(said, "once they change"));
}

TEST_CASE("The same plug-in in two folders is one: that of the first folder, though it lists itself without end") {
  const Program program(Plugins::faulty);
  make_bass(program);
  program.ok("mkdir a b && cp \"$LADSPA_PATH/faulty.so\" a && cp \"$LADSPA_PATH/faulty.so\" b");
  const std::string both = "export LADSPA_PATH=\"$PWD/b:$PWD/a\" ; ";
  const json found = program.json(both + "firn plugins 'faulty same' --json")["plugins"];
  REQUIRE(found.size() == 2);
  CHECK(contains(found[0].dump(), "/b/faulty.so"));
  program.ok(both + "firn device add song Bass 'Faulty Same' && firn show song");
}

TEST_CASE("What failed once is tried again by the next command: there may be memory by then") {
  const Program program(Plugins::faulty);
  program.make_song();
  program.ok("firn device add song Bass 'Faulty Well' gain=0.5");
  program.write("host", "#!/bin/sh\nkill -KILL $$\n");
  program.ok("chmod +x host");
  CHECK(contains(program.run("FIRN_PLUGIN_HOST=\"$PWD/host\" firn freeze song Bass").err, "was killed"));
  program.ok("firn freeze song Bass");
}

TEST_CASE("A state brings its parameters with it; what is refused leaves none behind") {
  const Program program(Plugins::faulty);
  make_bass(program);
  program.fails(3, "firn device add song Bass 'Faulty Well' preset=zzz");
  program.ok(
      "firn device add song Bass 'Faulty Well' preset=Quarter && mv song/Samples/Imported/*.state quarter.state");
  program.ok("firn undo song && firn device add song Bass 'Faulty Well' gain=1.5");
  program.ok("firn device set song Bass 'Faulty Well' state=quarter.state");
  const auto gain = [&] { return program.track("Bass")["devices"][0]["parameters"][0]["value"].get<double>(); };
  CHECK(gain() == 0.25);
  program.ok("firn device set song Bass 'Faulty Well' state=quarter.state gain=2");
  CHECK(gain() == 2.0);
}

TEST_CASE("device format takes the automation of the switch along, and says what the other format can't") {
  const Program program(Plugins::installed);
  make_bass(program);
  program.ok("firn track add song --audio Drums");
  program.ok(with_finds("firn device add song Bass ZamComp --format lv2 --name Comp side-chain=Drums"));
  program.ok("firn automate set song Bass Comp:on 1.1.1=on 2.1.1=off");
  const auto ran = program.run(with_finds("firn device format song Bass Comp ladspa"));
  CHECK(ran.status == 0);
  CHECK(contains(ran.out + ran.err, "LADSPA has no side-chain: what was connected to it is lost."));
  const json automation = program.track("Bass")["automation"];
  REQUIRE(automation.size() == 1);
  CHECK(automation[0]["target"] == "Comp:on");
  CHECK(automation[0]["points"].size() == 2);
}
