#include "plan/curve.hpp"

#include <algorithm>
#include <cassert>

namespace firn::plan {
namespace {

using document::Breakpoint;
using time::Beats;

// The positions strictly inside (from, to) at which the line between beats and frames bends.
std::vector<Beats> bends_between(Beats from, Beats to, const time::TempoMap& tempo) {
  constexpr Beats sixteenth = Beats::fraction(1, 4);
  std::vector<Beats> bends;
  const auto& points = tempo.tempos();
  const auto after = std::upper_bound(points.begin(), points.end(), from,
                                      [](Beats at, const time::TempoPoint& point) { return at < point.at; });
  for (auto point = after == points.begin() ? after : after - 1; point != points.end() && point->at < to; ++point) {
    if (point->at > from) bends.push_back(point->at);
    if (!point->ramp || point + 1 == points.end()) continue;
    const Beats end = std::min((point + 1)->at, to);
    for (Beats at = std::max(point->at, from) + sixteenth; at < end; at += sixteenth) bends.push_back(at);
  }
  return bends;
}

void append(Curve& curve, Segment segment) {
  auto& segments = curve.segments;
  while (!segments.empty() && segments.back().start >= segment.start) segments.pop_back();
  const bool repeats =
      !segments.empty() && segments.back().constant() && segment.constant() && segments.back().from == segment.from;
  if (!repeats) segments.push_back(segment);
}

}  // namespace

Curve constant_curve(double value) {
  Curve curve;
  curve.segments.front().from = curve.segments.front().to = value;
  return curve;
}

Curve curve_of(const std::vector<Breakpoint>& points, const time::TempoMap& tempo, time::SampleRate rate) {
  assert(!points.empty());
  Curve curve;
  curve.segments.clear();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Breakpoint& point = points[i];
    const bool last = i + 1 == points.size();
    Segment segment{tempo.frame_at(point.at, rate), point.value, point.value, 0.0, 1.0, 0.0};
    if (!last && !point.hold && points[i + 1].at > point.at) {
      segment.to = points[i + 1].value;
      segment.curve = point.curve;
      const double length = static_cast<double>((points[i + 1].at - point.at).ticks);
      for (const Beats bend :
           segment.constant() ? std::vector<Beats>{} : bends_between(point.at, points[i + 1].at, tempo)) {
        segment.t1 = static_cast<double>((bend - point.at).ticks) / length;
        append(curve, segment);
        segment.t0 = segment.t1;
        segment.start = tempo.frame_at(bend, rate);
      }
      segment.t1 = 1.0;
    }
    append(curve, segment);
  }
  return curve;
}

double shape(double t, double curve) {
  if (curve == 0.0) return t;
  return t / (t + (1.0 - t) * ((1.0 + curve) / (1.0 - curve)));
}

std::size_t segment_at(const Curve& curve, time::Frames at) {
  const auto after = std::upper_bound(curve.segments.begin(), curve.segments.end(), at,
                                      [](time::Frames frame, const Segment& segment) { return frame < segment.start; });
  return after == curve.segments.begin() ? 0 : static_cast<std::size_t>(after - curve.segments.begin()) - 1;
}

double share_at(const Curve& curve, std::size_t index, time::Frames at) {
  const Segment& segment = curve.segments[index];
  if (index + 1 == curve.segments.size() || at <= segment.start) return shape(segment.t0, segment.curve);
  const double length = static_cast<double>((curve.segments[index + 1].start - segment.start).count);
  const double done = static_cast<double>((at - segment.start).count) / length;
  return shape(segment.t0 + (segment.t1 - segment.t0) * done, segment.curve);
}

}  // namespace firn::plan
