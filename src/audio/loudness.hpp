// LoudnessMeter: how loud a sound is as a whole, by EBU R 128 (libebur128): integrated loudness (ITU-R BS.1770-4), loudness
// range (EBU Tech 3342), true peak (BS.1770-4, four times oversampled below 96 kHz) and sample peak. One thread at a time.
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
  Loudness loudness() const;  // of all that was added so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firn::audio
