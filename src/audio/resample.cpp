#include "audio/resample.hpp"

#include <soxr.h>

#include <algorithm>
#include <cassert>
#include <new>

namespace firn::audio {
namespace {

struct DeleteSoxr {
  void operator()(soxr* converter) const { soxr_delete(converter); }
};

}  // namespace

time::Frames resampled(time::Frames frames, time::SampleRate from, time::SampleRate to) {
  return {(2 * frames.count * to.hertz + from.hertz) / (2 * from.hertz)};
}

struct Resampler::State {
  time::SampleRate from;
  time::SampleRate to;
  std::unique_ptr<soxr, DeleteSoxr> converter;  // none for equal rates
  time::Frames taken;
  time::Frames given;
  StereoBuffer chunk{4096};

  // Without an input (nullptr) the last of the sound comes out.
  void convert(const ConstStereoView* input, StereoBuffer& output) {
    std::size_t used = 0;
    while (true) {
      const float* in[] = {input ? input->left + used : nullptr, input ? input->right + used : nullptr};
      float* out[] = {chunk.left.data(), chunk.right.data()};
      const std::size_t left = input ? static_cast<std::size_t>(input->frames) - used : 0;
      std::size_t taken_now = 0;
      std::size_t made = 0;
      const soxr_error_t error =
          soxr_process(converter.get(), input ? in : nullptr, left, &taken_now, out, chunk.left.size(), &made);
      assert(!error);
      if (error) return;
      used += taken_now;
      give(chunk.view().part(0, static_cast<int>(made)), output);
      if (made == 0 && taken_now == left) return;
    }
  }

  void give(ConstStereoView more, StereoBuffer& output) {
    output.append(more);
    given.count += more.frames;
  }
};

Resampler::Resampler(time::SampleRate from, time::SampleRate to) : state_(std::make_unique<State>()) {
  state_->from = from;
  state_->to = to;
  if (from == to) return;
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_error_t error = nullptr;
  state_->converter.reset(soxr_create(from.hertz, to.hertz, 2, &error, &io, &quality, &runtime));
  if (!state_->converter) throw std::bad_alloc();
}

Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

void Resampler::process(ConstStereoView input, StereoBuffer& to) {
  state_->taken.count += input.frames;
  if (!state_->converter) {
    state_->give(input, to);
  } else if (input.frames > 0) {  // none would mean the end
    state_->convert(&input, to);
  }
}

void Resampler::finish(StereoBuffer& to) {
  if (!state_->converter) return;
  if (state_->taken.count > 0) state_->convert(nullptr, to);
  const time::Frames total = resampled(state_->taken, state_->from, state_->to);
  const auto frames = static_cast<std::size_t>(to.frames() + (total - state_->given).count);
  to.left.resize(frames);
  to.right.resize(frames);
  state_->given = total;
}

}  // namespace firn::audio
