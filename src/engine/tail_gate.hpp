// TailGate: where a chain's sound ends (SPEC C1), on absolute positions, the same in every driver. Audio thread.
//
// It passes its input. Once the input has ended and its declared tail has passed, it waits for a second under -120 dBFS and is zeros from
// there on, unless an edit puts that end off; at the limit after the end it fades out over 50 ms instead. For Ending::silent the second
// must be of zeros, and nothing is faded.
#pragma once

#include <optional>

#include "audio/audio_ref.hpp"
#include "base/image.hpp"
#include "engine/signal.hpp"
#include "plan/plan.hpp"

namespace firn::engine {

class TailGate {
 public:
  TailGate(const plan::Tail&, time::SampleRate);
  void run(time::Frames at, const Signal& in, Signal& out) noexcept;

  const audio::Ringing& heard() const { return heard_; }  // the end of what came in, once it is asleep
  bool asleep() const { return ended_at_.has_value(); }
  bool cut_short() const { return cut_short_; }  // it still sounded when the limit faded it out

  void save(base::ImageWriter&) const;
  void restore(base::ImageReader&);

 private:
  template <class Gate, class Image>
  static void visit(Gate&, Image&);

  float threshold_;        // what is below is not heard
  time::Frames patience_;  // a second
  time::Frames limit_;
  time::Frames fade_;
  time::Frames quiet_;
  std::optional<time::Frames> ended_at_;  // set: asleep
  audio::Ringing heard_;
  bool cut_short_ = false;
};

}  // namespace firn::engine
