#include "devices/instruments/sampler.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "devices/instruments/cells.hpp"
#include "devices/instruments/controllers.hpp"
#include "devices/instruments/envelope.hpp"
#include "devices/instruments/file_slot.hpp"
#include "devices/instruments/ramp.hpp"
#include "devices/instruments/sample.hpp"
#include "devices/instruments/state_variable_filter.hpp"
#include "devices/instruments/voices.hpp"

namespace firn::devices {
namespace {

constexpr int most_voices = 32;

enum Index {
  volume,
  velocity,
  root,
  transpose_by,
  tune,
  key_track,
  bend_range,
  start,
  end,
  loop,
  loop_start,
  loop_end,
  loop_crossfade,
  attack,
  decay,
  sustain,
  release,
  filter_type,
  filter_cutoff,
  filter_resonance,
  filter_key,
  filter_velocity,
  polyphony,
  parameter_count
};

Parameter percent(const char* name, double initial, bool automatable) {
  return {.name = name, .maximum = 100.0, .initial = initial, .unit = Unit::percent, .automatable = automatable};
}

Parameter seconds(const char* name, double initial) {
  return {.name = name, .maximum = 20.0, .initial = initial, .unit = Unit::seconds};
}

std::vector<Parameter> parameters() {
  return {
      {.name = "volume", .minimum = -60.0, .maximum = 24.0, .unit = Unit::decibels},
      percent("velocity", 60.0, true),
      {.name = "root", .maximum = 127.0, .initial = 60.0, .scale = Scale::whole},
      {.name = "transpose", .minimum = -48.0, .maximum = 48.0, .unit = Unit::semitones, .scale = Scale::whole},
      {.name = "tune", .minimum = -100.0, .maximum = 100.0, .unit = Unit::cents},
      percent("key-track", 100.0, true),
      {.name = "bend-range", .maximum = 24.0, .initial = 2.0, .unit = Unit::semitones, .scale = Scale::whole},
      percent("start", 0.0, false),
      percent("end", 100.0, false),
      {.name = "loop", .scale = Scale::on_off, .automatable = false},
      percent("loop-start", 0.0, false),
      percent("loop-end", 100.0, false),
      {.name = "loop-crossfade", .maximum = 5000.0, .initial = 10.0, .unit = Unit::milliseconds, .automatable = false},
      seconds("attack", 0.0),
      seconds("decay", 1.0),
      percent("sustain", 100.0, true),
      seconds("release", 0.05),
      {.name = "filter-type",
       .maximum = 3.0,
       .scale = Scale::choice,
       .choices = {"off", "low-pass", "high-pass", "band-pass"}},
      {.name = "filter-cutoff",
       .minimum = 20.0,
       .maximum = 20'000.0,
       .initial = 2'000.0,
       .unit = Unit::hertz,
       .scale = Scale::logarithmic},
      percent("filter-resonance", 0.0, true),
      percent("filter-key", 0.0, true),
      {.name = "filter-velocity", .maximum = 48.0, .unit = Unit::semitones},
      {.name = "polyphony", .minimum = 1.0, .maximum = most_voices, .initial = 16.0, .scale = Scale::whole},
  };
}

using Values = std::array<double, parameter_count>;

enum class FilterType { off, low, high, band };

struct SamplerVoice : VoicePlace {
  double velocity = 0.0;  // 0 to 1
  double position = 0.0;
  Line step;  // frames of the sample per frame
  Line filter_g;
  std::array<FilterState, 2> filters;
  Envelope amp;
  Line gain;

  float level() const { return amp.value() * gain.target; }
  void release() { amp.release(); }
  void cut() { amp.cut(); }

  static void list_state(auto& self, auto& image) {
    image.value(self.velocity);
    image.value(self.position);
    for (auto* line : {&self.step, &self.filter_g, &self.gain}) Line::list_state(*line, image);
    for (auto& filter : self.filters) FilterState::list_state(filter, image);
    Envelope::list_state(self.amp, image);
  }
};

class Sampler final : public Processor {
 public:
  Sampler(std::shared_ptr<const Sample> sample, const Settings& settings, time::SampleRate rate)
      : sample_(std::move(sample)), rate_(rate) {
    std::copy_n(settings.values.begin(), values_.size(), values_.begin());
    derive();
  }

  void set_parameter(int index, double value) override {
    values_[static_cast<std::size_t>(index)] = value;
    changed_ = true;
  }

  void process(const Block& block) override {
    clock_.run(
        block, [&] { begin_cell(); }, [&](const midi::Event& event) { take(event); },
        [&](audio::StereoView out) { voices_.for_each([&](SamplerVoice& voice) { render(voice, out); }); });
  }

  bool save(base::ImageWriter& image) const override {
    list_state(*this, image);
    return true;
  }

  void restore(base::ImageReader& image) override {
    list_state(*this, image);
    if (!image.ok()) return;
    const Values told = std::exchange(values_, derived_from_);
    derive();
    values_ = told;
    changed_ = values_ != derived_from_;
  }

 private:
  static void list_state(auto& self, auto& image) {
    image.values(self.derived_from_);
    image.values(self.values_);
    decltype(self.voices_)::list_state(self.voices_, image);
    Controllers::list_state(self.controllers_, image);
    CellClock::list_state(self.clock_, image);
  }

  void derive() {
    derived_from_ = values_;
    amp_shape_ = EnvelopeShape({values_[attack], values_[decay], values_[sustain] / 100.0, values_[release]}, rate_);
    filter_ = static_cast<FilterType>(static_cast<int>(values_[filter_type]));
    // Butterworth without resonance, a Q of 20 with all of it.
    one_over_q_ = static_cast<float>(std::numbers::sqrt2 *
                                     std::pow(0.05 / std::numbers::sqrt2, values_[filter_resonance] / 100.0));
    changed_ = false;
  }

  void begin_cell() {
    if (changed_) derive();
    voices_.for_each(
        [&](SamplerVoice& voice) { control(voice, [](Line& line, double to) { line.aim(static_cast<float>(to)); }); });
  }

  template <class Set>
  void control(SamplerVoice& voice, Set set) const {
    const double above = (voice.key - values_[root]) * values_[key_track] / 100.0;
    const double pitch =
        above + values_[transpose_by] + values_[tune] / 100.0 + controllers_.bend() * values_[bend_range];
    set(voice.step, std::exp2(pitch / 12.0) * sample_->rate().hertz / rate_.hertz);
    const double brighter =
        values_[filter_key] / 100.0 * (voice.key - 60.0) + values_[filter_velocity] * (voice.velocity - 1.0);
    set(voice.filter_g, filter_g_of(values_[filter_cutoff] * std::exp2(brighter / 12.0), rate_));
    const double softer = 1.0 - values_[velocity] / 100.0 * (1.0 - voice.velocity * voice.velocity);
    set(voice.gain, std::pow(10.0, values_[volume] / 20.0) * softer * controllers_.gain());
  }

  void take(const midi::Event& event) {
    if (event.kind == midi::EventKind::note_on) return note_on(event);
    if (event.kind == midi::EventKind::note_off) return voices_.note_off(event.number);
    controllers_.take(event);
    voices_.pedal(controllers_.pedal());
    if (channel_mode_of(event) == ChannelMode::all_sound_off) voices_.cut_all();
    if (channel_mode_of(event) == ChannelMode::all_notes_off) voices_.release_all();
  }

  void note_on(const midi::Event& event) {
    SamplerVoice& voice = voices_.start(event.number, static_cast<int>(values_[polyphony]));
    voice.velocity = event.value / 127.0;
    voice.position = sample_->wrapped(0.0);
    voice.amp.start();
    control(voice, [](Line& line, double to) { line.jump(static_cast<float>(to)); });
  }

  void render(SamplerVoice& voice, audio::StereoView out) const {
    for (int i = 0; i < out.frames && voice.sounds(); ++i) {
      if (voice.position < 0.0) {
        voice.stage = VoicePlace::Stage::off;
        break;
      }
      Sample::Pair signal = sample_->at(voice.position);
      voice.position = sample_->wrapped(voice.position + voice.step.next());
      const float g = voice.filter_g.next();
      if (filter_ != FilterType::off) filter(voice, g, signal);
      const float by = voice.amp.next(amp_shape_) * voice.gain.next();
      out.left[i] += signal.left * by;
      out.right[i] += signal.right * by;
      if (voice.amp.is_off()) voice.stage = VoicePlace::Stage::off;
    }
  }

  void filter(SamplerVoice& voice, float g, Sample::Pair& signal) const {
    const FilterCoefficients c(g, one_over_q_);
    const FilterOutput output = filter_ == FilterType::low    ? FilterOutput::low
                                : filter_ == FilterType::high ? FilterOutput::high
                                                              : FilterOutput::band;
    signal.left = voice.filters[0].next(signal.left, c, output);
    signal.right = voice.filters[1].next(signal.right, c, output);
  }

  std::shared_ptr<const Sample> sample_;
  time::SampleRate rate_;
  Values values_{};
  bool changed_ = false;
  Values derived_from_{};  // `values_` of the last cell's begin, which what follows is made of
  EnvelopeShape amp_shape_;
  FilterType filter_ = FilterType::off;
  float one_over_q_ = 1.0f;
  Voices<SamplerVoice, most_voices> voices_;
  Controllers controllers_;
  CellClock clock_;
};

SampleRegion region_of(const std::vector<double>& values) {
  return {.start = values[start] / 100.0,
          .end = values[end] / 100.0,
          .loop = values[loop] != 0.0,
          .loop_start = values[loop_start] / 100.0,
          .loop_end = values[loop_end] / 100.0,
          .crossfade = {values[loop_crossfade] / 1000.0}};
}

Facts facts(const Settings& settings, const Timing& timing) {
  return {.latency = {}, .tail = time::frames_of({settings.values[release]}, timing.rate) + time::Frames{1}};
}

base::Result<std::unique_ptr<Processor>> make(const Settings& settings, time::SampleRate rate,
                                              const FileFinder& find_file) {
  return path_of(settings, "sample", find_file)
      .and_then([&](const std::string& path) { return Sample::load(path, region_of(settings.values)); })
      .map([&](std::shared_ptr<const Sample> sample) -> std::unique_ptr<Processor> {
        return std::make_unique<Sampler>(std::move(sample), settings, rate);
      });
}

}  // namespace

BuiltIn sampler() {
  return {.type = {.name = "sampler",
                   .title = "Sampler",
                   .about = "Plays one audio file over all keys, with a loop, an envelope and a filter.",
                   .device_class = DeviceClass::instrument,
                   .parameters = parameters(),
                   .files = {{.name = "sample", .what = "an audio file"}}},
          .facts = facts,
          .make = make};
}

}  // namespace firn::devices
