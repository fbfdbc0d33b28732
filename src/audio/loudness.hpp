// LoudnessMeter: how loud a sound is as a whole, by EBU R 128: integrated loudness (ITU-R BS.1770-4) and loudness range (EBU Tech 3342) by
// libebur128; sample peak; and true peak (BS.1770-4). One thread at a time.
//
// The true peak is that of the sound at four times its rate, twice from 96 kHz on, as Resampler makes it, or the sample peak. libebur128's own,
// which oversamples as much with a filter of 49 taps, misses up to 1.3 dB of white noise, whose peaks lie where such a filter falls off; of music,
// hundredths.
#pragma once

#include <memory>

#include "audio/buffer.hpp"
#include "time/frames.hpp"

namespace firn::audio {

// Of silence, and of what is too short to measure (0.4 s), the first is -infinity and the range 0.
struct Loudness {
  double integrated = 0.0;   // LUFS
  double range = 0.0;        // LU
  double true_peak = 0.0;    // dBTP, -infinity for silence
  double sample_peak = 0.0;  // linear: 1 is full scale

  friend bool operator==(const Loudness&, const Loudness&) = default;
};

class LoudnessMeter {
 public:
  // `channels` is 1 (the left plane alone) or 2.
  explicit LoudnessMeter(time::SampleRate, int channels = 2);
  ~LoudnessMeter();
  LoudnessMeter(LoudnessMeter&&) noexcept;
  LoudnessMeter& operator=(LoudnessMeter&&) noexcept;

  void add(ConstStereoView);
  Loudness loudness();  // of all that was added: nothing may be, after it

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firn::audio
