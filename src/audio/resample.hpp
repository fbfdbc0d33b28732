// Resampler: streams stereo audio from one sample rate to another, at very high quality (libsoxr, linear phase, 28 bits),
// without delay: what is heard at a moment of the input is heard at that moment of the output. One thread at a time.
#pragma once

#include <functional>
#include <memory>

#include "audio/buffer.hpp"
#include "time/frames.hpp"

namespace firn::audio {

// round(frames * to / from), halves up.
time::Frames resampled(time::Frames, time::SampleRate from, time::SampleRate to);

// Gives resampled(frames in) frames; the same for any way to cut the input into parts. Equal rates pass through, bit for bit.
// Peaks above 1 are kept.
class Resampler {
 public:
  Resampler(time::SampleRate from, time::SampleRate to);
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  // Both append what is ready to `to`; less or more than the input's share may be, and finish gives the rest, once.
  void process(ConstStereoView, StereoBuffer& to);
  void finish(StereoBuffer& to);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same for who asks for sound, at high quality (20 bits), late by what the filter takes to look ahead. Made on any thread.
class PullResampler {
 public:
  // fill(out) gives the source's next frames, at most `longest` of them. It is asked for some at once, which are not heard: from then on
  // pull() allocates nothing for at most `longest` frames.
  using Fill = std::function<void(StereoView)>;
  PullResampler(time::SampleRate from, time::SampleRate to, int longest, Fill fill);
  ~PullResampler();
  PullResampler(const PullResampler&) = delete;
  PullResampler& operator=(const PullResampler&) = delete;

  void pull(StereoView out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firn::audio
