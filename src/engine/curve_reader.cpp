#include "engine/curve_reader.hpp"

#include <cmath>

namespace firn::engine {

double amplitude_of(double decibels) { return std::pow(10.0, decibels / 20.0); }

CurveReader::Value CurveReader::at(time::Frames frame) noexcept {
  const auto& segments = curve_.segments;
  const auto starts_after = [&](std::size_t i) { return i < segments.size() && segments[i].start > frame; };
  const auto ends_before = [&](std::size_t i) { return i + 1 < segments.size() && segments[i + 1].start <= frame; };
  if (ends_before(segment_) && !ends_before(segment_ + 1)) ++segment_;
  if (starts_after(segment_) || ends_before(segment_)) segment_ = plan::segment_at(curve_, frame);

  const plan::Segment& segment = segments[segment_];
  if (frame < segment.start) {
    const double first = segment.from + (segment.to - segment.from) * plan::shape(segment.t0, segment.curve);
    return {first, false, {}, segment.start};
  }
  const bool last = segment_ + 1 == segments.size();
  const time::Frames until = last ? time::Frames::never() : segments[segment_ + 1].start;
  if (last || segment.constant()) return {segment.from, false, segment.start, until};
  const double share = plan::share_at(curve_, segment_, frame);
  return {segment.from + (segment.to - segment.from) * share, true, segment.start, until};
}

}  // namespace firn::engine
