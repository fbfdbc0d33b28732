#include "audio/resample.hpp"

#include <soxr.h>

#include <algorithm>
#include <cassert>
#include <new>
#include <vector>

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

// Left and right in turn: in 0.1.3, soxr_output() goes astray where the channels are apart.
struct PullResampler::State {
  Fill fill;
  StereoBuffer filled;
  std::vector<float> in;   // of `filled`
  std::vector<float> out;  // what is pulled, as many frames
  std::unique_ptr<soxr, DeleteSoxr> converter;

  static std::size_t give(void* self, soxr_in_t* data, std::size_t wanted) {
    auto& state = *static_cast<State*>(self);
    const auto most = static_cast<std::size_t>(state.filled.frames());
    const auto part = state.filled.view().part(0, static_cast<int>(std::min(wanted, most)));
    state.fill(part);
    for (int i = 0; i < part.frames; ++i) {
      state.in[2 * static_cast<std::size_t>(i)] = part.left[i];
      state.in[2 * static_cast<std::size_t>(i) + 1] = part.right[i];
    }
    *data = state.in.data();
    return static_cast<std::size_t>(part.frames);
  }
};

PullResampler::PullResampler(time::SampleRate from, time::SampleRate to, int longest, Fill fill)
    : state_(std::make_unique<State>()) {
  state_->fill = std::move(fill);
  state_->filled = StereoBuffer(longest);
  state_->in.resize(2 * static_cast<std::size_t>(longest));
  state_->out.resize(2 * static_cast<std::size_t>(longest));
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_error_t error = nullptr;
  state_->converter.reset(soxr_create(from.hertz, to.hertz, 2, &error, &io, &quality, &runtime));
  if (!state_->converter) throw std::bad_alloc();
  error = soxr_set_input_fn(state_->converter.get(), &State::give, state_.get(), static_cast<std::size_t>(longest));
  assert(!error);
  // Its buffers grow to what they need.
  StereoBuffer unheard(longest);
  for (int i = 0; i < 4; ++i) pull(unheard.view());
}

PullResampler::~PullResampler() = default;

void PullResampler::pull(StereoView out) {
  constexpr int most_idle = 100;  // calls that take in more and give nothing yet
  int idle = 0;
  const auto most = static_cast<int>(state_->out.size() / 2);
  for (int done = 0; done < out.frames;) {
    const auto wanted = static_cast<std::size_t>(std::min(out.frames - done, most));
    const auto made = static_cast<int>(soxr_output(state_->converter.get(), state_->out.data(), wanted));
    if (made == 0 && ++idle > most_idle) return clear(out.part(done, out.frames - done));
    for (int i = 0; i < made; ++i) {
      out.left[done + i] = state_->out[2 * static_cast<std::size_t>(i)];
      out.right[done + i] = state_->out[2 * static_cast<std::size_t>(i) + 1];
    }
    done += made;
  }
}

}  // namespace firn::audio
