// Curve: one automated value along the timeline, in frames: breakpoints after the tempo map has been applied. Any thread.
#pragma once

#include <vector>

#include "document/automation.hpp"
#include "time/frames.hpp"
#include "time/tempo_map.hpp"

namespace firn::plan {

// Lasts until the next segment starts; the last one holds `from`. It is a stretch of an original segment between two
// breakpoints (document::Breakpoint): from its share t0 to its share t1. `from` and `to` are the breakpoints' values, so that
// the engine can map them (dB to amplitude, a unit to a knob) before it interpolates.
struct Segment {
  time::Frames start;
  double from = 0.0;
  double to = 0.0;
  double t0 = 0.0;
  double t1 = 1.0;
  double curve = 0.0;

  bool constant() const { return from == to; }
  friend bool operator==(const Segment&, const Segment&) = default;
};

// Never empty; before the first segment its value at t0 holds. Starts are strictly ascending.
struct Curve {
  std::vector<Segment> segments{Segment{}};

  bool constant() const { return segments.size() == 1; }
  friend bool operator==(const Curve&, const Curve&) = default;
};

Curve constant_curve(double value);

// Breakpoints sorted by position; `points` not empty. Where the tempo is steady a segment is one Segment; it is cut at
// tempo changes, and every sixteenth note inside a tempo ramp.
Curve curve_of(const std::vector<document::Breakpoint>& points, const time::TempoMap&, time::SampleRate);

// The share of the way from `from` to `to` at share t of the segment; the formula is document::Breakpoint's.
double shape(double t, double curve);

// Which segment holds at a frame; and the share of its way that is done there.
std::size_t segment_at(const Curve&, time::Frames);
double share_at(const Curve&, std::size_t segment, time::Frames);

}  // namespace firn::plan
