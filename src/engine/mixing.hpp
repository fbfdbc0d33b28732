// The mixer's arithmetic: sums in 64 bits, faders with constant-power pan, sends. Audio thread.
#pragma once

#include <optional>

#include "engine/curve_reader.hpp"
#include "engine/signal.hpp"
#include "plan/plan.hpp"
#include "time/run.hpp"

namespace firn::engine {

struct PanGains {
  double left = 1.0;
  double right = 1.0;
};

// Constant power (sine), 0 dB at the centre, +3 dB at a side (SPEC A6): sqrt(2) cos and sin of (pan + 1) pi / 4.
PanGains pan_gains_of(double pan);

// Adds the inputs, each times its gain, in their order. Ends when the last of them has.
void sum(Inputs, Signal& out) noexcept;

// A track's fader: volume, pan, activator, each sample by itself where one of them moves. Where nothing does and `out` may point, it
// only says its gains; so do sends.
class Fader {
 public:
  explicit Fader(const plan::Mix&);
  void run(const time::Run&, time::Frames at, const Signal& in, Signal& out) noexcept;

 private:
  PanGains gains_at(time::Frames, time::Frames& until, bool& moving) noexcept;

  CurveReader volume_;
  CurveReader pan_;
  CurveReader activator_;
  double panned_ = 0.0;            // the pan of
  PanGains sides_;                 // these
  std::optional<PanGains> still_;  // what it comes to, where nothing moves
};

class SendGain {
 public:
  explicit SendGain(const plan::SendLevel&);
  void run(const time::Run&, time::Frames at, const Signal& in, Signal& out) noexcept;

 private:
  PanGains gains_at(time::Frames, time::Frames& until, bool& moving) noexcept;

  CurveReader level_;
  CurveReader activator_;
  std::optional<PanGains> still_;
};

// From one stream to another, straight on over its length; exactly the one before, the other after, and where both are the same, that.
class CrossFader {
 public:
  explicit CrossFader(const plan::CrossFade& work) : length_(work.length) {}
  void begin(time::Frames at) { from_ = at; }
  time::Frames length() const { return length_; }
  void run(time::Frames at, const Signal& before, const Signal& after, Signal& out) noexcept;

 private:
  time::Frames from_ = time::Frames::never();
  time::Frames length_;
};

}  // namespace firn::engine
