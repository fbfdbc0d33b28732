#include "devices/instruments/synth_patch.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "devices/instruments/ramp.hpp"

namespace firn::devices {
namespace {

// One voice at full level peaks at -12 dB, so that a chord stays below full scale.
constexpr double voice_gain = 0.25;

Parameter percent(std::string name, double initial) {
  return {.name = std::move(name), .maximum = 100.0, .initial = initial, .unit = Unit::percent};
}

Parameter seconds(std::string name, double initial) {
  return {.name = std::move(name),
          .minimum = 0.001,
          .maximum = 20.0,
          .initial = initial,
          .unit = Unit::seconds,
          .scale = Scale::logarithmic};
}

Parameter semitones(std::string name, double minimum, double maximum, double initial) {
  return {.name = std::move(name), .minimum = minimum, .maximum = maximum, .initial = initial, .unit = Unit::semitones};
}

Parameter choice(std::string name, const std::vector<std::string>& choices, double initial) {
  return {.name = std::move(name),
          .maximum = static_cast<double>(choices.size() - 1),
          .initial = initial,
          .scale = Scale::choice,
          .choices = choices};
}

void add_oscillator(std::vector<Parameter>& list, const std::string& name, double fine, double level) {
  list.push_back(choice(name + "-shape", {"saw", "pulse", "triangle", "sine"}, 0));
  list.push_back(
      {.name = name + "-tune", .minimum = -36.0, .maximum = 36.0, .unit = Unit::semitones, .scale = Scale::whole});
  list.push_back({.name = name + "-fine", .minimum = -100.0, .maximum = 100.0, .initial = fine, .unit = Unit::cents});
  list.push_back({.name = name + "-width", .minimum = 5.0, .maximum = 95.0, .initial = 50.0, .unit = Unit::percent});
  list.push_back(percent(name + "-level", level));
}

void add_envelope(std::vector<Parameter>& list, const std::string& name, const EnvelopeTimes& initial) {
  list.push_back(seconds(name + "-attack", initial.attack));
  list.push_back(seconds(name + "-decay", initial.decay));
  list.push_back(percent(name + "-sustain", initial.sustain * 100.0));
  list.push_back(seconds(name + "-release", initial.release));
}

enum class FilterType { low_pass_24, low_pass_12, high_pass, band_pass };

void set_filter(SynthPatch& patch, FilterType type, double resonance) {
  patch.filter_output = type == FilterType::high_pass   ? FilterOutput::high
                        : type == FilterType::band_pass ? FilterOutput::band
                                                        : FilterOutput::low;
  patch.filter_steep = type == FilterType::low_pass_24;
  // Butterworth without resonance, a Q of 20 in the last stage with all of it.
  constexpr double sharpest = 0.05;
  const double flat = patch.filter_steep ? 0.765 : std::numbers::sqrt2;
  const auto last = static_cast<float>(flat * std::pow(sharpest / flat, resonance));
  patch.one_over_q = patch.filter_steep ? std::array{1.848f, last} : std::array{last, last};
  patch.filter_gain = static_cast<float>(1.0 / (1.0 + resonance));
}

void set_unison(SynthPatch& patch, int voices, double detune, double spread) {
  patch.unison_voices = voices;
  const double gain = 1.0 / std::sqrt(voices);
  for (int i = 0; i < voices; ++i) {
    const double place = voices == 1 ? 0.0 : 2.0 * i / (voices - 1) - 1.0;  // -1 to 1
    // Neighbours in pitch go to opposite sides.
    const double side = (i % 2 == 0 ? place : -place) * spread;
    const double angle = (side + 1.0) * std::numbers::pi / 4.0;
    patch.unison[static_cast<std::size_t>(i)] = {
        .ratio = static_cast<float>(std::exp2(place * detune / 1200.0)),
        .left = static_cast<float>(std::numbers::sqrt2 * std::cos(angle) * gain),
        .right = static_cast<float>(std::numbers::sqrt2 * std::sin(angle) * gain)};
  }
}

}  // namespace

std::vector<Parameter> synth_parameters() {
  std::vector<Parameter> list;
  add_oscillator(list, "osc1", 0.0, 100.0);
  add_oscillator(list, "osc2", 7.0, 70.0);
  list.push_back(percent("noise-level", 0.0));
  list.push_back(
      {.name = "unison-voices", .minimum = 1.0, .maximum = synth_unison, .initial = 1.0, .scale = Scale::whole});
  list.push_back({.name = "unison-detune", .maximum = 100.0, .initial = 15.0, .unit = Unit::cents});
  list.push_back(percent("unison-spread", 60.0));
  list.push_back(choice("filter-type", {"low-pass-24", "low-pass-12", "high-pass", "band-pass"}, 0));
  list.push_back({.name = "filter-cutoff",
                  .minimum = 20.0,
                  .maximum = 20'000.0,
                  .initial = 1'500.0,
                  .unit = Unit::hertz,
                  .scale = Scale::logarithmic});
  list.push_back(percent("filter-resonance", 15.0));
  list.push_back(percent("filter-key", 40.0));
  list.push_back(semitones("filter-envelope", -72.0, 72.0, 24.0));
  list.push_back(semitones("filter-velocity", 0.0, 48.0, 12.0));
  add_envelope(list, "filter", {.attack = 0.002, .decay = 0.8, .sustain = 0.3, .release = 0.5});
  add_envelope(list, "amp", {.attack = 0.003, .decay = 1.5, .sustain = 0.7, .release = 0.35});
  list.push_back(choice("lfo-shape", {"sine", "triangle", "saw", "square", "random"}, 0));
  list.push_back({.name = "lfo-rate",
                  .minimum = 0.02,
                  .maximum = 40.0,
                  .initial = 5.0,
                  .unit = Unit::hertz,
                  .scale = Scale::logarithmic});
  list.push_back(semitones("lfo-pitch", 0.0, 24.0, 0.0));
  list.push_back(semitones("lfo-filter", 0.0, 48.0, 0.0));
  list.push_back(percent("lfo-amp", 0.0));
  list.push_back(choice("mode", {"poly", "mono"}, 0));
  list.push_back(
      {.name = "polyphony", .minimum = 1.0, .maximum = synth_polyphony, .initial = 16.0, .scale = Scale::whole});
  list.push_back({.name = "glide", .maximum = 5.0, .unit = Unit::seconds});
  list.push_back(
      {.name = "bend-range", .maximum = 24.0, .initial = 2.0, .unit = Unit::semitones, .scale = Scale::whole});
  list.push_back(semitones("wheel", 0.0, 12.0, 0.5));
  list.push_back(percent("velocity", 60.0));
  list.push_back({.name = "volume", .minimum = -60.0, .maximum = 12.0, .unit = Unit::decibels});
  return list;
}

SynthPatch synth_patch_of(std::span<const double> values, time::SampleRate rate) {
  using enum SynthParameter;
  const auto value = [&](SynthParameter p) { return values[static_cast<std::size_t>(p)]; };
  const auto part = [&](SynthParameter p) { return value(p) / 100.0; };
  const auto times = [&](SynthParameter first) {
    const auto i = static_cast<std::size_t>(first);
    return EnvelopeTimes{values[i], values[i + 1], values[i + 2] / 100.0, values[i + 3]};
  };
  SynthPatch patch;
  for (std::size_t i = 0; i < 2; ++i) {
    const double* v = &values[i == 0 ? static_cast<std::size_t>(osc1_shape) : static_cast<std::size_t>(osc2_shape)];
    patch.oscillators[i] = {.shape = static_cast<Waveform>(static_cast<int>(v[0])),
                            .semitones = v[1] + v[2] / 100.0,
                            .width = static_cast<float>(v[3] / 100.0),
                            .level = static_cast<float>(v[4] / 100.0)};
  }
  patch.noise_level = static_cast<float>(part(SynthParameter::noise_level));
  set_unison(patch, static_cast<int>(value(SynthParameter::unison_voices)), value(unison_detune), part(unison_spread));
  set_filter(patch, static_cast<FilterType>(static_cast<int>(value(filter_type))), part(filter_resonance));
  patch.cutoff = value(filter_cutoff);
  patch.filter_key = part(SynthParameter::filter_key);
  patch.filter_envelope = value(SynthParameter::filter_envelope);
  patch.filter_velocity = value(SynthParameter::filter_velocity);
  patch.filter_shape = EnvelopeShape(times(filter_attack), rate);
  patch.amp_shape = EnvelopeShape(times(amp_attack), rate);
  patch.lfo_shape = static_cast<LfoShape>(static_cast<int>(value(SynthParameter::lfo_shape)));
  patch.lfo_step = value(lfo_rate) * Ramp::frames / rate.hertz;
  patch.lfo_pitch = value(SynthParameter::lfo_pitch);
  patch.lfo_filter = value(SynthParameter::lfo_filter);
  patch.lfo_amp = part(SynthParameter::lfo_amp);
  patch.mono = value(mode) != 0.0;
  patch.polyphony = static_cast<int>(value(SynthParameter::polyphony));
  const double glide_frames = value(glide) * rate.hertz;
  patch.glide_step = glide_frames < Ramp::frames ? 0.0 : Ramp::frames / glide_frames;
  patch.bend_range = value(SynthParameter::bend_range);
  patch.wheel = value(SynthParameter::wheel);
  patch.velocity = part(SynthParameter::velocity);
  patch.volume = static_cast<float>(voice_gain * std::pow(10.0, value(SynthParameter::volume) / 20.0));
  return patch;
}

}  // namespace firn::devices
