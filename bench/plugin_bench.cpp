// What it costs that a plug-in runs in a process of its own: against the same plug-in called directly in a loop, with the same blocks, notes and
// values. They take turns; the least time of each counts. Beside each ratio stands how far the sounds are apart.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "audio/denormals.hpp"
#include "audio/sound_file.hpp"
#include "bare_lv2.hpp"
#include "convert/freeze.hpp"
#include "must.hpp"
#include "plugins/host/lv2_world.hpp"
#include "plugins/machine.hpp"

namespace {

using namespace firn;
using audio::StereoBuffer;
using bench::BareLv2;
using bench::must;
using std::chrono::steady_clock;
using time::Beats;
using time::Frames;

constexpr time::SampleRate rate{48000};
constexpr int grid = document::initial_plugin_grid;
constexpr int rounds = 5;

struct Subject {
  const char* name;
  const char* uri;
  const char* bundle;
};
constexpr Subject verb{"ZamVerb", "urn:zamaudio:ZamVerb", "ZamVerb.lv2"};
constexpr Subject hall{"Dragonfly Hall", "https://github.com/michaelwillis/dragonfly-reverb",
                       "DragonflyHallReverb.lv2"};
constexpr Subject zyn{"ZynAddSubFX", "http://zynaddsubfx.sourceforge.net", "ZynAddSubFX.lv2"};
constexpr Subject synth{"synthv1", "http://synthv1.sourceforge.net/lv2", "synthv1.lv2"};
constexpr Subject compressor{"ZaMultiCompX2", "urn:zamaudio:ZaMultiCompX2", "ZaMultiCompX2.lv2"};

double seconds_of(const std::function<void()>& work) {
  const auto start = steady_clock::now();
  work();
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// What work has cost all cores together: this process, and its children, the hosts. Nearly the same on a machine that is busy otherwise.
double cpu_seconds_of(const std::function<void()>& work) {
  const auto now = [] {
    std::vector<clockid_t> clocks{CLOCK_PROCESS_CPUTIME_ID};
    std::ifstream children("/proc/thread-self/children");
    for (pid_t child = 0; children >> child;) {
      if (clockid_t clock{}; ::clock_getcpuclockid(child, &clock) == 0) clocks.push_back(clock);
    }
    double seconds = 0.0;
    for (const clockid_t clock : clocks) {
      std::timespec time{};
      ::clock_gettime(clock, &time);
      seconds += static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
    }
    return seconds;
  };
  const double start = now();
  work();
  return now() - start;
}

// The least of some runs, by the wall clock and in CPU time.
struct Cost {
  double seconds = 1e9;
  double cpu_seconds = 1e9;

  void add(const std::function<void()>& run) {
    cpu_seconds = std::min(cpu_seconds, cpu_seconds_of([&] { seconds = std::min(seconds, seconds_of(run)); }));
  }
};

// Chords of three notes, one a half note; the same for the same seed.
midi::Content chords(unsigned seed, int quarters) {
  std::minstd_rand random(seed);
  midi::Content content;
  for (int quarter = 0; quarter < quarters; quarter += 2) {
    const int root = 40 + static_cast<int>(random() % 12);
    for (const int above : {0, 7, 16}) {
      midi::Note note;
      note.start = Beats::quarters(quarter);
      note.length = Beats::fraction(3, 2);
      note.key = static_cast<std::uint8_t>(root + above);
      content.notes.push_back(note);
    }
  }
  std::sort(content.notes.begin(), content.notes.end());
  return content;
}

// Bursts of noise that die away.
StereoBuffer bursts(int frames) {
  std::minstd_rand random(1);
  StereoBuffer buffer(frames);
  for (int i = 0; i < frames; ++i) {
    const float level = 0.5f * std::exp(static_cast<float>(i % 24000) / -4000.0f);
    const auto draw = [&] { return level * (static_cast<float>(random() % 65536) / 32768.0f - 1.0f); };
    buffer.left[static_cast<std::size_t>(i)] = draw();
    buffer.right[static_cast<std::size_t>(i)] = draw();
  }
  return buffer;
}

std::span<const midi::Event> within(const midi::EventList& events, Frames from, int frames) {
  const auto before = [](const midi::Event& event, Frames at) { return event.at < at; };
  const auto first = std::lower_bound(events.begin(), events.end(), from, before);
  return {first, std::lower_bound(first, events.end(), from + Frames{frames}, before)};
}

void refuse_silence(const StereoBuffer& sound, const std::string& of) {
  const auto is_sound = [](float sample) { return std::abs(sample) > 1e-4f; };
  if (std::none_of(sound.left.begin(), sound.left.end(), is_sound)) bench::give_up(of + " is silent");
}

// The biggest difference of two sounds, `later` frames apart.
float distance(const StereoBuffer& a, const StereoBuffer& b, int later) {
  float most = 0.0f;
  for (std::size_t i = 0; i + static_cast<std::size_t>(later) < b.left.size() && i < a.left.size(); ++i) {
    const std::size_t other = i + static_cast<std::size_t>(later);
    most = std::max({most, std::abs(a.left[i] - b.left[other]), std::abs(a.right[i] - b.right[other])});
  }
  return most;
}

// ---- The plug-ins ----

// Scans no more than the plug-ins that are measured; what runs them finds all those of the machine, as always.
std::shared_ptr<plugins::Machine> machine_in(const std::filesystem::path& folder) {
  std::filesystem::create_directory(folder / "lv2");
  for (const Subject& subject : {verb, hall, zyn, synth, compressor})
    std::filesystem::create_symlink(std::filesystem::path("/usr/lib/lv2") / subject.bundle,
                                    folder / "lv2" / subject.bundle);
  for (const char* path : {"VST3_PATH", "CLAP_PATH", "LADSPA_PATH"}) ::setenv(path, folder.c_str(), 1);
  ::setenv("LV2_PATH", (folder / "lv2").c_str(), 1);
  auto machine = std::make_shared<plugins::Machine>(plugins::Places{FIRN_PLUGIN_HOST, folder});
  must(machine->rescan(false, {}, {}));
  ::unsetenv("LV2_PATH");
  return machine;
}

class Plugins {
 public:
  explicit Plugins(const std::filesystem::path& folder) : machine_(machine_in(folder)) {}

  devices::Plugins devices() const { return machine_->devices(); }

  base::Box<devices::DeviceType> type(const Subject& subject) const {
    const plugins::Catalogue catalogue = must(machine_->catalogue());
    const auto found = plugins::find(catalogue, {"lv2", subject.uri, {}, {}});
    if (!found) bench::give_up(fmt::format("{} is not installed", subject.name));
    return found->plugin->type;
  }

  devices::Settings settings(const Subject& subject, int frames) const {
    devices::Settings settings = devices::default_settings(*type(subject));
    settings.plugin = type(subject);
    settings.grid = frames;
    return settings;
  }

  std::unique_ptr<devices::Processor> make(const Subject& subject, int frames) const {
    return must(machine_->devices().make(settings(subject, frames), rate, {}));
  }

 private:
  std::shared_ptr<plugins::Machine> machine_;
};

// What a plug-in is to hear, and how it is called with a part of it, both ways.
struct Material {
  StereoBuffer in;
  midi::EventList events;

  void run(BareLv2& plugin, int at, int frames, StereoBuffer& out) const {
    plugin.run(Frames{at}, within(events, Frames{at}, frames), in.view().part(at, frames), out.view().part(at, frames));
  }

  void run(devices::Processor& plugin, int at, int frames, StereoBuffer& out) const {
    devices::Block block;
    block.at = Frames{at};
    block.frames = frames;
    block.tempo = &tempo;
    block.rate = rate;
    block.events = within(events, Frames{at}, frames);
    block.in = in.view().part(at, frames);
    block.out = out.view().part(at, frames);
    plugin.process(block);
  }

  time::TempoMap tempo = document::make_project(rate).tempo;
};

Material material(int seconds) {
  Material made;
  made.in = bursts(seconds * rate.hertz);
  for (const midi::Note& note : chords(1, 2 * seconds).notes) {
    made.events.push_back({made.tempo.frame_at(note.start, rate), midi::EventKind::note_on, note.key, note.velocity});
    made.events.push_back(
        {made.tempo.frame_at(note.start + note.length, rate), midi::EventKind::note_off, note.key, 64});
  }
  std::stable_sort(made.events.begin(), made.events.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return made;
}

// ---- One plug-in ----

// As fast as it goes, a hand-off for each block of a render.
std::string measure_offline(const Plugins& plugins, const Subject& subject) {
  const int block = 4 * render::Options{}.block;  // as it is with plug-ins
  const Material heard = material(20);
  const int frames = heard.in.frames() / block * block;
  StereoBuffer bare_out(frames);
  StereoBuffer firn_out(frames);
  Cost bare;
  Cost firn;
  for (int round = 0; round < rounds; ++round) {
    BareLv2 direct(subject.uri, rate, grid);
    bare.add([&] {
      const audio::FlushDenormals flush;
      for (int at = 0; at < frames; at += grid) heard.run(direct, at, grid, bare_out);
    });
    const auto hosted = plugins.make(subject, grid);
    firn.add([&] {
      for (int at = 0; at < frames; at += block) heard.run(*hosted, at, block, firn_out);
    });
    if (const auto fault = hosted->fault()) bench::give_up(fault->message);
  }
  refuse_silence(bare_out, subject.name);
  return fmt::format(
      "{:<15} {} s: in a loop {:.3f} s, in a process of its own {:.3f} s: {:.3f}, in CPU time {:.3f}; apart by {:g}\n",
      subject.name, frames / rate.hertz, bare.seconds, firn.seconds, firn.seconds / bare.seconds,
      firn.cpu_seconds / bare.cpu_seconds, distance(bare_out, firn_out, grid));
}

struct Waiting {
  double median;
  double most;  // but for one in a hundred
};

// The microseconds of each call, when a block is due only every so often, as a sound card asks for it.
Waiting paced(int frames, int block, const std::function<void(int)>& call) {
  std::vector<double> took;
  const auto start = steady_clock::now();
  for (int at = 0; at < frames; at += block) {
    std::this_thread::sleep_until(start + std::chrono::duration<double>(static_cast<double>(at) / rate.hertz));
    took.push_back(1e6 * seconds_of([&] { call(at); }));
  }
  std::sort(took.begin(), took.end());
  return {took[took.size() / 2], took[took.size() * 99 / 100]};
}

std::string measure_live(const Plugins& plugins, const Subject& subject, int block) {
  const Material heard = material(3);
  const int frames = heard.in.frames() / block * block;
  StereoBuffer out(frames);
  BareLv2 direct(subject.uri, rate, block);
  const Waiting bare = paced(frames, block, [&](int at) {
    const audio::FlushDenormals flush;
    heard.run(direct, at, block, out);
  });
  const auto hosted = plugins.make(subject, block);
  const Waiting firn = paced(frames, block, [&](int at) { heard.run(*hosted, at, block, out); });
  return fmt::format(
      "{:<15} {:3} of {:4.0f} us: called {:4.0f} us (99 of 100: {:.0f}), handed off {:4.0f} us ({:.0f}): a hand-off "
      "{:.0f} us\n",
      subject.name, block, 1e6 * block / rate.hertz, bare.median, bare.most, firn.median, firn.most,
      firn.median - bare.median);
}

// ---- A freeze ----

constexpr int tracks = 8;
constexpr int track_seconds = 60;
constexpr int cores = 2;
constexpr std::array chain{synth, compressor, hall};

document::Project song(const Plugins& plugins) {
  document::Project project = document::make_project(rate);
  const auto apply = [&](const edit::Command& command) { project = must(edit::apply(project, command)); };
  for (unsigned i = 0; i < tracks; ++i) {
    const document::TrackId track{project.next_id};
    apply(edit::AddTrack{});
    for (const Subject& subject : chain) {
      edit::AddDevice device;
      device.track = track;
      device.plugin = plugins.type(subject);
      apply(device);
    }
    document::MidiClip body;
    body.length = Beats::quarters(2 * track_seconds);
    body.content = chords(i + 1, 2 * track_seconds);
    edit::NewClip clip;
    clip.body = body;
    apply(edit::AddClip{track, clip});
  }
  return project;
}

plan::DeviceFacts facts_of(const document::Project& project, const Plugins& plugins) {
  return plan::facts_of(project,
                        [&](const devices::Settings& settings) { return plugins.devices().facts(settings, rate, {}); });
}

std::vector<document::TrackId> tracks_of(const document::Project& project) {
  std::vector<document::TrackId> ids;
  for (int i = 0; i < tracks; ++i) ids.push_back(project.tracks[static_cast<std::size_t>(i)]->id);
  return ids;
}

plan::Plan plan_of(const document::Project& project, const std::vector<document::TrackId>& ids,
                   const plan::DeviceFacts& facts) {
  std::vector<plan::Point> points;
  for (const document::TrackId id : ids) points.push_back({{id, document::TapPoint::post_fx}, {}});
  return must(plan::compile(project, points, {}, facts));
}

midi::EventList events_of(const plan::Plan& plan) {
  for (const plan::Step& step : plan.steps) {
    if (const auto* play = std::get_if<plan::PlayEvents>(&step.work)) return *play->events;
  }
  return {};
}

// One track's chain, loaded and run for so many frames, whole grid blocks of them.
StereoBuffer run_bare(const midi::EventList& events, int frames) {
  std::vector<BareLv2> loaded;
  for (const Subject& subject : chain) loaded.emplace_back(subject.uri, rate, grid);
  const audio::FlushDenormals flush;
  StereoBuffer out((frames + grid - 1) / grid * grid);
  StereoBuffer a(grid);
  StereoBuffer b(grid);
  for (int at = 0; at < out.frames(); at += grid) {
    loaded[0].run(Frames{at}, within(events, Frames{at}, grid), {}, a.view());
    loaded[1].run(Frames{at}, {}, a.view(), b.view());
    loaded[2].run(Frames{at}, {}, b.view(), out.view().part(at, grid));
  }
  return out;
}

convert::Outcome freeze(const document::Project& project, const Plugins& plugins, const plan::DeviceFacts& facts,
                        store::Store& store) {
  convert::Studio studio{.store = store, .facts = facts, .plugins = plugins.devices()};
  convert::Outcome outcome = must(convert::freeze(project, {.tracks = tracks_of(project)}, studio));
  if (!outcome.faults.empty()) bench::give_up(outcome.faults.front().error.message);
  return outcome;
}

StereoBuffer samples_of(const store::Store& store, const convert::Printed& print) {
  auto reader = must(audio::SoundReader::open(must(store.path_of(print.audio))));
  StereoBuffer samples(static_cast<int>(print.audio.frames.count));
  reader.read({}, samples.view());
  return samples;
}

std::string measure_freeze(const Plugins& plugins, const std::filesystem::path& folder) {
  const document::Project project = song(plugins);
  const auto facts = facts_of(project, plugins);
  const auto ids = tracks_of(project);
  double bare = 1e9;
  double firn = 1e9;
  double start = 1e9;
  float apart = 0.0f;
  for (int round = 0; round < 3; ++round) {
    const std::filesystem::path directory = folder / fmt::format("song {}", round);
    std::filesystem::create_directory(directory);
    auto store = must(store::Store::open(directory));
    convert::Outcome outcome;
    firn = std::min(firn, seconds_of([&] { outcome = freeze(project, plugins, facts, store); }));
    double loops = 0.0;
    for (int i = 0; i < tracks; ++i) {
      const convert::Printed& print = outcome.tracks[static_cast<std::size_t>(i)].print;
      const midi::EventList events = events_of(plan_of(project, {ids[static_cast<std::size_t>(i)]}, facts));
      StereoBuffer heard;
      loops += seconds_of([&] { heard = run_bare(events, static_cast<int>(print.range.end.count)); });
      refuse_silence(heard, "a track");
      apart = std::max(apart, distance(samples_of(store, print), heard, static_cast<int>(print.range.start.count)));
    }
    bare = std::min(bare, loops);
    const plan::Plan all = plan_of(project, ids, facts);
    start = std::min(start, seconds_of([&] {
                       must(engine::Engine::make(all, convert::sources_of(project, store, plugins.devices()), cores));
                     }));
    std::filesystem::remove_all(directory);
  }
  return fmt::format(
      "{} tracks of {} s ({}, {}, {}), frozen on {} cores: {:.2f} s, of which {} processes to start {:.2f} s;\n"
      "in a loop on one thread {:.2f} s: {:.3f}; apart by {:g}\n",
      tracks, track_seconds, chain[0].name, chain[1].name, chain[2].name, cores, firn,
      static_cast<std::size_t>(tracks) * chain.size(), start, bare, firn / bare, apart);
}

// ---- The start ----

std::string measure_start(const Plugins& plugins, const Subject& subject) {
  double bare = 1e9;
  double firn = 1e9;
  for (int round = 0; round < rounds; ++round) {
    bare = std::min(bare, seconds_of([&] { const BareLv2 loaded(subject.uri, rate, grid); }));
    firn = std::min(firn, seconds_of([&] { plugins.make(subject, grid); }));
  }
  return fmt::format("{:<15} loaded here in {:3.0f} ms, in a process of its own, with its start, in {:.0f} ms\n",
                     subject.name, 1e3 * bare, 1e3 * firn);
}

}  // namespace

int main() {
  std::string pattern = (std::filesystem::temp_directory_path() / "firn-bench-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) return 1;
  ::setenv("QT_QPA_PLATFORM", "offscreen", 0);  // some plug-ins are of Qt, and some print to standard output
  std::FILE* const report = ::fdopen(::dup(STDOUT_FILENO), "w");
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  {
    const Plugins plugins(pattern);
    const auto each = [&](const auto& measure) {
      for (const Subject& subject : {verb, hall, zyn}) {
        fmt::print(report, "{}", measure(subject));
        std::fflush(report);
      }
    };
    each([&](const Subject& subject) { return measure_offline(plugins, subject); });
    for (const int block : {64, 256})
      each([&](const Subject& subject) { return measure_live(plugins, subject, block); });
    each([&](const Subject& subject) { return measure_start(plugins, subject); });
    fmt::print(report, "{}", measure_freeze(plugins, pattern));
  }
  std::fclose(report);
  std::filesystem::remove_all(pattern);
}
