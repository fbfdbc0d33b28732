// What playing costs: many frozen tracks, beside a bare loop that reads, pans, sends and sums the same files in memory; the audio thread's share
// of a block, with a heavy chain above the freeze line and below it, and with heavy groups, alone and helped; and the block in which a project of 500 tracks is handed over after an edit.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <functional>
#include <random>
#include <thread>

#include "audio/denormals.hpp"
#include "convert/studio.hpp"
#include "engine/mixing.hpp"
#include "live/performance.hpp"
#include "must.hpp"

namespace {

using namespace firn;
using bench::must;
using std::chrono::steady_clock;
using time::Frames;

constexpr time::SampleRate rate{48000};
constexpr int rounds = 5;

double cpu_seconds(clockid_t clock) {
  std::timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// A project in a folder of its own, whose tracks are audio clips.
class Song {
 public:
  explicit Song(const std::filesystem::path& folder)
      : project(document::make_project(rate)), store_(must(store::Store::open(folder))) {}

  void apply(const edit::Command& command) { project = must(edit::apply(project, command)); }

  document::TrackId add_track(document::TrackKind kind) {
    const document::TrackId id{project.next_id};
    edit::AddTrack add;
    add.kind = kind;
    apply(add);
    return id;
  }

  audio::AudioRef add_sound(int frames, unsigned seed) {
    std::minstd_rand random(seed);
    audio::StereoBuffer noise(frames);
    for (auto* side : {&noise.left, &noise.right}) {
      for (float& sample : *side) sample = static_cast<float>(random() % 65536) / 655360.0f - 0.05f;
    }
    auto writer = must(store_.begin(store::Folder::freeze, "noise", rate));
    must(writer.write(noise.view()));
    return must(store_.finish(std::move(writer))).audio;
  }

  document::TrackId add_clip(const audio::AudioRef& audio) {
    const document::TrackId track = add_track(document::TrackKind::audio);
    edit::NewClip clip;
    document::AudioClip body;
    body.audio = audio;
    body.length = audio.frames;
    clip.body = body;
    apply(edit::AddClip{track, clip});
    return track;
  }

  void add_device(document::TrackId track, const std::string& type) {
    edit::AddDevice device;
    device.track = track;
    device.type = type;
    apply(device);
  }

  engine::Sources sources() { return convert::sources_of(project, store_, {}); }
  plan::DeviceFacts facts() const { return plan::facts_of(project, {}); }
  store::Store& store() { return store_; }

  std::unique_ptr<live::Performance> perform(const live::Setup& setup) {
    return must(live::Performance::make(project, sources(), facts(), {}, setup));
  }

  document::Project project;

 private:
  store::Store store_;
};

// ---- Frozen tracks ----

constexpr int frozen_tracks = 100;
constexpr int frozen_frames = 20 * 48000;

// As fast as it goes: what all its threads take.
double play_frozen(Song& song, int block) {
  const double begin = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  {
    const auto performance = song.perform({.longest_block = block, .threads = 1});
    const audio::FlushDenormals flush;
    for (int at = 0; at + block <= frozen_frames; at += block) {
      while (!performance->is_ready(Frames{at + block})) std::this_thread::sleep_for(std::chrono::microseconds(200));
      performance->run(block);
    }
    if (performance->missed() > 0) bench::give_up("frozen tracks came too late");
  }
  return cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
}

// Frames of 32-bit floats, left and right in turn, in a file that is mapped.
class Mapped {
 public:
  explicit Mapped(const std::filesystem::path& file) {
    const int number = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    struct ::stat found {};
    if (number < 0 || ::fstat(number, &found) != 0) bench::give_up("can't map " + file.string());
    size_ = static_cast<std::size_t>(found.st_size);
    data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, number, 0);
    ::close(number);
    if (data_ == MAP_FAILED) bench::give_up("can't map " + file.string());
  }
  Mapped(Mapped&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}
  ~Mapped() {
    if (data_ != nullptr) ::munmap(data_, size_);
  }
  // The samples are at the file's end.
  const float* frame(int at) const {
    return reinterpret_cast<const float*>(static_cast<const char*>(data_) + size_) - 2 * (frozen_frames - at);
  }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

volatile float heard_last;

double play_bare(const std::vector<Mapped>& files, int block) {
  const double begin = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const auto size = static_cast<std::size_t>(block);
  std::array<std::vector<double>, 2> main{std::vector<double>(size), std::vector<double>(size)};
  std::array<std::vector<double>, 4> returns;
  for (auto& side : returns) side.resize(size);
  for (int at = 0; at + block <= frozen_frames; at += block) {
    for (auto& side : main) std::fill(side.begin(), side.end(), 0.0);
    for (auto& side : returns) std::fill(side.begin(), side.end(), 0.0);
    for (std::size_t track = 0; track < files.size(); ++track) {
      const float* in = files[track].frame(at);
      const auto pan = engine::pan_gains_of(0.01 * static_cast<double>(track % 100));
      const auto left = static_cast<float>(pan.left);
      const auto right = static_cast<float>(pan.right);
      for (std::size_t i = 0; i < size; ++i) {
        const float l = in[2 * i] * left;
        const float r = in[2 * i + 1] * right;
        main[0][i] += static_cast<double>(l);
        main[1][i] += static_cast<double>(r);
        returns[0][i] += static_cast<double>(l * 0.5f);
        returns[1][i] += static_cast<double>(r * 0.5f);
        returns[2][i] += static_cast<double>(l * 0.25f);
        returns[3][i] += static_cast<double>(r * 0.25f);
      }
    }
    for (std::size_t i = 0; i < size; ++i) heard_last = static_cast<float>(main[0][i] + returns[0][i] + returns[2][i]);
  }
  return cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
}

void measure_frozen(const std::filesystem::path& folder) {
  Song song(folder);
  const auto first = song.add_track(document::TrackKind::return_);
  const auto second = song.add_track(document::TrackKind::return_);
  std::vector<Mapped> files;
  for (unsigned i = 0; i < frozen_tracks; ++i) {
    const audio::AudioRef sound = song.add_sound(frozen_frames, i + 1);
    const auto track = song.add_clip(sound);
    song.apply(edit::SetPan{track, 0.01 * (i % 100)});
    song.apply(edit::SetSendLevel{track, first, -6.0});
    song.apply(edit::SetSendLevel{track, second, -12.0});
    files.emplace_back(must(song.store().path_of(sound)));
  }
  for (const int block : {64, 256}) {
    double firn = 1e9;
    double bare = 1e9;
    for (int round = 0; round < rounds; ++round) {
      bare = std::min(bare, play_bare(files, block));
      firn = std::min(firn, play_frozen(song, block));
    }
    const auto tracks = [](double seconds) { return frozen_tracks * (frozen_frames / 48000.0) / seconds; };
    fmt::print("{:3} frames: {:.0f} frozen stereo tracks a core with two sends, in a bare loop {:.0f}: {:.2f} of it\n",
               block, tracks(firn), tracks(bare), bare / firn);
  }
}

// ---- A heavy chain ----

// The audio thread's time in each block, as a share of the block's own.
struct Shares {
  double median;
  double most;  // but for one in a hundred
};

Shares shares_of(live::Performance& performance, int block, int blocks) {
  const audio::FlushDenormals flush;
  std::vector<double> shares;
  const auto start = steady_clock::now();
  const double period = static_cast<double>(block) / rate.hertz;
  for (int i = 0; i < blocks; ++i) {
    std::this_thread::sleep_until(start + std::chrono::duration<double>(i * period));
    const double begin = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    performance.run(block);
    shares.push_back((cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - begin) / period);
  }
  std::sort(shares.begin(), shares.end());
  return {shares[shares.size() / 2], shares[shares.size() * 99 / 100]};
}

void measure_chain(const std::filesystem::path& folder) {
  constexpr int block = 64;
  constexpr int blocks = 6000;
  Song song(folder);
  const auto track = song.add_clip(song.add_sound(10 * 48000, 1));
  const auto group = song.add_track(document::TrackKind::group);
  song.apply(edit::MoveTrack{track, {group, {}}});
  // Below the line, on the audio thread: reverbs until it is busy for 70 % of the time.
  int reverbs = 0;
  Shares below{};
  while (below.median < 0.7 && reverbs < 400) {
    const int more = reverbs == 0 ? 4 : std::max(1, static_cast<int>(reverbs * (0.72 / below.median - 1.0)));
    for (int i = 0; i < more; ++i) song.add_device(group, "reverb");
    reverbs += more;
    below = shares_of(*song.perform({.longest_block = block}), block, blocks / 6);
  }
  below = shares_of(*song.perform({.longest_block = block}), block, blocks);
  Song above(folder);
  const auto alone = above.add_clip(above.add_sound(10 * 48000, 1));
  for (int i = 0; i < reverbs; ++i) above.add_device(alone, "reverb");
  const auto performance = above.perform({.longest_block = block, .threads = 1});
  while (!performance->is_ready(Frames{8192})) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const Shares ahead = shares_of(*performance, block, blocks);
  fmt::print(
      "a chain of {} reverbs, {} frames: the audio thread takes {:.0f} % of a block (99 of 100: {:.0f} %), with "
      "read-ahead {:.1f} % ({:.1f} %); {} frames were late\n",
      reverbs, block, 100 * below.median, 100 * below.most, 100 * ahead.median, 100 * ahead.most,
      performance->missed());
}

// ---- Groups with heavy chains, on all cores ----

void measure_crew(const std::filesystem::path& folder) {
  constexpr int block = 128;
  constexpr int blocks = 3000;
  constexpr int groups = 4;
  constexpr int reverbs = 12;
  Song song(folder);
  const audio::AudioRef sound = song.add_sound(10 * 48000, 1);
  for (int i = 0; i < groups; ++i) {
    const auto group = song.add_track(document::TrackKind::group);
    song.apply(edit::MoveTrack{song.add_clip(sound), {group, {}}});
    for (int k = 0; k < reverbs; ++k) song.add_device(group, "reverb");
  }
  const auto median_of = [&](int helpers) {
    const auto performance = song.perform({.longest_block = block, .threads = 1, .helpers = helpers});
    const audio::FlushDenormals flush;
    std::vector<double> seconds;
    for (int i = 0; i < blocks; ++i) {
      while (!performance->is_ready(performance->heard() + Frames{block}))
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      const auto begin = steady_clock::now();
      performance->run(block);
      seconds.push_back(std::chrono::duration<double>(steady_clock::now() - begin).count());
    }
    std::ranges::sort(seconds);
    return seconds[seconds.size() / 2];
  };
  const double alone = median_of(0);
  const double helped = median_of(live::default_helpers());
  fmt::print(
      "{} groups with {} reverbs each, {} frames: a block takes {:.0f} us, of {:.0f}; with {} to help it {:.0f} us: "
      "{:.2f} of it\n",
      groups, reverbs, block, 1e6 * alone, 1e6 * block / rate.hertz, live::default_helpers(), 1e6 * helped,
      helped / alone);
}

// ---- An edit of a big project ----

void measure_hand_over(const std::filesystem::path& folder) {
  constexpr int tracks = 500;
  constexpr int block = 256;
  Song song(folder);
  const audio::AudioRef sound = song.add_sound(60 * 48000, 1);
  std::vector<document::TrackId> ids;
  const auto hall = song.add_track(document::TrackKind::return_);
  song.add_device(hall, "reverb");
  for (int i = 0; i < tracks; ++i) {
    ids.push_back(song.add_clip(sound));
    song.apply(edit::SetSendLevel{ids.back(), hall, -12.0});
  }
  const auto performance = song.perform({.longest_block = block});
  const audio::FlushDenormals flush;
  std::vector<double> plain;
  std::vector<double> handed;
  double made = 1e9;
  const auto run = [&] {
    while (!performance->is_ready(performance->heard() + Frames{block}))
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    const double begin = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    performance->run(block);
    return cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
  };
  for (int i = 0; i < 20; ++i) {
    for (int k = 0; k < 30; ++k) plain.push_back(run());
    song.apply(edit::SetVolume{ids[static_cast<std::size_t>(i)], -3.0});
    const auto begin = steady_clock::now();
    must(performance->follow(song.project, song.sources(), song.facts()));
    made = std::min(made, std::chrono::duration<double>(steady_clock::now() - begin).count());
    handed.push_back(run());
    for (int k = 0; performance->follows() && k < 100; ++k) {
      must(performance->tend());
      run();
    }
  }
  std::sort(plain.begin(), plain.end());
  std::sort(handed.begin(), handed.end());
  fmt::print(
      "{} tracks, {} frames: a block takes {:.0f} us, the one in which an edit is handed over {:.0f} us, of {:.0f}; "
      "the "
      "control thread makes it in {:.0f} ms\n",
      tracks, block, 1e6 * plain[plain.size() / 2], 1e6 * handed[handed.size() / 2], 1e6 * block / rate.hertz,
      1e3 * made);
}

}  // namespace

int main() {
  std::string pattern = (std::filesystem::temp_directory_path() / "firn-bench-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) return 1;
  const std::filesystem::path folder(pattern);
  const auto inside = [&](const char* name) {
    std::filesystem::create_directory(folder / name);
    return folder / name;
  };
  measure_frozen(inside("frozen"));
  measure_chain(inside("chain"));
  measure_crew(inside("groups"));
  measure_hand_over(inside("big"));
  std::filesystem::remove_all(folder);
}
