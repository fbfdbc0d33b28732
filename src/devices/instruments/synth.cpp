#include "devices/instruments/synth.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "devices/instruments/cells.hpp"
#include "devices/instruments/controllers.hpp"
#include "devices/instruments/ramp.hpp"
#include "devices/instruments/synth_patch.hpp"
#include "devices/instruments/voices.hpp"
#include "devices/random.hpp"

namespace firn::devices {
namespace {

constexpr int cell_frames = Ramp::frames;
using Cell = std::array<float, cell_frames>;

struct SynthVoice : VoicePlace {
  double velocity = 0.0;  // 0 to 1
  std::uint64_t random = 1;

  double glide_from = 0.0;  // keys, with fractions
  double glide_done = 1.0;  // 0 to 1
  double lfo = 0.0;         // periods since the start

  std::array<std::array<float, synth_unison>, 2> phases{};
  std::array<Line, 2> steps;  // periods per sample
  std::array<Line, 2> levels;
  Line noise_level;
  std::uint32_t noise = 1;

  Line filter_g;
  std::array<std::array<FilterState, 2>, 2> filters;  // by stage, by side
  Envelope filter_envelope;
  Envelope amp;
  Line gain;

  double pitch() const { return glide_from + (key - glide_from) * glide_done; }
  float level() const { return amp.value() * gain.target; }
  void release() {
    amp.release();
    filter_envelope.release();
  }
  void cut() { amp.cut(); }

  static void list_state(auto& self, auto& image) {
    for (auto* number : {&self.velocity, &self.glide_from, &self.glide_done, &self.lfo}) image.value(*number);
    image.value(self.random);
    for (auto& phases : self.phases) image.values(phases);
    for (auto* line : {&self.steps[0], &self.steps[1], &self.levels[0], &self.levels[1]}) {
      Line::list_state(*line, image);
    }
    for (auto* line : {&self.noise_level, &self.filter_g, &self.gain}) Line::list_state(*line, image);
    image.value(self.noise);
    for (auto& stage : self.filters) {
      for (auto& side : stage) FilterState::list_state(side, image);
    }
    Envelope::list_state(self.filter_envelope, image);
    Envelope::list_state(self.amp, image);
  }
};

// The keys that are down, in the order they went down.
class HeldStack {
 public:
  void press(std::uint8_t key) {
    lift(key);
    keys_[static_cast<std::size_t>(size_++)] = key;
  }
  void lift(std::uint8_t key) {
    size_ = static_cast<int>(std::remove(keys_.begin(), keys_.begin() + size_, key) - keys_.begin());
  }
  void clear() { size_ = 0; }
  bool empty() const { return size_ == 0; }
  static void list_state(auto& self, auto& image) {
    image.within(self.size_, 0, 128);
    for (int i = 0; i < self.size_; ++i) image.value(self.keys_[static_cast<std::size_t>(i)]);
  }

  std::uint8_t last() const { return keys_[static_cast<std::size_t>(size_ - 1)]; }

 private:
  std::array<std::uint8_t, 128> keys_{};
  int size_ = 0;
};

double lfo_at(const SynthVoice& voice, LfoShape shape) {
  const double t = voice.lfo - std::floor(voice.lfo);
  switch (shape) {
    case LfoShape::sine: return sine_at(static_cast<float>(t));
    case LfoShape::triangle: return t < 0.25 ? 4.0 * t : (t < 0.75 ? 2.0 - 4.0 * t : 4.0 * t - 4.0);
    case LfoShape::saw: return 1.0 - 2.0 * t;
    case LfoShape::square: return t < 0.5 ? 1.0 : -1.0;
    case LfoShape::random:
      return 2.0 * unit_of(random_at(voice.random, static_cast<std::int64_t>(std::floor(voice.lfo)), 1)) - 1.0;
  }
  return 0.0;
}

class Synth final : public Processor {
 public:
  Synth(const Settings& settings, time::SampleRate rate) : seed_(settings.seed), rate_(rate) {
    std::copy_n(settings.values.begin(), values_.size(), values_.begin());
    make_patch();
  }

  void set_parameter(int index, double value) override {
    values_[static_cast<std::size_t>(index)] = value;
    changed_ = true;
  }

  void process(const Block& block) override {
    clock_.run(
        block, [&] { begin_cell(); }, [&](const midi::Event& event) { take(event); },
        [&](audio::StereoView out) { voices_.for_each([&](SynthVoice& voice) { render(voice, out); }); });
  }

  bool save(base::ImageWriter& image) const override {
    list_state(*this, image);
    return true;
  }

  void restore(base::ImageReader& image) override {
    list_state(*this, image);
    if (!image.ok()) return;
    patch_ = synth_patch_of(patched_, rate_);
    changed_ = values_ != patched_;
  }

 private:
  static void list_state(auto& self, auto& image) {
    image.values(self.patched_);
    image.values(self.values_);
    decltype(self.voices_)::list_state(self.voices_, image);
    HeldStack::list_state(self.held_, image);
    Controllers::list_state(self.controllers_, image);
    image.within(self.last_key_, -1, 127);
    CellClock::list_state(self.clock_, image);
  }

  void make_patch() {
    patched_ = values_;
    patch_ = synth_patch_of(patched_, rate_);
    changed_ = false;
  }

  void begin_cell() {
    if (changed_) make_patch();
    voices_.for_each([&](SynthVoice& voice) {
      voice.lfo += patch_.lfo_step;
      voice.glide_done = patch_.glide_step == 0.0 ? 1.0 : std::min(1.0, voice.glide_done + patch_.glide_step);
      control(voice, [](Line& line, double to) { line.aim(static_cast<float>(to)); });
    });
  }

  // Where the voice's lines lead: `set` aims them at the next cell, or makes a new voice's jump there.
  template <class Set>
  void control(SynthVoice& voice, Set set) const {
    const double lfo = lfo_at(voice, patch_.lfo_shape);
    const double pitch = voice.pitch() + controllers_.bend() * patch_.bend_range +
                         lfo * (patch_.lfo_pitch + patch_.wheel * controllers_.vibrato());
    for (std::size_t i = 0; i < 2; ++i) {
      const OscillatorPatch& oscillator = patch_.oscillators[i];
      const double hertz = 440.0 * std::exp2((pitch + oscillator.semitones - 69.0) / 12.0);
      set(voice.steps[i], std::min(hertz / rate_.hertz, 0.45));
      set(voice.levels[i], oscillator.level);
    }
    set(voice.noise_level, patch_.noise_level);
    const double brighter = patch_.filter_key * (pitch - 60.0) +
                            patch_.filter_envelope * voice.filter_envelope.value() +
                            patch_.filter_velocity * (voice.velocity - 1.0) + patch_.lfo_filter * lfo;
    set(voice.filter_g, filter_g_of(patch_.cutoff * std::exp2(brighter / 12.0), rate_));
    const double softer = 1.0 - patch_.velocity * (1.0 - voice.velocity * voice.velocity);
    const double tremolo = 1.0 - patch_.lfo_amp * (0.5 - 0.5 * lfo);
    set(voice.gain, patch_.volume * patch_.filter_gain * softer * tremolo * controllers_.gain());
  }

  void take(const midi::Event& event) {
    switch (event.kind) {
      case midi::EventKind::note_on: note_on(event); break;
      case midi::EventKind::note_off: note_off(event.number); break;
      default: controllers_.take(event); follow(event);
    }
  }

  // What controllers do to voices beside changing values.
  void follow(const midi::Event& event) {
    voices_.pedal(controllers_.pedal());
    switch (channel_mode_of(event)) {
      case ChannelMode::all_sound_off:
        voices_.cut_all();
        held_.clear();
        break;
      case ChannelMode::all_notes_off:
        voices_.release_all();
        held_.clear();
        break;
      case ChannelMode::none: break;
    }
  }

  void note_on(const midi::Event& event) {
    held_.press(event.number);
    SynthVoice* legato = patch_.mono ? voices_.newest() : nullptr;
    if (legato != nullptr) {
      glide_to(*legato, event.number);
    } else {
      start(event);
    }
    last_key_ = event.number;
  }

  void note_off(std::uint8_t key) {
    held_.lift(key);
    SynthVoice* playing = patch_.mono ? voices_.newest() : nullptr;
    if (playing != nullptr && playing->key == key && !held_.empty()) {
      glide_to(*playing, held_.last());
      last_key_ = held_.last();
    } else {
      voices_.note_off(key);
    }
  }

  static void glide_to(SynthVoice& voice, int key) {
    voice.glide_from = voice.pitch();
    voice.key = key;
    voice.glide_done = 0.0;
  }

  void start(const midi::Event& event) {
    SynthVoice& voice = voices_.start(event.number, patch_.mono ? 1 : patch_.polyphony);
    voice.velocity = event.value / 127.0;
    voice.random = random_at(seed_, event.at.count, event.number);
    voice.noise = static_cast<std::uint32_t>(mixed(voice.random)) | 1u;
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t u = 0; u < synth_unison; ++u) {
        const auto which = static_cast<std::int64_t>(2 + i * synth_unison + u);
        voice.phases[i][u] = static_cast<float>(unit_of(random_at(voice.random, 0, which)) * 0.999);
      }
    }
    const bool glides = patch_.glide_step > 0.0 && last_key_ >= 0;
    voice.glide_from = glides ? last_key_ : event.number;
    voice.glide_done = glides ? 0.0 : 1.0;
    voice.amp.start();
    voice.filter_envelope.start();
    control(voice, [](Line& line, double to) { line.jump(static_cast<float>(to)); });
  }

  void render(SynthVoice& voice, audio::StereoView out) const {
    Cell left{};
    Cell right{};
    const auto count = static_cast<std::size_t>(out.frames);
    const bool one_side = patch_.unison_voices == 1;
    for (std::size_t i = 0; i < 2; ++i) add_oscillator(voice, i, count, left, right);
    if (one_side) right = left;
    add_noise(voice, count, left, right);
    filter(voice, count, left, right);
    for (std::size_t i = 0; i < count; ++i) {
      const float by = voice.amp.next(patch_.amp_shape) * voice.gain.next();
      out.left[i] += left[i] * by;
      out.right[i] += right[i] * by;
    }
    if (voice.amp.is_off()) voice.stage = VoicePlace::Stage::off;
  }

  void add_oscillator(SynthVoice& voice, std::size_t which, std::size_t count, Cell& left, Cell& right) const {
    Cell steps;
    Cell levels;
    for (std::size_t i = 0; i < count; ++i) {
      steps[i] = voice.steps[which].next();
      levels[i] = voice.levels[which].next();
    }
    const auto add = [&](auto&& wave) {
      for (int u = 0; u < patch_.unison_voices; ++u) {
        const UnisonPatch& copy = patch_.unison[static_cast<std::size_t>(u)];
        float& phase = voice.phases[which][static_cast<std::size_t>(u)];
        for (std::size_t i = 0; i < count; ++i) {
          const float step = steps[i] * copy.ratio;
          const float value = wave(phase, step) * levels[i];
          left[i] += value * copy.left;
          right[i] += value * copy.right;
          phase = shifted(phase, step);
        }
      }
    };
    const OscillatorPatch& oscillator = patch_.oscillators[which];
    switch (oscillator.shape) {
      case Waveform::saw: add([](float t, float step) { return saw_at(t, step); }); break;
      case Waveform::pulse: add([&](float t, float step) { return pulse_at(t, step, oscillator.width); }); break;
      case Waveform::triangle: add([](float t, float step) { return triangle_at(t, step); }); break;
      case Waveform::sine: add([](float t, float) { return sine_at(t); }); break;
    }
  }

  // White, by Marsaglia's xorshift.
  static void add_noise(SynthVoice& voice, std::size_t count, Cell& left, Cell& right) {
    if (voice.noise_level.is_zero()) return;
    for (std::size_t i = 0; i < count; ++i) {
      voice.noise ^= voice.noise << 13;
      voice.noise ^= voice.noise >> 17;
      voice.noise ^= voice.noise << 5;
      const float value = (static_cast<float>(voice.noise) * 0x1p-31f - 1.0f) * voice.noise_level.next();
      left[i] += value;
      right[i] += value;
    }
  }

  void filter(SynthVoice& voice, std::size_t count, Cell& left, Cell& right) const {
    const std::size_t stages = patch_.filter_steep ? 2 : 1;
    const bool one_side = patch_.unison_voices == 1;
    for (std::size_t i = 0; i < count; ++i) {
      voice.filter_envelope.next(patch_.filter_shape);
      const float g = voice.filter_g.next();
      for (std::size_t stage = 0; stage < stages; ++stage) {
        const FilterCoefficients c(g, patch_.one_over_q[stage]);
        left[i] = voice.filters[stage][0].next(left[i], c, patch_.filter_output);
        if (!one_side) right[i] = voice.filters[stage][1].next(right[i], c, patch_.filter_output);
      }
    }
    if (!one_side) return;
    right = left;
    for (auto& sides : voice.filters) sides[1] = sides[0];
  }

  std::uint64_t seed_;
  time::SampleRate rate_;
  using Values = std::array<double, static_cast<std::size_t>(SynthParameter::count)>;
  Values values_{};
  bool changed_ = false;
  Values patched_{};  // `values_` of the last cell's begin, which the patch is made of
  SynthPatch patch_;
  Voices<SynthVoice, synth_polyphony> voices_;
  HeldStack held_;
  Controllers controllers_;
  int last_key_ = -1;
  CellClock clock_;
};

Facts facts(const Settings& settings, const Timing& timing) {
  const double release = settings.values[static_cast<std::size_t>(SynthParameter::amp_release)];
  return {.latency = {}, .tail = time::frames_of({release}, timing.rate) + time::Frames{1}};
}

base::Result<std::unique_ptr<Processor>> make(const Settings& settings, time::SampleRate rate, const FileFinder&) {
  return std::make_unique<Synth>(settings, rate);
}

}  // namespace

BuiltIn synth() {
  return {
      .type = {.name = "synth",
               .title = "Synth",
               .about = "A subtractive synthesizer: two oscillators and noise, unison, filter, envelopes, LFO, glide.",
               .device_class = DeviceClass::instrument,
               .parameters = synth_parameters(),
               .files = {},
               .has_seed = true},
      .facts = facts,
      .make = make};
}

}  // namespace firn::devices
