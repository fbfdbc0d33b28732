// A soak: random songs play on the clock of a device that asks for 128 frames at a time, while they are edited, frozen, thawed, started
// elsewhere and recorded. Each take is what a render of its run gives. FIRN_SOAK says for how many seconds (60).
#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "convert/freeze.hpp"
#include "hardware/audio_device.hpp"
#include "live/player.hpp"
#include "support/random_song.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using document::TrackId;
using std::chrono::steady_clock;
using time::FrameRange;
using time::Frames;
using time::Run;

constexpr int block = 128;
constexpr std::chrono::seconds of_a_song{6};
constexpr double most_growth = 96.0;  // megabytes, from the second song on

double megabytes_now() {
  std::ifstream file("/proc/self/statm");
  double whole = 0.0;
  double resident = 0.0;
  file >> whole >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

// What the soak came by, lest it only looks at nothing.
struct Tally {
  int followed = 0;
  int frozen = 0;
  int takes = 0;
  std::int64_t frames = 0;  // of the takes, that were compared
};

class Soak {
 public:
  Soak(std::uint32_t seed, Tally& tally) : song_(seed), tally_(tally), player_(song_.project.rate) {
    auto device = hardware::AudioDevice::open({"null", song_.project.rate, block, 0});
    REQUIRE(device);
    device_ = std::move(*device);
    begin(any_run());
    REQUIRE(
        device_->start([this](const hardware::In& in, audio::StereoView out) { player_.process(out, {in.channels}); }));
  }
  ~Soak() { device_->stop(); }

  void go(steady_clock::time_point until) {
    while (steady_clock::now() < until) {
      const int choice = song_.below(100);
      if (choice < 60) {
        edit();
      } else if (choice < 72) {
        freeze();
      } else if (choice < 80) {
        follow_if(song_.try_to({edit::Unfreeze{song_.any_track()}}));
      } else if (choice < 90) {
        begin(any_run());
      } else {
        take();
      }
      play_on(std::chrono::milliseconds(song_.below(120)));
    }
  }

 private:
  Run any_run() {
    const Frames start{song_.below(100'000)};
    if (song_.maybe()) return Run(start);
    const Frames from{song_.below(100'000)};
    return Run(start, FrameRange{from, from + Frames{5'000 + song_.below(60'000)}});
  }

  engine::Sources sources() { return convert::sources_of(song_.project, song_.store(), {}); }

  // Plays from elsewhere; what plays so far fades out.
  void begin(const Run& run, const live::Setup& setup = {}) {
    auto made = live::Performance::make(song_.project, sources(), song_.facts(), run, setup);
    if (!made) FAIL(made.error().message);
    playing_ = made->get();
    for (int i = 0; i < 1'000 && !playing_->is_ready(run.start() + Frames{block}); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    player_.play(std::move(*made));
  }

  void play_on(std::chrono::milliseconds duration) {
    const auto until = steady_clock::now() + duration;
    do {
      player_.tidy();
      const auto tended = playing_->tend();
      if (!tended) FAIL(tended.error().message);
      REQUIRE(playing_->faults().empty());
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    } while (steady_clock::now() < until);
  }

  void follow_if(bool has_changed) {
    if (!has_changed) return;
    const auto followed = playing_->follow(song_.project, sources(), song_.facts());
    ++tally_.followed;
    if (followed) return;
    // Where the tempo is another, nothing is where it was.
    if (followed.error().kind != base::ErrorKind::unsupported) FAIL(followed.error().message);
    begin(any_run());
  }

  void edit() { follow_if(song_.try_to(song_.any_edit())); }

  void freeze() {
    auto studio = song_.studio(1);
    const auto outcome = convert::freeze(song_.project, {{song_.any_track()}}, studio);
    if (!outcome) return;
    ++tally_.frozen;
    follow_if(song_.try_to(outcome->commands));
  }

  void take() {
    const Run run = any_run();
    const FrameRange range{run.start(), run.start() + Frames{10'000 + song_.below(50'000)}};
    const TrackId track = song_.any_track();
    const plan::Point point{{track, song_.maybe() ? TapPoint::post_fx : TapPoint::post_mixer}, {}};
    const auto tape = std::make_shared<live::Tape>(range);
    live::Setup setup;
    setup.recordings = {{point, tape}};
    begin(run, setup);
    const auto patience = steady_clock::now() + std::chrono::seconds(60);
    while (!tape->is_full()) {
      REQUIRE(steady_clock::now() < patience);
      play_on(std::chrono::milliseconds(20));
    }
    const auto frames = static_cast<int>(range.length().count);
    audio::StereoBuffer taken(frames);
    REQUIRE(tape->take(taken.view()) == frames);
    const auto expected =
        song_.listen(point, {.window = {range.start, range.end}, .start = run.start(), .loop = run.loop()});
    // A drop-out is marked as one; what devices made of it afterwards is not known.
    const auto dropouts = tape->dropouts();
    const auto whole = dropouts.empty() ? frames : static_cast<int>(dropouts.front().start.count);
    tally_.frames += whole;
    CHECK(tests::difference(tests::part_of(taken, 0, whole), tests::part_of(expected, 0, whole)) == "");
    ++tally_.takes;
  }

  tests::RandomSong song_;
  Tally& tally_;
  live::Player player_;
  std::unique_ptr<hardware::AudioDevice> device_;
  live::Performance* playing_ = nullptr;
};

}  // namespace

TEST_CASE("What plays while all kinds of things are done to it goes on, and takes are what they should be") {
  const char* wanted = std::getenv("FIRN_SOAK");
  const auto end = steady_clock::now() + std::chrono::seconds(wanted ? std::atoi(wanted) : 60);
  Tally tally;
  double early = 0.0;
  std::uint32_t seed = 0;
  while (steady_clock::now() < end) {
    CAPTURE(++seed);
    Soak(seed, tally).go(std::min(end, steady_clock::now() + of_a_song));
    if (seed == 2) early = megabytes_now();
  }
  MESSAGE(tally.followed, " edits followed, ", tally.frozen, " freezes, ", tally.takes, " takes, ", tally.frames,
          " frames of them compared");
  CHECK(tally.followed > 0);
  CHECK(tally.frames > 0);
  if (early > 0.0) CHECK(megabytes_now() < early + most_growth);
}
