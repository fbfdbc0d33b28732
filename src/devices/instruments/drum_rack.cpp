#include "devices/instruments/drum_rack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <numbers>

#include "devices/instruments/cells.hpp"
#include "devices/instruments/controllers.hpp"
#include "devices/instruments/envelope.hpp"
#include "devices/instruments/file_slot.hpp"
#include "devices/instruments/ramp.hpp"
#include "devices/instruments/sample.hpp"
#include "devices/instruments/voices.hpp"

namespace firn::devices {
namespace {

constexpr std::size_t pad_count = 16;
constexpr int most_voices = 64;
constexpr double longest_decay = 20.0;  // seconds; it stands for no decay at all

enum Index { volume, velocity, first_pad };
enum PadIndex { note, pad_volume, pan, tune, decay, choke, pad_size };

constexpr std::size_t index_of_pad(std::size_t pad, PadIndex parameter) {
  return first_pad + pad * pad_size + parameter;
}
constexpr std::size_t parameter_count = first_pad + pad_count * pad_size;

std::vector<Parameter> parameters() {
  std::vector<Parameter> list = {
      {.name = "volume", .minimum = -60.0, .maximum = 24.0, .unit = Unit::decibels},
      {.name = "velocity", .maximum = 100.0, .initial = 80.0, .unit = Unit::percent},
  };
  for (std::size_t pad = 1; pad <= pad_count; ++pad) {
    const auto name = [&](const char* what) { return fmt::format("pad{}-{}", pad, what); };
    list.push_back(
        {.name = name("note"), .maximum = 127.0, .initial = 35.0 + static_cast<double>(pad), .scale = Scale::whole});
    list.push_back({.name = name("volume"), .minimum = -60.0, .maximum = 24.0, .unit = Unit::decibels});
    list.push_back({.name = name("pan"), .minimum = -100.0, .maximum = 100.0, .unit = Unit::percent});
    list.push_back({.name = name("tune"), .minimum = -24.0, .maximum = 24.0, .unit = Unit::semitones});
    list.push_back({.name = name("decay"),
                    .minimum = 0.01,
                    .maximum = longest_decay,
                    .initial = longest_decay,
                    .unit = Unit::seconds,
                    .scale = Scale::logarithmic});
    list.push_back({.name = name("choke"), .maximum = 8.0, .scale = Scale::whole});
  }
  return list;
}

struct Pad {
  EnvelopeShape shape;
  float left = 1.0f;
  float right = 1.0f;
  float step = 1.0f;
};

struct DrumVoice : VoicePlace {
  std::size_t pad = 0;
  float velocity = 0.0f;  // 0 to 1
  double position = 0.0;
  Line step;
  Line left;
  Line right;
  Envelope amp;

  float level() const { return amp.value() * std::max(left.target, right.target); }
  void release() {}
  void cut() { amp.cut(); }

  static void list_state(auto& self, auto& image) {
    image.within(self.pad, 0, pad_count - 1);
    image.value(self.velocity);
    image.value(self.position);
    for (auto* line : {&self.step, &self.left, &self.right}) Line::list_state(*line, image);
    Envelope::list_state(self.amp, image);
  }
};

using Samples = std::array<std::shared_ptr<const Sample>, pad_count>;
using PadSignal = std::array<Sample::Pair, Ramp::frames>;  // within a cell

class DrumRack final : public Processor {
 public:
  DrumRack(Samples samples, const Settings& settings, time::SampleRate rate)
      : samples_(std::move(samples)), pad_(settings.pad), rate_(rate) {
    std::copy_n(settings.values.begin(), values_.size(), values_.begin());
    for (std::size_t pad = 0; pad < pad_count; ++pad) derive(pad);
  }

  void set_parameter(int index, double value) override {
    const auto i = static_cast<std::size_t>(index);
    values_[i] = value;
    if (i >= first_pad) derive((i - first_pad) / pad_size);
  }

  void process(const Block& block) override {
    clock_.run(
        block, [&] { begin_cell(); }, [&](const midi::Event& event) { take(event); },
        [&](audio::StereoView out) { render(out); });
  }

  bool save(base::ImageWriter& image) const override {
    list_state(*this, image);
    return true;
  }

  void restore(base::ImageReader& image) override {
    list_state(*this, image);
    for (std::size_t pad = 0; pad < pad_count; ++pad) derive(pad);
  }

 private:
  static void list_state(auto& self, auto& image) {
    image.values(self.values_);
    decltype(self.voices_)::list_state(self.voices_, image);
    Controllers::list_state(self.controllers_, image);
    CellClock::list_state(self.clock_, image);
  }

  double value(std::size_t pad, PadIndex parameter) const { return values_[index_of_pad(pad, parameter)]; }

  void derive(std::size_t pad) {
    if (samples_[pad] == nullptr) return;
    const double seconds = value(pad, decay);
    const bool decays = seconds < longest_decay;
    const double angle = (value(pad, pan) / 100.0 + 1.0) * std::numbers::pi / 4.0;
    const double gain = std::numbers::sqrt2 * std::pow(10.0, value(pad, pad_volume) / 20.0);
    const bool centred = value(pad, pan) == 0.0;  // exactly 1, where the functions are not
    const double level = std::pow(10.0, value(pad, pad_volume) / 20.0);
    pads_[pad] = {
        .shape = EnvelopeShape({.decay = seconds, .sustain = decays ? 0.0 : 1.0}, rate_),
        .left = static_cast<float>(centred ? level : gain * std::cos(angle)),
        .right = static_cast<float>(centred ? level : gain * std::sin(angle)),
        .step = static_cast<float>(std::exp2(value(pad, tune) / 12.0) * samples_[pad]->rate().hertz / rate_.hertz)};
  }

  void begin_cell() {
    voices_.for_each([&](DrumVoice& voice) { control(voice, [](Line& line, float to) { line.aim(to); }); });
  }

  template <class Set>
  void control(DrumVoice& voice, Set set) const {
    const Pad& pad = pads_[voice.pad];
    const double softer = 1.0 - values_[velocity] / 100.0 * (1.0 - voice.velocity * voice.velocity);
    const auto gain = static_cast<float>(std::pow(10.0, values_[volume] / 20.0) * softer * controllers_.gain());
    set(voice.step, pad.step);
    set(voice.left, pad.left * gain);
    set(voice.right, pad.right * gain);
  }

  void take(const midi::Event& event) {
    if (event.kind == midi::EventKind::note_on) {
      for (std::size_t pad = 0; pad < pad_count; ++pad) {
        if (samples_[pad] != nullptr && value(pad, note) == event.number) strike(pad, event);
      }
    } else if (event.kind != midi::EventKind::note_off) {
      controllers_.take(event);
      if (channel_mode_of(event) == ChannelMode::all_sound_off) voices_.cut_all();
    }
  }

  void strike(std::size_t pad, const midi::Event& event) {
    if (value(pad, choke) != 0.0) {
      voices_.cut_if([&](const DrumVoice& voice) { return value(voice.pad, choke) == value(pad, choke); });
    }
    DrumVoice& voice = voices_.start(event.number, most_voices);
    voice.pad = pad;
    voice.velocity = static_cast<float>(event.value) / 127.0f;
    voice.position = samples_[pad]->wrapped(0.0);
    voice.amp.start();
    control(voice, [](Line& line, float to) { line.jump(to); });
  }

  bool is_heard(std::size_t pad) const { return pad_ == 0 || pad + 1 == static_cast<std::size_t>(pad_); }

  // The sum of the pads, in their order and in 64 bits: what each gives alone adds up to what all give.
  void render(audio::StereoView out) {
    std::array<PadSignal, pad_count> signals;
    std::bitset<pad_count> sounding;
    voices_.for_each([&](DrumVoice& voice) {
      PadSignal& signal = signals[voice.pad];
      if (!sounding[voice.pad]) signal = {};
      sounding.set(voice.pad);
      render(voice, signal, out.frames);
    });
    for (int i = 0; i < out.frames; ++i) {
      const auto at = static_cast<std::size_t>(i);
      double left = 0.0;
      double right = 0.0;
      for (std::size_t pad = 0; pad < pad_count; ++pad) {
        if (!sounding[pad]) continue;
        left += signals[pad][at].left;
        right += signals[pad][at].right;
      }
      out.left[i] = static_cast<float>(left);
      out.right[i] = static_cast<float>(right);
    }
  }

  // A voice that is not heard goes on as the others do: it counts among them, chokes and is choked.
  void render(DrumVoice& voice, PadSignal& out, int frames) const {
    const Sample& sample = *samples_[voice.pad];
    const bool heard = is_heard(voice.pad);
    for (std::size_t i = 0; i < static_cast<std::size_t>(frames) && voice.sounds(); ++i) {
      if (voice.position < 0.0) {
        voice.stage = VoicePlace::Stage::off;
        break;
      }
      const Sample::Pair signal = heard ? sample.at(voice.position) : Sample::Pair{};
      voice.position = sample.wrapped(voice.position + voice.step.next());
      const float by = voice.amp.next(pads_[voice.pad].shape);
      out[i].left += signal.left * by * voice.left.next();
      out[i].right += signal.right * by * voice.right.next();
      if (voice.amp.is_off()) voice.stage = VoicePlace::Stage::off;
    }
  }

  Samples samples_;
  int pad_;  // the one that is heard; 0: all
  time::SampleRate rate_;
  std::array<double, parameter_count> values_{};
  std::array<Pad, pad_count> pads_;
  Voices<DrumVoice, most_voices> voices_;
  Controllers controllers_;
  CellClock clock_;
};

// The samples' lengths are known to the files alone; the level rule follows them. What decays is silent (-120 dB) after
// twice its time.
Facts facts(const Settings& settings, const Timing& timing) {
  double longest = 0.0;
  for (std::size_t pad = 0; pad < pad_count; ++pad) {
    if (!settings.files.contains(fmt::format("pad{}", pad + 1))) continue;
    longest = std::max(longest, std::min(2.0 * settings.values[index_of_pad(pad, decay)], 2.0));
  }
  return {.latency = {}, .tail = time::frames_of({longest}, timing.rate)};
}

base::Result<std::unique_ptr<Processor>> make(const Settings& settings, time::SampleRate rate,
                                              const FileFinder& find_file) {
  Samples samples;
  for (std::size_t pad = 0; pad < pad_count; ++pad) {
    const std::string slot = fmt::format("pad{}", pad + 1);
    if (!settings.files.contains(slot)) continue;
    const bool heard = settings.pad == 0 || settings.pad == static_cast<int>(pad + 1);
    auto sample = path_of(settings, slot, find_file).and_then([&](const std::string& path) {
      return heard ? Sample::load(path, {}) : Sample::measure(path);
    });
    if (!sample) return tl::unexpected(sample.error());
    samples[pad] = std::move(*sample);
  }
  return std::make_unique<DrumRack>(std::move(samples), settings, rate);
}

std::vector<std::string> pad_names() {
  std::vector<std::string> names;
  for (std::size_t pad = 1; pad <= pad_count; ++pad) names.push_back(fmt::format("pad{}", pad));
  return names;
}

std::vector<FileSlot> slots() {
  std::vector<FileSlot> list;
  for (const std::string& name : pad_names())
    list.push_back({.name = name, .what = "an audio file", .required = false});
  return list;
}

}  // namespace

BuiltIn drum_rack() {
  return {.type = {.name = "drum_rack",
                   .title = "Drum Rack",
                   .about = "Sixteen pads, each with an audio file on its own note; choke groups cut each other.",
                   .device_class = DeviceClass::instrument,
                   .version = 2,
                   .parameters = parameters(),
                   .files = slots(),
                   .pads = pad_names()},
          .facts = facts,
          .make = make};
}

}  // namespace firn::devices
