// CurveReader: the value of a plan's curve at any frame, on the audio thread.
#pragma once

#include <vector>

#include "plan/curve.hpp"
#include "time/frames.hpp"

namespace firn::engine {

double amplitude_of(double decibels);  // exactly 1 at 0 dB, 0 at -inf

class CurveReader {
 public:
  // `map` turns the breakpoints' values into those that are interpolated: dB into amplitude, a unit into a knob's way.
  template <class Map>
  CurveReader(plan::Curve curve, Map&& map) : curve_(std::move(curve)) {
    for (auto& segment : curve_.segments) {
      segment.from = map(segment.from);
      segment.to = map(segment.to);
    }
  }

  struct Value {
    double value = 0.0;
    bool moving = false;  // it differs from sample to sample
    time::Frames since;   // this segment starts here
    time::Frames until;   // the next segment starts here
  };

  // Quickest when asked in order.
  Value at(time::Frames) noexcept;

 private:
  plan::Curve curve_;
  std::size_t segment_ = 0;
};

}  // namespace firn::engine
