// Waveforms without audible aliasing: a phase of 0 to 1 and its step per sample give a value of -1 to 1. Any thread.
//
// Steps are rounded by polyBLEP (Valimaki, Huovilainen: Antialiasing oscillators in subtractive synthesis, 2007),
// corners by its integral polyBLAMP (Esqueda, Valimaki, Bilbao: Rounding corners with BLAMP, 2016), each over two
// samples.
#pragma once

#include <cmath>
#include <numbers>

namespace firn::devices {

enum class Waveform { saw, pulse, triangle, sine };

// What to add at phase `t` to a step from -1 to 1 at phase 0.
inline float poly_blep(float t, float step) {
  if (t < step) {
    const float x = t / step;
    return x + x - x * x - 1.0f;
  }
  if (t > 1.0f - step) {
    const float x = (t - 1.0f) / step;
    return x * x + x + x + 1.0f;
  }
  return 0.0f;
}

// What to add at phase `t`, times half the change of slope in a sample, to a corner at phase 0.
inline float poly_blamp(float t, float step) {
  if (t < step) {
    const float x = 1.0f - t / step;
    return x * x * x / 3.0f;
  }
  if (t > 1.0f - step) {
    const float x = (t - 1.0f) / step + 1.0f;
    return x * x * x / 3.0f;
  }
  return 0.0f;
}

inline float shifted(float t, float by) {
  const float sum = t + by;
  return sum >= 1.0f ? sum - 1.0f : sum;
}

inline float saw_at(float t, float step) { return 2.0f * t - 1.0f - poly_blep(t, step); }

// `width`: the part of the period that is high. Without direct current.
inline float pulse_at(float t, float step, float width) {
  const float level = (t < width ? 1.0f : -1.0f) + poly_blep(t, step) - poly_blep(shifted(t, 1.0f - width), step);
  return level - (2.0f * width - 1.0f);
}

inline float triangle_at(float t, float step) {
  const float corners = poly_blamp(shifted(t, 0.5f), step) - poly_blamp(t, step);
  return 4.0f * std::fabs(t - 0.5f) - 1.0f + 4.0f * step * corners;
}

// Odd polynomial, within 4e-6 of a sine.
inline float sine_at(float t) {
  const float x = t < 0.25f ? t : (t < 0.75f ? 0.5f - t : t - 1.0f);  // -1/4 to 1/4
  const float u = x * (2.0f * std::numbers::pi_v<float>);
  const float s = u * u;
  return u * (1.0f + s * (-1.0f / 6.0f + s * (1.0f / 120.0f + s * (-1.0f / 5040.0f + s * (1.0f / 362880.0f)))));
}

}  // namespace firn::devices
