// Runs an audio effect in a test: over a whole input, cut into blocks as asked, with parameters that change. Tests only.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "audio/buffer.hpp"
#include "audio/denormals.hpp"
#include "devices/device_type.hpp"
#include "devices/processor.hpp"
#include "time/tempo_map.hpp"

namespace firn::devices::test {

struct Change {
  std::int64_t at = 0;  // a multiple of 16 in the timeline
  int index = 0;
  double value = 0.0;
};

using NextCut = std::function<int()>;  // the length of the next block

struct Run {
  time::SampleRate rate;
  std::int64_t at = 0;
  const time::TempoMap* tempo = nullptr;
  audio::ConstStereoView side_chain = {};
  std::vector<Change> changes = {};  // sorted
  NextCut next_cut = [] { return 512; };
};

inline audio::StereoBuffer output_of(Processor& processor, const audio::StereoBuffer& input, const Run& run) {
  const audio::FlushDenormals flush;
  audio::StereoBuffer output(input.frames());
  auto change = run.changes.begin();
  for (int done = 0; done < input.frames();) {
    const std::int64_t at = run.at + done;
    for (; change != run.changes.end() && change->at <= at; ++change) {
      processor.set_parameter(change->index, change->value);
    }
    std::int64_t frames = std::min(run.next_cut(), input.frames() - done);
    if (change != run.changes.end()) frames = std::min(frames, change->at - at);
    const int count = static_cast<int>(frames);
    Block block;
    block.at = {at};
    block.frames = count;
    block.tempo = run.tempo;
    block.rate = run.rate;
    block.in = input.view().part(done, count);
    if (run.side_chain.left != nullptr) block.side_chain = run.side_chain.part(done, count);
    block.out = output.view().part(done, count);
    processor.process(block);
    done += count;
  }
  return output;
}

inline Settings settings_of(std::string_view type) { return default_settings(*find_type(type)); }

inline Settings with(Settings settings, std::string_view parameter, double value) {
  settings.values[static_cast<std::size_t>(index_of(*find_type(settings.type), parameter))] = value;
  return settings;
}

inline std::unique_ptr<Processor> make(const Settings& settings, time::SampleRate rate) {
  return make_processor(settings, rate, {}).value();
}

// From its initial state.
inline audio::StereoBuffer output_of(const Settings& settings, const audio::StereoBuffer& input, const Run& run) {
  return output_of(*make(settings, run.rate), input, run);
}

inline audio::StereoBuffer impulse(int frames, float height = 1.0f) {
  audio::StereoBuffer buffer(frames);
  buffer.left[0] = buffer.right[0] = height;
  return buffer;
}

inline audio::StereoBuffer noise(int frames, float height, unsigned seed) {
  std::mt19937 generator(seed);
  audio::StereoBuffer buffer(frames);
  const auto next = [&] { return height * (static_cast<float>(generator() >> 8) / 8388608.0f - 1.0f); };
  for (float& sample : buffer.left) sample = next();
  for (float& sample : buffer.right) sample = next();
  return buffer;
}

inline audio::StereoBuffer sine(int frames, double hertz, double height, time::SampleRate rate) {
  audio::StereoBuffer buffer(frames);
  for (std::size_t n = 0; n < buffer.left.size(); ++n) {
    buffer.left[n] = buffer.right[n] =
        static_cast<float>(height * std::sin(2.0 * M_PI * hertz * static_cast<double>(n) / rate.hertz));
  }
  return buffer;
}

inline float peak_of(const std::vector<float>& plane) {
  float peak = 0.0f;
  for (const float sample : plane) peak = std::max(peak, std::abs(sample));
  return peak;
}

// The sum of the samples, each turned by the angle that a sine of `hertz` has come to by then: the spectrum there.
template <class Samples>
std::complex<double> spectrum_at(const Samples& samples, double hertz, time::SampleRate rate) {
  const std::complex<double> step = std::polar(1.0, -2.0 * M_PI * hertz / rate.hertz);
  std::complex<double> turn = 1.0;
  std::complex<double> sum = 0.0;
  for (const auto sample : samples) {
    sum += static_cast<double>(sample) * turn;
    turn *= step;
  }
  return sum;
}

inline double decibels(double x) { return 20.0 * std::log10(x); }

// The amplitude of a frequency in the samples from `start` on, which should span many periods; in dB.
inline double level_at(const std::vector<float>& plane, std::size_t start, double hertz, time::SampleRate rate) {
  std::vector<double> window(plane.begin() + static_cast<std::ptrdiff_t>(start), plane.end());
  const std::complex<double> step = std::polar(1.0, 2.0 * M_PI / static_cast<double>(window.size()));
  std::complex<double> turn = std::polar(1.0, M_PI / static_cast<double>(window.size()));
  for (double& sample : window) {
    sample *= 1.0 - turn.real();  // Hann's, which sums to the number of samples
    turn *= step;
  }
  return decibels(2.0 * std::abs(spectrum_at(window, hertz, rate)) / static_cast<double>(window.size()));
}

}  // namespace firn::devices::test
