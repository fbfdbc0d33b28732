// A two-pole filter that may be swept each sample, in stereo. A flat value; one thread at a time.
//
// The trapezoidal state-variable filter of A. Simper, "Solving the continuous SVF equations using trapezoidal
// integration and equivalent currents" (Cytomic, 2013).
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "time/frames.hpp"

namespace firn::devices {

enum class FilterOutput { low, high, band };

// tan(pi f / rate), f kept under 0.49 of the rate.
inline float filter_g_of(double hertz, time::SampleRate rate) {
  return static_cast<float>(std::tan(std::numbers::pi * std::clamp(hertz / rate.hertz, 1e-5, 0.49)));
}

// What both sides need at one sample. `k` is 1/Q.
struct FilterCoefficients {
  float k, a1, a2, a3;

  FilterCoefficients(float g, float one_over_q)
      : k(one_over_q), a1(1.0f / (1.0f + g * (g + one_over_q))), a2(g * a1), a3(g * a2) {}
};

struct FilterState {
  float first = 0.0f;
  float second = 0.0f;

  static void list_state(auto& self, auto& image) {
    image.value(self.first);
    image.value(self.second);
  }

  float next(float in, const FilterCoefficients& c, FilterOutput output) {
    const float v3 = in - second;
    const float v1 = c.a1 * first + c.a2 * v3;
    const float v2 = second + c.a2 * first + c.a3 * v3;
    first = 2.0f * v1 - first;
    second = 2.0f * v2 - second;
    switch (output) {
      case FilterOutput::low: return v2;
      case FilterOutput::high: return in - c.k * v1 - v2;
      case FilterOutput::band: return c.k * v1;
    }
    return in;
  }
};

}  // namespace firn::devices
