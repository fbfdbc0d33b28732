#include "support/scene.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <random>

#include "audio/sound_file.hpp"

namespace firn::tests {

using time::Frames;

Scene::Scene(int hertz)
    : project(document::make_project({hertz})), store_(store::Store::open(directory_.path()).value()) {}

void Scene::apply(const edit::Command& command) { apply(std::vector<edit::Command>{command}); }

void Scene::apply(const std::vector<edit::Command>& commands) {
  auto changed = edit::apply(project, commands);
  if (!changed) FAIL(changed.error().message);
  project = std::move(*changed);
}

document::TrackId Scene::add_track(document::TrackKind kind, const std::string& name, document::TrackId group) {
  const document::TrackId id{project.next_id};
  edit::AddTrack add;
  add.kind = kind;
  add.name = name;
  add.place.group = group;
  apply(add);
  return id;
}

document::TrackId Scene::add_audio(const std::string& name, const audio::StereoBuffer& samples, time::Beats at) {
  auto writer = store_.begin(store::Folder::recorded, name, project.rate);
  REQUIRE(writer);
  REQUIRE(writer->write(samples.view()));
  auto made = store_.finish(std::move(*writer));
  REQUIRE(made);
  const document::TrackId id = add_track(document::TrackKind::audio, name);
  document::AudioClip body;
  body.audio = made->audio;
  body.length = made->audio.frames;
  edit::NewClip clip;
  clip.start = at;
  clip.body = body;
  apply(edit::AddClip{id, clip});
  return id;
}

document::TrackId Scene::add_midi(const std::string& name, const std::string& instrument,
                                  const std::vector<midi::Note>& notes) {
  const document::TrackId id = add_track(document::TrackKind::midi, name);
  document::MidiClip body;
  midi::Content content;
  content.notes = notes;
  for (const auto& note : notes) body.length = std::max(body.length, note.start + note.length);
  body.content = std::move(content);
  edit::NewClip clip;
  clip.body = body;
  apply(edit::AddClip{id, clip});
  if (!instrument.empty()) add_device(id, instrument);
  return id;
}

document::DeviceId Scene::add_device(document::TrackId track, const std::string& type,
                                     const std::map<std::string, double>& parameters) {
  const document::DeviceId id{project.next_id};
  edit::AddDevice add;
  add.track = track;
  add.type = type;
  add.parameters = parameters;
  apply(add);
  return id;
}

const document::Track& Scene::track(document::TrackId id) const {
  const document::Track* track = document::find(project, id);
  REQUIRE(track != nullptr);
  return *track;
}

plan::DeviceFacts Scene::facts() const {
  const devices::FileFinder files = convert::sources_of(project, store_).files;
  plan::PluginFacts ask;
  if (plugins.facts)
    ask = [&](const devices::Settings& settings) { return plugins.facts(settings, project.rate, files); };
  plan::DeviceFacts facts = plan::facts_of(project, ask);
  for (const auto& [device, latency] : latencies) facts[device].latency = latency;
  return facts;
}

convert::Studio Scene::studio(int threads, int block) {
  render::Options options;
  options.threads = threads;
  options.block = block;
  return {.store = store_, .facts = facts(), .plugins = plugins, .options = options};
}

audio::StereoBuffer Scene::listen(const plan::Point& point, const Listening& listening) {
  return std::move(listen_to_all({point}, listening).front());
}

std::vector<audio::StereoBuffer> Scene::listen_to_all(const std::vector<plan::Point>& points,
                                                      const Listening& listening) {
  auto plan = plan::compile(
      project, points,
      {.start = listening.start, .stop = Frames::never(), .prints = listening.prints, .loop = listening.loop}, facts());
  if (!plan) FAIL(plan.error().message);
  auto engine = engine::Engine::make(*plan, convert::sources_of(project, store_, plugins), listening.threads);
  if (!engine) FAIL(engine.error().message);
  std::vector<audio::StereoBuffer> heard(points.size());
  std::vector<render::OutputRequest> outputs;
  for (audio::StereoBuffer& buffer : heard) {
    outputs.push_back({listening.window, [&buffer](audio::ConstStereoView view) {
                         buffer.append(view);
                         return base::Result<void>{};
                       }});
  }
  render::Options options;
  options.threads = listening.threads;
  options.block = listening.block;
  auto report = render::render(**engine, outputs, options);
  if (!report) FAIL(report.error().message);
  return heard;
}

audio::StereoBuffer Scene::listen_to_main(const Listening& listening) {
  return listen({{main(), document::TapPoint::post_mixer}, {}}, listening);
}

audio::StereoBuffer impulse(int frames, int at) {
  audio::StereoBuffer buffer(frames);
  buffer.left[static_cast<std::size_t>(at)] = buffer.right[static_cast<std::size_t>(at)] = 1.0f;
  return buffer;
}

audio::StereoBuffer noise(int frames, unsigned seed) {
  std::minstd_rand random(seed);
  audio::StereoBuffer buffer(frames);
  const auto draw = [&] { return static_cast<float>(static_cast<double>(random() % 65536) / 65536.0 - 0.5); };
  for (float& sample : buffer.left) sample = draw();
  for (float& sample : buffer.right) sample = draw();
  return buffer;
}

bool is_silent(const audio::StereoBuffer& buffer) {
  const auto is_zero = [](float sample) { return sample == 0.0f; };
  return std::ranges::all_of(buffer.left, is_zero) && std::ranges::all_of(buffer.right, is_zero);
}

std::vector<midi::Note> some_notes(unsigned seed, int count) {
  std::minstd_rand random(seed);
  std::vector<midi::Note> notes;
  for (int i = 0; i < count; ++i) {
    midi::Note note;
    note.start = time::Beats::fraction(static_cast<std::int64_t>(random() % 96), 12);
    note.length = time::Beats::fraction(1 + static_cast<std::int64_t>(random() % 36), 24);
    note.key = static_cast<std::uint8_t>(36 + random() % 36);
    note.velocity = static_cast<std::uint8_t>(30 + random() % 90);
    notes.push_back(note);
  }
  std::sort(notes.begin(), notes.end());
  return notes;
}

audio::StereoBuffer samples_of(const std::filesystem::path& path) {
  auto reader = audio::SoundReader::open(path);
  if (!reader) FAIL(reader.error().message);
  audio::StereoBuffer samples(static_cast<int>(reader->info().frames.count));
  REQUIRE(reader->read({}, samples.view()));
  return samples;
}

audio::StereoBuffer part_of(const audio::StereoBuffer& whole, int start, int frames) {
  audio::StereoBuffer part;
  part.append(whole.view().part(start, frames));
  return part;
}

std::string difference(const audio::StereoBuffer& a, const audio::StereoBuffer& b) {
  const auto first = [](const std::vector<float>& x, const std::vector<float>& y) {
    std::size_t i = 0;
    while (i < std::min(x.size(), y.size()) && std::bit_cast<std::uint32_t>(x[i]) == std::bit_cast<std::uint32_t>(y[i]))
      ++i;
    return i;
  };
  const std::size_t left = first(a.left, b.left);
  const std::size_t right = first(a.right, b.right);
  const std::size_t at = std::min(left, right);
  if (a.frames() == b.frames() && at == a.left.size()) return {};
  if (at >= a.left.size() || at >= b.left.size())
    return fmt::format("lengths differ: {} and {} frames", a.frames(), b.frames());
  return fmt::format("at frame {}: {}/{} and {}/{}", at, a.left[at], a.right[at], b.left[at], b.right[at]);
}

}  // namespace firn::tests
