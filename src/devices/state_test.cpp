// What holds of the image of every device's state.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

#include "audio/denormals.hpp"
#include "audio/sound_file.hpp"
#include "devices/playing.hpp"

using namespace firn;
using namespace firn::devices;
using namespace firn::devices::testing;

namespace {

using Image = std::vector<std::byte>;

struct Change {
  std::int64_t at = 0;  // a multiple of 16
  int index = 0;
  double value = 0.0;
};

// What a device is given over a stretch of the timeline.
struct Input {
  time::Frames at;
  audio::StereoBuffer sound;
  midi::EventList events;
  std::vector<Change> changes;

  Input part(int from, int to) const {
    Input cut{.at = at + time::Frames{from}, .sound = audio::StereoBuffer(to - from), .events = {}, .changes = {}};
    std::copy(sound.left.begin() + from, sound.left.begin() + to, cut.sound.left.begin());
    std::copy(sound.right.begin() + from, sound.right.begin() + to, cut.sound.right.begin());
    const auto within = [&](std::int64_t frame) { return frame >= at.count + from && frame < at.count + to; };
    std::ranges::copy_if(events, std::back_inserter(cut.events), [&](const auto& e) { return within(e.at.count); });
    std::ranges::copy_if(changes, std::back_inserter(cut.changes), [&](const auto& c) { return within(c.at); });
    return cut;
  }
};

struct Output {
  audio::StereoBuffer sound;
  midi::EventList events;

  friend bool operator==(const Output&, const Output&) = default;
};

// A little sound in a file for the samplers, as long as this lives.
class TemporarySound {
 public:
  TemporarySound() : path_((std::filesystem::temp_directory_path() / "firn_state_test.wav").string()) {
    audio::StereoBuffer sound(6'000);
    for (std::size_t i = 0; i < sound.left.size(); ++i) {
      sound.left[i] = std::sin(0.05f * static_cast<float>(i));
      sound.right[i] = std::cos(0.07f * static_cast<float>(i));
    }
    auto writer = audio::SoundWriter::create(path_, {.rate = {48'000}});
    REQUIRE(writer.has_value());
    REQUIRE(writer->write(sound.view()).has_value());
    REQUIRE(writer->close().has_value());
  }
  ~TemporarySound() { std::filesystem::remove(path_); }
  TemporarySound(const TemporarySound&) = delete;
  TemporarySound& operator=(const TemporarySound&) = delete;

  std::unique_ptr<Processor> make(Settings settings, time::SampleRate rate) const {
    for (const FileSlot& slot : find_type(settings.type)->files) settings.files[slot.name] = base::Digest{{1}};
    auto made = make_processor(settings, rate, [&](const base::Digest&) -> base::Result<std::string> { return path_; });
    REQUIRE(made.has_value());
    return std::move(*made);
  }

 private:
  std::string path_;
};

const time::TempoMap tempo = *time::TempoMap::make(
    {{time::Beats{}, 120.0, true}, {time::Beats::quarters(1), 260.0, false}}, {{time::Beats{}, 4, 4}});

Output run(Processor& processor, const Input& input, time::SampleRate rate, std::mt19937& random) {
  const audio::FlushDenormals flush;
  Output output{.sound = audio::StereoBuffer(input.sound.frames()), .events = {}};
  std::vector<midi::Event> events_out;
  events_out.reserve(4096);
  auto change = input.changes.begin();
  for (int done = 0; done < input.sound.frames();) {
    const time::Frames at = input.at + time::Frames{done};
    for (; change != input.changes.end() && change->at <= at.count; ++change) {
      processor.set_parameter(change->index, change->value);
    }
    int frames = std::min(1 + static_cast<int>(random() % 900), input.sound.frames() - done);
    if (change != input.changes.end()) frames = std::min(frames, static_cast<int>(change->at - at.count));
    events_out.clear();
    Block block;
    block.at = at;
    block.frames = frames;
    block.tempo = &tempo;
    block.rate = rate;
    block.events = events_in(input.events, at, frames);
    block.events_out = &events_out;
    block.in = input.sound.view().part(done, frames);
    block.out = output.sound.view().part(done, frames);
    processor.process(block);
    output.events.insert(output.events.end(), events_out.begin(), events_out.end());
    done += frames;
  }
  return output;
}

Settings any_settings(const DeviceType& type, std::mt19937& random) {
  Settings settings = default_settings(type);
  for (std::size_t i = 0; i < settings.values.size(); ++i) {
    if (random() % 2 == 0) continue;
    settings.values[i] = value_of(type.parameters[i], static_cast<double>(random() % 1001) / 1000.0);
  }
  settings.seed = random();
  settings.pad = static_cast<int>(random() % (type.pads.size() + 1));
  return settings;
}

// Noise, notes with pedal, bend and wheel, and automation, with what `type` can take.
Input any_input(const DeviceType& type, time::Frames at, int frames, std::mt19937& random) {
  Input input{.at = at, .sound = audio::StereoBuffer(frames), .events = {}, .changes = {}};
  const auto noise = [&] { return static_cast<float>(random() >> 8) / 8388608.0f - 1.0f; };
  for (float& sample : input.sound.left) sample = noise();
  for (float& sample : input.sound.right) sample = noise();
  const auto below = [&](int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); };
  for (int i = 0; i < frames / 400; ++i) {
    const int start = below(frames - 1);
    const int key = 36 + below(40);
    const int end = start + 1 + below(std::min(frames - 1 - start, 6'000));
    input.events.push_back(note_on(at.count + start, key, 1 + below(127)));
    input.events.push_back(note_off(at.count + end, key));
    if (i % 4 != 0) continue;
    const int numbers[] = {1, 7, 11, 64};
    input.events.push_back(controller(at.count + start, numbers[below(4)], below(128)));
    input.events.push_back(pitch_bend(at.count + end, below(16'384)));
  }
  std::stable_sort(input.events.begin(), input.events.end(), [](const midi::Event& a, const midi::Event& b) {
    return std::pair(a.at.count, a.kind) < std::pair(b.at.count, b.kind);
  });
  for (std::int64_t change = (at.count + 15) / 16 * 16; change < at.count + frames; change += 16) {
    const auto index = random() % type.parameters.size();
    if (random() % 16 != 0 || !type.parameters[index].automatable) continue;
    const double knob = static_cast<double>(random() % 1001) / 1000.0;
    input.changes.push_back({change, static_cast<int>(index), value_of(type.parameters[index], knob)});
  }
  return input;
}

Input silence(time::Frames at, int frames) {
  return {.at = at, .sound = audio::StereoBuffer(frames), .events = {}, .changes = {}};
}

Image image_of(const Processor& processor) {
  Image image;
  base::ImageWriter writer(image);
  REQUIRE(processor.save(writer));
  return image;
}

void restore(Processor& processor, const Image& image) {
  base::ImageReader reader(image);
  processor.restore(reader);
  CHECK(reader.ok());
  CHECK(reader.left() == 0);
}

std::vector<DeviceType> types_that_keep_state() {
  std::vector<DeviceType> types;
  for (const DeviceType& type : catalogue()) {
    if (type.keeps_state) types.push_back(type);
  }
  return types;
}

}  // namespace

TEST_CASE("a device goes on from the image of its state as if nothing had been between, bit for bit") {
  const TemporarySound file;
  for (const DeviceType& type : types_that_keep_state()) {
    CAPTURE(type.name);
    for (unsigned seed = 1; seed <= 12; ++seed) {
      CAPTURE(seed);
      std::mt19937 random(seed);
      const time::SampleRate rate{seed % 3 == 0 ? 44'100 : 48'000};
      const int frames = 16'000;
      const int middle = seed == 1 ? 0 : static_cast<int>(random() % frames);
      const Settings settings = any_settings(type, random);
      const Input input = any_input(type, {static_cast<std::int64_t>(random() % 2'000) - 500}, frames, random);
      const auto original = file.make(settings, rate);
      run(*original, input.part(0, middle), rate, random);
      for (int i = 0; i < 3; ++i) {  // just told, and heard from the next cell on
        const auto index = random() % type.parameters.size();
        const Parameter& parameter = type.parameters[index];
        if (parameter.automatable) original->set_parameter(static_cast<int>(index), parameter.maximum);
      }
      const Image image = image_of(*original);

      const auto other = file.make(settings, rate);
      restore(*other, image);
      CHECK(image_of(*other) == image);
      const Input rest = input.part(middle, frames);
      const Output gone_on = run(*original, rest, rate, random);
      CHECK((run(*other, rest, rate, random) == gone_on));
      CHECK((image_of(*other) == image_of(*original)));
    }
  }
}

// Of effects only where both histories had the same automation: a smoothed control stops within a rounding of where it goes, on the
// side that it came from.
TEST_CASE("histories that no longer matter leave no trace in an image") {
  const TemporarySound file;
  const time::SampleRate rate{48'000};
  for (const DeviceType& type : types_that_keep_state()) {
    CAPTURE(type.name);
    const int seconds = type.name == "delay" ? 40 : type.name == "reverb" ? 10 : 1;  // these ring on in themselves
    const auto image_after = [&](unsigned history) {
      std::mt19937 random(history);
      const auto processor = file.make(default_settings(type), rate);
      Input past = any_input(type, {}, rate.hertz / 2, random);
      past.changes.clear();
      std::erase_if(past.events, [](const midi::Event& event) {
        return event.kind != midi::EventKind::note_on && event.kind != midi::EventKind::note_off;
      });
      run(*processor, past, rate, random);
      const time::Frames quiet_from{rate.hertz / 2};
      const time::Frames quiet_for{seconds * rate.hertz};
      run(*processor, silence(quiet_from, static_cast<int>(quiet_for.count)), rate, random);
      std::mt19937 same(7);
      run(*processor, any_input(type, quiet_from + quiet_for, rate.hertz, same), rate, random);
      return image_of(*processor);
    };
    CHECK((image_after(1) == image_after(2)));
  }
}

TEST_CASE("an image that is cut short is noticed, and harms nothing") {
  const TemporarySound file;
  for (const DeviceType& type : types_that_keep_state()) {
    CAPTURE(type.name);
    std::mt19937 random(3);
    const time::SampleRate rate{48'000};
    const Settings settings = any_settings(type, random);
    const auto original = file.make(settings, rate);
    run(*original, any_input(type, {}, 9'000, random), rate, random);
    const Image image = image_of(*original);
    for (int i = 0; i < 40; ++i) {
      const std::size_t size = i < 8 ? static_cast<std::size_t>(i) : random() % image.size();
      const Image cut(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(std::min(size, image.size() - 1)));
      base::ImageReader reader(cut);
      const auto other = file.make(settings, rate);
      other->restore(reader);
      CHECK_FALSE(reader.ok());
    }
  }
}
