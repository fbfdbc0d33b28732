// The song in examples/, every device of it at work: does it still sound as it did? FIRN_GOLDEN=write takes a new portrait, which is then
// to be listened to.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "audio/buffer.hpp"
#include "audio/sound_file.hpp"
#include "cli/run_program.hpp"

using namespace firn;

namespace {

constexpr double seconds_a_level = 8.0;
constexpr double silence = -100.0;  // dBFS; what is less counts as silent
constexpr double tolerance = 0.05;  // dB: another processor's last bit is no other sound

struct Song {
  tests::Program program;

  Song() { program.ok(std::string(FIRN_SOURCE_DIR "/examples/first-snow.sh") + " snow $FIRN"); }
};

// How loud a stem is, stretch after stretch: "Piano -31.22 -28.90 …", in dBFS (RMS of both channels).
struct Portrait {
  std::string name;
  std::vector<double> levels;
};

double level_of(audio::ConstStereoView part) {
  double sum = 0.0;
  for (int i = 0; i < part.frames; ++i) {
    sum += static_cast<double>(part.left[i]) * static_cast<double>(part.left[i]);
    sum += static_cast<double>(part.right[i]) * static_cast<double>(part.right[i]);
  }
  return std::max(silence, 10.0 * std::log10(sum / (2.0 * part.frames) + 1e-30));
}

Portrait portrait_of(const std::filesystem::path& file) {
  auto reader = audio::SoundReader::open(file);
  REQUIRE(reader);
  audio::StereoBuffer part(static_cast<int>(seconds_a_level * reader->info().rate.hertz));
  Portrait portrait{file.stem().string(), {}};
  for (std::int64_t at = 0; at < reader->info().frames.count; at += part.frames()) {
    const auto left = reader->info().frames.count - at;
    const auto view = part.view().part(0, static_cast<int>(std::min<std::int64_t>(left, part.frames())));
    REQUIRE(reader->read({at}, view));
    portrait.levels.push_back(level_of(view));
  }
  return portrait;
}

std::vector<Portrait> read_portraits(const std::string& file) {
  std::ifstream in(file);
  std::vector<Portrait> portraits;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line.substr(line.find(':') + 1));
    Portrait portrait{line.substr(0, line.find(':')), {}};
    for (double level = 0.0; words >> level;) portrait.levels.push_back(level);
    portraits.push_back(portrait);
  }
  return portraits;
}

void write_portraits(const std::string& file, const std::vector<Portrait>& portraits) {
  std::ofstream out(file);
  for (const Portrait& portrait : portraits) {
    out << portrait.name << ':';
    for (const double level : portrait.levels) out << fmt::format(" {:.2f}", level);
    out << '\n';
  }
}

}  // namespace

TEST_CASE("golden: First Snow sounds as it did, track by track") {
  const Song song;
  song.program.ok("firn stems snow -o stems");
  song.program.ok("firn export snow 'stems/00 Mix.wav'");
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(song.program.directory() / "stems"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Portrait> heard;
  for (const auto& file : files) heard.push_back(portrait_of(file));

  const std::string golden = FIRN_SOURCE_DIR "/tests/golden/first-snow.portrait";
  if (const char* wish = std::getenv("FIRN_GOLDEN"); wish && std::string(wish) == "write")
    write_portraits(golden, heard);
  const std::vector<Portrait> expected = read_portraits(golden);
  REQUIRE(heard.size() == expected.size());
  for (std::size_t i = 0; i < heard.size(); ++i) {
    const std::string name = expected[i].name;
    CAPTURE(name);
    CHECK(heard[i].name == name);
    REQUIRE(heard[i].levels.size() == expected[i].levels.size());
    for (std::size_t k = 0; k < heard[i].levels.size(); ++k) {
      CAPTURE(k);
      CHECK(std::abs(heard[i].levels[k] - expected[i].levels[k]) < tolerance);
    }
  }
}

TEST_CASE("SPEC A2: First Snow is the same file for 1 and 2 threads and blocks of 1, 17, 64 and 8192") {
  const bool whole = std::getenv("FIRN_WHOLE_SONG") != nullptr;  // as the deep tests ask
  const Song song;
  const std::string range = whole ? "" : " --to 6.1.1";
  song.program.ok("firn export snow first.wav --threads 1 --block 8192" + range);
  const std::string first = song.program.text("first.wav");
  CHECK(first.size() > 1'000'000);
  for (const int threads : {1, 2}) {
    for (const int block : {17, 64, 8192}) {
      song.program.ok(fmt::format("firn export snow again.wav --threads {} --block {}{}", threads, block, range));
      CHECK(song.program.text("again.wav") == first);
    }
  }
  const std::string start = whole ? "" : " --to 2.1.1";
  song.program.ok("firn export snow first.wav --threads 1 --block 8192" + start);
  song.program.ok("firn export snow again.wav --threads 2 --block 1" + start);
  CHECK(song.program.text("again.wav") == song.program.text("first.wav"));
}
