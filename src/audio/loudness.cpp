#include "audio/loudness.hpp"

#include <ebur128.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <new>
#include <utility>
#include <vector>

#include "audio/resample.hpp"

namespace firn::audio {
namespace {

struct DeleteMeter {
  void operator()(ebur128_state* meter) const { ebur128_destroy(&meter); }
};

constexpr int metered_frames = 4096;

time::SampleRate oversampled(time::SampleRate rate) {
  return {rate.hertz * (rate.hertz < 96'000 ? 4 : rate.hertz < 192'000 ? 2 : 1)};
}

}  // namespace

struct LoudnessMeter::State {
  std::unique_ptr<ebur128_state, DeleteMeter> meter;
  int channels = 2;
  std::vector<float> interleaved;
  Resampler oversampler;
  StereoBuffer oversampled;
  float between = 0.0f;  // the highest of the oversampled sound, so far
  bool ended = false;

  void take_oversampled() {
    for (const auto* side : {&oversampled.left, &oversampled.right}) {
      for (const float sample : *side) between = std::max(between, std::abs(sample));
    }
    oversampled.left.clear();
    oversampled.right.clear();
  }
};

LoudnessMeter::LoudnessMeter(time::SampleRate rate, int channels) {
  assert(channels == 1 || channels == 2);
  const int modes = EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_SAMPLE_PEAK;
  decltype(State::meter) meter(
      ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(rate.hertz), modes));
  if (!meter) throw std::bad_alloc();
  state_ = std::make_unique<State>(State{std::move(meter), channels, {}, Resampler(rate, oversampled(rate)), {}});
}

LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;

void LoudnessMeter::add(ConstStereoView view) {
  assert(!state_->ended);
  state_->oversampler.process({view.left, state_->channels == 2 ? view.right : view.left, view.frames},
                              state_->oversampled);
  state_->take_oversampled();
  auto& interleaved = state_->interleaved;
  for (int start = 0; start < view.frames; start += metered_frames) {
    const int end = std::min(view.frames, start + metered_frames);
    interleaved.clear();
    for (int i = start; i < end; ++i) {
      interleaved.push_back(view.left[i]);
      if (state_->channels == 2) interleaved.push_back(view.right[i]);
    }
    const int error =
        ebur128_add_frames_float(state_->meter.get(), interleaved.data(), static_cast<std::size_t>(end - start));
    if (error == EBUR128_ERROR_NOMEM) throw std::bad_alloc();
  }
}

Loudness LoudnessMeter::loudness() {
  if (!std::exchange(state_->ended, true)) {
    state_->oversampler.finish(state_->oversampled);
    state_->take_oversampled();
  }
  ebur128_state* meter = state_->meter.get();
  Loudness loudness;
  ebur128_loudness_global(meter, &loudness.integrated);
  ebur128_loudness_range(meter, &loudness.range);
  for (unsigned channel = 0; channel < static_cast<unsigned>(state_->channels); ++channel) {
    double peak = 0.0;
    ebur128_sample_peak(meter, channel, &peak);
    loudness.sample_peak = std::max(loudness.sample_peak, peak);
  }
  loudness.true_peak = 20.0 * std::log10(std::max(loudness.sample_peak, static_cast<double>(state_->between)));
  return loudness;
}

}  // namespace firn::audio
