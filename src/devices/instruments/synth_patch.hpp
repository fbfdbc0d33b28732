// SynthPatch: the synth's parameters, and what its voices need of them at a rate. Values; any thread.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "devices/instruments/envelope.hpp"
#include "devices/instruments/oscillator.hpp"
#include "devices/instruments/state_variable_filter.hpp"
#include "devices/parameter.hpp"
#include "time/frames.hpp"

namespace firn::devices {

enum class SynthParameter {
  osc1_shape,
  osc1_tune,
  osc1_fine,
  osc1_width,
  osc1_level,
  osc2_shape,
  osc2_tune,
  osc2_fine,
  osc2_width,
  osc2_level,
  noise_level,
  unison_voices,
  unison_detune,
  unison_spread,
  filter_type,
  filter_cutoff,
  filter_resonance,
  filter_key,
  filter_envelope,
  filter_velocity,
  filter_attack,
  filter_decay,
  filter_sustain,
  filter_release,
  amp_attack,
  amp_decay,
  amp_sustain,
  amp_release,
  lfo_shape,
  lfo_rate,
  lfo_pitch,
  lfo_filter,
  lfo_amp,
  mode,
  polyphony,
  glide,
  bend_range,
  wheel,
  velocity,
  volume,
  count
};

std::vector<Parameter> synth_parameters();  // in the order of SynthParameter

constexpr int synth_unison = 8;      // copies of an oscillator at most
constexpr int synth_polyphony = 32;  // voices at most

enum class LfoShape { sine, triangle, saw, square, random };

struct OscillatorPatch {
  Waveform shape = Waveform::saw;
  double semitones = 0.0;
  float width = 0.5f;
  float level = 0.0f;
};

// The copy of an oscillator in unison: its frequency in parts of the oscillator's, and its place between the sides.
struct UnisonPatch {
  float ratio = 1.0f;
  float left = 1.0f;
  float right = 1.0f;
};

struct SynthPatch {
  std::array<OscillatorPatch, 2> oscillators;
  float noise_level = 0.0f;
  std::array<UnisonPatch, synth_unison> unison;
  int unison_voices = 1;

  FilterOutput filter_output = FilterOutput::low;
  bool filter_steep = false;  // two in a row
  std::array<float, 2> one_over_q{1.4f, 1.4f};
  float filter_gain = 1.0f;
  double cutoff = 20'000.0;      // hertz
  double filter_key = 0.0;       // octaves per octave from C3 (key 60)
  double filter_envelope = 0.0;  // semitones
  double filter_velocity = 0.0;  // semitones from softest to hardest

  EnvelopeShape filter_shape;
  EnvelopeShape amp_shape;

  LfoShape lfo_shape = LfoShape::sine;
  double lfo_step = 0.0;    // periods in a cell of 16 frames
  double lfo_pitch = 0.0;   // semitones
  double lfo_filter = 0.0;  // semitones
  double lfo_amp = 0.0;     // 0 to 1

  bool mono = false;
  int polyphony = 16;
  double glide_step = 0.0;  // parts of the way in a cell; 0: at once
  double bend_range = 2.0;  // semitones
  double wheel = 0.5;       // semitones of vibrato
  double velocity = 0.5;
  float volume = 1.0f;
};

// `values`: one for each SynthParameter.
SynthPatch synth_patch_of(std::span<const double> values, time::SampleRate);

}  // namespace firn::devices
