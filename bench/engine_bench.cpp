// What the engine adds to its devices: Main of a song of 16 SoundFont or synth tracks, rendered on one thread into nothing, against the same
// processors called in a bare loop with the same events and blocks. They take turns; the least CPU time of each counts.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <random>

#include "audio/denormals.hpp"
#include "convert/studio.hpp"
#include "store/store.hpp"

namespace {

using namespace firn;
using time::Beats;
using time::Frames;

constexpr int block = 2048;
constexpr int bars = 16;
constexpr int tracks = 16;

[[noreturn]] void give_up(const base::Error& error) {
  fmt::print(stderr, "{}\n", error.message);
  std::exit(1);
}

template <class T>
T must(base::Result<T> result) {
  if (!result) give_up(result.error());
  return std::move(*result);
}

midi::Content notes_of(unsigned seed) {
  std::minstd_rand random(seed);
  midi::Content content;
  for (int i = 0; i < bars * 12; ++i) {
    midi::Note note;
    note.start = Beats::fraction(i, 3);
    note.length = Beats::fraction(1 + static_cast<std::int64_t>(random() % 3), 3);
    note.key = static_cast<std::uint8_t>(40 + random() % 40);
    content.notes.push_back(note);
  }
  return content;
}

document::Project song(const std::string& instrument, const base::FileRef& soundfont) {
  document::Project project = document::make_project({48000});
  for (unsigned i = 0; i < tracks; ++i) {
    const document::TrackId track{project.next_id};
    edit::AddTrack add;
    project = must(edit::apply(project, edit::Command{add}));
    edit::AddDevice device;
    device.track = track;
    device.type = instrument;
    if (instrument == "soundfont") device.files["soundfont"] = soundfont;
    project = must(edit::apply(project, edit::Command{device}));
    edit::NewClip clip;
    document::MidiClip body;
    body.length = Beats::quarters(4 * bars);
    body.content = notes_of(i + 1);
    clip.body = body;
    project = must(edit::apply(project, edit::Command{edit::AddClip{track, clip}}));
  }
  return project;
}

double cpu_seconds_of(const std::function<void()>& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

plan::Plan plan_of(const document::Project& project) {
  const plan::Point main{{document::main_of(project).id, document::TapPoint::post_mixer}, {}};
  return must(plan::compile(project, {main}, {}, plan::facts_of(project, {})));
}

void run_engine(engine::Engine& engine, Frames end) {
  render::Options options;
  options.threads = 1;
  options.block = block;
  const render::Sink nowhere = [](audio::ConstStereoView) { return base::Result<void>{}; };
  must(render::render(engine, {{{{}, end}, nowhere}}, options));
}

struct Voice {
  std::unique_ptr<devices::Processor> processor;
  const midi::EventList* events;
};

void run_bare(std::vector<Voice>& voices, const plan::Plan& plan, Frames end) {
  const audio::FlushDenormals flush;
  audio::StereoBuffer out(block);
  std::vector<std::size_t> next(voices.size(), 0);
  for (Frames at; at < end; at += Frames{block}) {
    for (std::size_t i = 0; i < voices.size(); ++i) {
      const std::size_t first = next[i];
      while (next[i] < voices[i].events->size() && (*voices[i].events)[next[i]].at < at + Frames{block}) ++next[i];
      devices::Block work;
      work.at = at;
      work.frames = block;
      work.tempo = plan.tempo.get();
      work.rate = plan.rate;
      work.events = std::span(*voices[i].events).subspan(first, next[i] - first);
      work.out = out.view();
      voices[i].processor->process(work);
    }
  }
}

std::vector<Voice> voices_of(const plan::Plan& plan, const engine::Sources& sources) {
  std::vector<Voice> voices;
  for (const plan::Step& step : plan.steps) {
    const auto* device = std::get_if<plan::Process>(&step.work);
    if (!device) continue;
    const auto& events =
        std::get<plan::PlayEvents>(plan.steps[static_cast<std::size_t>(step.inputs.front())].work).events;
    voices.push_back({must(devices::make_processor(device->settings, plan.rate, sources.files)), events.get()});
  }
  return voices;
}

void measure(const std::string& instrument, store::Store& store, const base::FileRef& soundfont) {
  const document::Project project = song(instrument, soundfont);
  const plan::Plan plan = plan_of(project);
  const auto sources = convert::sources_of(project, store);
  const Frames end = plan::last_event_of(plan);
  double bare = 1e9;
  double whole = 1e9;
  for (int round = 0; round < 7; ++round) {
    auto voices = voices_of(plan, sources);
    bare = std::min(bare, cpu_seconds_of([&] { run_bare(voices, plan, end); }));
    auto engine = must(engine::Engine::make(plan, sources, 1));
    whole = std::min(whole, cpu_seconds_of([&] { run_engine(*engine, end); }));
  }
  fmt::print("{:<10} {} tracks: devices alone {:.3f} s, through the engine {:.3f} s: {:+.1f} %\n", instrument, tracks,
             bare, whole, 100.0 * (whole / bare - 1.0));
}

}  // namespace

int main() {
  std::string pattern = (std::filesystem::temp_directory_path() / "firn-bench-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) return 1;
  {
    auto store = must(store::Store::open(pattern));
    const auto soundfont = must(store.share("/usr/share/sounds/sf2/TimGM6mb.sf2"));
    measure("soundfont", store, soundfont);
    measure("synth", store, soundfont);
  }
  std::filesystem::remove_all(pattern);
}
