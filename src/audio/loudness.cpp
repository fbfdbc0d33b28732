#include "audio/loudness.hpp"

#include <ebur128.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <new>
#include <vector>

namespace firn::audio {
namespace {

struct DeleteMeter {
  void operator()(ebur128_state* meter) const { ebur128_destroy(&meter); }
};

constexpr int chunk_frames = 4096;

}  // namespace

struct LoudnessMeter::State {
  std::unique_ptr<ebur128_state, DeleteMeter> meter;
  int channels = 2;
  std::vector<float> interleaved;
};

LoudnessMeter::LoudnessMeter(time::SampleRate rate, int channels) : state_(std::make_unique<State>()) {
  assert(channels == 1 || channels == 2);
  const int modes = EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK;
  state_->meter.reset(ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(rate.hertz), modes));
  if (!state_->meter) throw std::bad_alloc();
  state_->channels = channels;
}

LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;

void LoudnessMeter::add(ConstStereoView view) {
  auto& interleaved = state_->interleaved;
  for (int start = 0; start < view.frames; start += chunk_frames) {
    const int end = std::min(view.frames, start + chunk_frames);
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

Loudness LoudnessMeter::loudness() const {
  ebur128_state* meter = state_->meter.get();
  Loudness loudness;
  ebur128_loudness_global(meter, &loudness.integrated);
  ebur128_loudness_range(meter, &loudness.range);
  double true_peak = 0.0;
  for (unsigned channel = 0; channel < static_cast<unsigned>(state_->channels); ++channel) {
    double peak = 0.0;
    ebur128_true_peak(meter, channel, &peak);
    true_peak = std::max(true_peak, peak);
    ebur128_sample_peak(meter, channel, &peak);
    loudness.sample_peak = std::max(loudness.sample_peak, peak);
  }
  loudness.true_peak = 20.0 * std::log10(true_peak);
  return loudness;
}

}  // namespace firn::audio
