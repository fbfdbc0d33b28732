// Playing, as a person does it: with a clock in place of a sound card, and with a real JACK server.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "audio/sound_file.hpp"
#include "cli/run_program.hpp"
#include "cli/sound_server.hpp"

using firn::tests::Program;

namespace {

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::vector<float> left_of(const std::filesystem::path& file) {
  auto reader = firn::audio::SoundReader::open(file);
  REQUIRE(reader);
  firn::audio::StereoBuffer samples(static_cast<int>(reader->info().frames.count));
  REQUIRE(reader->read({}, samples.view()));
  return samples.left;
}

// How many samples of `heard` stand in `expected` in one piece, as far as 32-bit integers can tell: the longest piece around those of every
// thousandth that are not silent.
std::size_t longest_run_of(const std::vector<float>& heard, const std::vector<float>& expected) {
  constexpr std::size_t key = 32;
  const auto equal = [](float a, float b) { return std::abs(a - b) < 1e-8f; };
  std::size_t longest = 0;
  for (std::size_t at = 0; at + key < heard.size(); at += 1000) {
    const auto begin = heard.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = begin + key;
    if (std::count_if(begin, end, [](float sample) { return std::abs(sample) > 1e-4f; }) < 16) continue;
    auto there = std::search(expected.begin(), expected.end(), begin, end, equal);
    if (there == expected.end()) continue;
    std::size_t count = 0;
    for (auto here = begin; here != heard.end() && there != expected.end() && equal(*here, *there); ++here, ++there)
      ++count;
    longest = std::max(longest, count);
    if (longest > 10'000) break;
  }
  return longest;
}

constexpr const char* play_and_record = R"sh(
client "$FIRN" audio-devices --json >devices.json
client "$FIRN" play song --to 0:20 --device jack >played.log 2>&1 &
player=$!
wait_for 'client jack_lsp 2>/dev/null | grep -q firn:left'
sleep 1
client jack_rec -f heard.wav -d 3 -b 32 firn:left firn:right >rec.log 2>&1
# pw-jack and the function are shells about it.
pkill -TERM -x -f ".*firn play song --to 0:20 --device jack" -P $player || kill -TERM $player
wait $player
)sh";

}  // namespace

TEST_CASE("the null device is always there, keeps time, and plays from anywhere to anywhere") {
  Program program;
  program.make_song();
  const auto devices = program.json("firn audio-devices --json")["devices"];
  REQUIRE_FALSE(devices.empty());
  CHECK(devices.back()["name"] == "null");
  std::string played;
  const double seconds = seconds_of(
      [&] { played = program.ok("firn play song --from 0:00.500 --to 0:01.500 --device null --buffer 64"); });
  CHECK(seconds >= 1.0);
  CHECK(played.find("Played 0:00.500 to 0:01.500.") != std::string::npos);
  // To the end of its sound, by itself.
  CHECK(program.ok("firn play song --from 0:02 --device null").find("Played 0:02.000 to ") != std::string::npos);
}

TEST_CASE("Real JACK and PipeWire servers get what `firn export` writes, sample for sample where nothing drops out") {
  Program program;
  program.ok("firn new '" FIRN_SOURCE_DIR "/examples/first-snow.mid' -o song");
  program.ok("firn freeze song --all");
  program.ok("firn export song song.wav --depth float --to 0:20");
  const auto expected = left_of(program.directory() / "song.wav");
  for (const auto server : {firn::tests::SoundServer::jack, firn::tests::SoundServer::pipewire}) {
    CAPTURE(server);
    program.ok("rm -f heard.wav played.log devices.json");
    if (!run_beside(server, program, "jack_rec", play_and_record)) continue;
    CHECK(program.text("devices.json").find("\"JACK\"") != std::string::npos);
    CHECK(program.text("played.log").find("Playing through JACK, 48000 Hz, 1024 frames") != std::string::npos);
    CHECK(program.text("played.log").find("Played 0:00.000 to 0:0") != std::string::npos);
    CAPTURE(program.text("rec.log"));
    CHECK(longest_run_of(left_of(program.directory() / "heard.wav"), expected) >= 2048);
  }
}

TEST_CASE("The load of each track is said, and what a freeze would save") {
  Program program;
  program.make_song();
  program.ok("firn freeze song Pad");
  const std::string said = program.ok("firn play song --to 1.2 --load --device null");
  CAPTURE(said);
  for (const char* part : {"Bass", "a freeze saves it", "Pad", "frozen", "Audio thread", " %"})
    CHECK(said.find(part) != std::string::npos);
}

TEST_CASE("Ctrl-C ends a loop, and says where") {
  Program program;
  program.make_song();
  const auto ran =
      program.run("timeout --foreground --signal=TERM 2 \"$FIRN\" play song --from 1 --to 1.3 --loop --device null");
  CHECK(ran.err.find("Playing through null") != std::string::npos);
  CHECK(ran.out.find("Played 0:00.000 to 0:0") != std::string::npos);
}

TEST_CASE("A song that was played through is frozen, and a freeze would have printed the same") {
  Program program;
  program.make_song();
  program.ok("cp -r song offline && firn freeze offline --all");
  CHECK(program.ok("firn play song --from 2 --to 2.2 --auto-freeze --device null").find("none is frozen") !=
        std::string::npos);
  CHECK(program.ok("firn play song --auto-freeze --device null").find("Freeze") != std::string::npos);
  for (const char* track : {"Bass", "Pad"}) {
    const auto prints = program.track(track)["prints"];
    REQUIRE(prints.size() == 1);
    program.ok("cmp song/'" + std::string(prints[0]["path"]) + "' offline/'" + std::string(prints[0]["path"]) + "'");
  }
}

TEST_CASE("What another command edits while a song plays is heard, and no lock is in its way") {
  Program program;
  program.ok("firn new '" FIRN_SOURCE_DIR "/examples/first-snow.mid' -o song");
  program.ok("firn freeze song --all");
  program.write("edit.sh", R"(
"$FIRN" play song --to 0:12 --device null >played.log 2>&1 &
for i in $(seq 200); do grep -q Playing played.log && break; sleep 0.1; done
sleep 3
"$FIRN" unfreeze song Piano && "$FIRN" mixer song Main volume=-inf
wait
)");
  program.ok("export FIRN; bash edit.sh");
  CAPTURE(program.text("played.log"));
  CHECK(program.text("played.log").find("not heard") == std::string::npos);
  program.ok(
      "firn undo song && firn undo song && firn export song song.wav --depth float --to 0:12 && firn capture song");
  std::vector<float> captured;
  for (const auto& file : std::filesystem::directory_iterator(program.directory() / "song/Samples/Recorded"))
    captured = left_of(file.path());
  REQUIRE(captured.size() == 12 * 48'000);
  const auto expected = left_of(program.directory() / "song.wav");
  const auto first = std::ranges::mismatch(captured, expected).in1 - captured.begin();
  CHECK(first >= 48'000);
  CHECK(first < 11 * 48'000);
  CHECK(std::all_of(captured.end() - 24'000, captured.end(), [](float sample) { return sample == 0.0f; }));
}

TEST_CASE("A track that is armed while it plays hears the keyboards") {
  const Program program;
  program.make_song();
  program.ok("firn track remove song Bass Pad && firn track add song --midi Keys && firn device add song Keys synth");
  const bool is_done = run_beside(firn::tests::SoundServer::jack, program, "jack_midiseq", R"sh(
jack_midiseq board 24000 0 60 8000 12000 64 8000 >keys.log 2>&1 &
keys=$!
wait_for 'jack_lsp 2>/dev/null | grep -q board:out'
"$FIRN" play song --to 0:06 --device jack >played.log 2>&1 &
player=$!
wait_for 'grep -q Playing played.log'
sleep 1
"$FIRN" route song Keys input=midi arm=on
wait $player
kill $keys; wait $keys
)sh");
  if (!is_done) return;
  CAPTURE(program.text("played.log"));
  const std::string path = program.json("firn capture song --json")["takes"][0]["path"];
  const auto heard = left_of(program.directory() / "song" / path);
  const auto is_loud = [](float sample) { return std::abs(sample) > 0.01f; };
  CHECK(std::none_of(heard.begin(), heard.begin() + 24'000, is_loud));
  CHECK(std::any_of(heard.begin() + 24'000, heard.end(), is_loud));
}

TEST_CASE("A keyboard that is plugged in while it plays is heard, and let go of where it is pulled out") {
  const Program program;
  program.make_song();
  program.ok(
      "firn track remove song Bass Pad && firn track add song --midi Keys && firn device add song Keys synth && "
      "firn route song Keys input=midi:board arm=on");
  // A key that is pressed twice a second and never released; the keyboard comes, goes, comes and goes.
  const bool is_done = run_beside(firn::tests::SoundServer::jack, program, "jack_midiseq", R"sh(
"$FIRN" play song --to 1:00 --device jack >played.log 2>&1 &
player=$!
wait_for 'grep -q Playing played.log'
said() { wait_for "test \"\$(grep -c '$1' played.log)\" = $2"; }
sleep 1
for time in 1 2; do
  jack_midiseq board 24000 0 60 999999 >keys.log 2>&1 &
  keys=$!
  said "board:out has come" $time
  sleep 1.5
  kill -KILL $keys; wait $keys
  said "board:out has gone" $time
  sleep 2
done
kill $player; wait $player
)sh");
  if (!is_done) return;
  const std::string said = program.text("played.log");
  CAPTURE(said);
  CHECK(said.find("The MIDI input board:out has come: it is open from here on.") != std::string::npos);
  CHECK(said.find("The MIDI input board:out has gone: its keys are let go.") != std::string::npos);
  const std::string path = program.json("firn capture song --json")["takes"][0]["path"];
  const auto heard = left_of(program.directory() / "song" / path);
  // Half seconds that are loud, and those that are silent.
  std::string course;
  for (auto at = heard.begin(); heard.end() - at >= 24'000; at += 24'000) {
    const bool is_loud = std::any_of(at, at + 24'000, [](float sample) { return std::abs(sample) > 0.01f; });
    if (course.empty() || (course.back() == '+') != is_loud) course += is_loud ? '+' : '-';
  }
  CHECK(course == "-+-+-");
}

TEST_CASE("A device of another rate is said, and played to") {
  Program program;
  program.make_song();
  const auto ran = program.run("firn play song --to 1.3 --rate 44100 --device null");
  CHECK(ran.status == 0);
  CHECK(ran.err.find("null runs at 44100 Hz and the song at 48000 Hz") != std::string::npos);
  CHECK(ran.out.find("Played 0:00.000 to 0:01.000.") != std::string::npos);
  CHECK(program.fails(7, "firn record song --input hw:1 --to 1.3 --rate 44100 --device null").find("would not fit") !=
        std::string::npos);
  program.ok("cp -r song offline && firn record song --to 1.3 --rate 96000 --device null");
  program.ok("firn resample offline --to 1.3 && cmp song/Samples/Recorded/* offline/Samples/Recorded/*");
}

TEST_CASE("A count-in comes before what is played") {
  Program program;
  program.make_song();
  const double seconds = seconds_of([&] { program.ok("firn play song --to 1.2 --click --count-in 1 --device null"); });
  CHECK(seconds >= 2.4);
}

TEST_CASE("What can't be played is said") {
  Program program;
  program.make_song();
  CHECK(program.fails(3, "firn play song --device nowhere").find("There is no audio device \"nowhere\". There are: ") !=
        std::string::npos);
  CHECK(program.fails(2, "firn play song --loop --device null").find("A loop needs an end") != std::string::npos);
  CHECK(program.fails(2, "firn play song --from 2 --to 1 --device null").find("not behind") != std::string::npos);
}
