#include "time/tempo_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "time/logarithm.hpp"

namespace firn::time {
namespace {

constexpr double slowest_bpm = 1.0;
constexpr double fastest_bpm = 10'000.0;
constexpr double furthest_tick = 4.6e18;

std::int64_t whole(double ticks) {
  return static_cast<std::int64_t>(std::clamp(std::floor(ticks + 0.5), -furthest_tick, furthest_tick));
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::int64_t ticks_of_beat(const TimeSignature& signature) {
  return 4 * Beats::ticks_per_quarter / signature.denominator;
}

std::int64_t ticks_of_bar(const TimeSignature& signature) { return signature.numerator * ticks_of_beat(signature); }

// The tempo between two points, `x` quarters after the first.
struct Segment {
  double bpm = 120.0;  // at its start
  double slope = 0.0;  // bpm per quarter; 0 where the tempo holds

  double seconds_after(double x) const {
    const double flat = 60.0 * x / bpm;
    return slope == 0.0 ? flat : flat * log1p_ratio(slope * x / bpm);
  }
  double quarters_after(double seconds) const {
    const double flat = bpm * seconds / 60.0;
    return slope == 0.0 ? flat : flat * expm1_ratio(slope * seconds / 60.0);
  }
};

Segment segment_of(const std::vector<TempoPoint>& points, std::size_t i) {
  const TempoPoint& from = points[i];
  if (!from.ramp || i + 1 == points.size()) return {from.bpm, 0.0};
  const TempoPoint& to = points[i + 1];
  return {from.bpm, (to.bpm - from.bpm) / (to.at - from.at).in_quarters()};
}

// The index of the last element at or before `at`; of the first where `at` lies before it.
template <class Element>
std::size_t index_at(const std::vector<Element>& elements, Beats at) {
  const auto after = std::upper_bound(elements.begin(), elements.end(), at,
                                      [](Beats place, const Element& element) { return place < element.at; });
  return after == elements.begin() ? 0 : static_cast<std::size_t>(after - elements.begin()) - 1;
}

template <class Value>
std::size_t index_at(const std::vector<Value>& sorted, Value value) {
  const auto after = std::upper_bound(sorted.begin(), sorted.end(), value);
  return after == sorted.begin() ? 0 : static_cast<std::size_t>(after - sorted.begin()) - 1;
}

bool is_denominator(int value) { return value >= 1 && value <= 64 && (value & (value - 1)) == 0; }

// What is wrong with the order of positions, or nothing.
template <class Element>
std::string fault_of_order(const std::vector<Element>& elements, std::string_view what) {
  if (elements.empty()) return fmt::format("A tempo map needs a {} at beat 0, and has none.", what);
  if (elements.front().at != Beats{}) {
    return fmt::format("The first {} is at beat {}; it must be at beat 0.", what, elements.front().at.in_quarters());
  }
  for (std::size_t i = 1; i < elements.size(); ++i) {
    if (elements[i].at <= elements[i - 1].at) {
      return fmt::format("The {} at beat {} does not come after the one before it, at beat {}.", what,
                         elements[i].at.in_quarters(), elements[i - 1].at.in_quarters());
    }
  }
  return {};
}

}  // namespace

TempoMap::TempoMap() : tempos_{TempoPoint{}}, signatures_{TimeSignature{}}, seconds_{0.0}, bars_{1} {}

base::Result<TempoMap> TempoMap::make(std::vector<TempoPoint> tempos, std::vector<TimeSignature> signatures) {
  const auto usage = base::ErrorKind::usage;
  if (auto fault = fault_of_order(tempos, "tempo"); !fault.empty()) return base::fail(usage, fault);
  if (auto fault = fault_of_order(signatures, "time signature"); !fault.empty()) return base::fail(usage, fault);
  for (const auto& point : tempos) {
    if (!(point.bpm >= slowest_bpm && point.bpm <= fastest_bpm)) {
      return base::fail(usage, fmt::format("The tempo at beat {} is {} bpm; it must be from 1 to 10000 bpm.",
                                           point.at.in_quarters(), point.bpm));
    }
  }
  for (const auto& signature : signatures) {
    if (signature.numerator < 1 || signature.numerator > 255 || !is_denominator(signature.denominator)) {
      return base::fail(usage,
                        fmt::format("The time signature at beat {} is {}/{}; it must be 1 to 255 over 1, 2, 4, 8, "
                                    "16, 32 or 64.",
                                    signature.at.in_quarters(), signature.numerator, signature.denominator));
    }
  }
  TempoMap map;
  map.tempos_ = std::move(tempos);
  map.signatures_ = std::move(signatures);
  map.measure();
  return map;
}

void TempoMap::measure() {
  seconds_.resize(1);
  seconds_.reserve(tempos_.size());
  for (std::size_t i = 1; i < tempos_.size(); ++i) {
    const double quarters = (tempos_[i].at - tempos_[i - 1].at).in_quarters();
    seconds_.push_back(seconds_.back() + segment_of(tempos_, i - 1).seconds_after(quarters));
  }
  bars_.resize(1);
  for (std::size_t i = 1; i < signatures_.size(); ++i) {
    const std::int64_t ticks = (signatures_[i].at - signatures_[i - 1].at).ticks;
    const std::int64_t bar = ticks_of_bar(signatures_[i - 1]);
    bars_.push_back(bars_.back() + (ticks + bar - 1) / bar);
  }
}

TempoMap TempoMap::until(Beats at, const TempoMap& next) const {
  std::vector<TempoPoint> points;
  for (const TempoPoint& point : tempos_) {
    if (point.at < at) points.push_back(point);
  }
  // A ramp goes on as it would have gone, up to the tick before.
  const Beats last = at - Beats{1};
  if (!points.empty() && points.back().ramp) {
    if (points.back().at < last) {
      points.push_back({last, bpm_at(last)});
    } else {
      points.back().ramp = false;
    }
  }
  const std::size_t first = index_at(next.tempos_, at);
  points.push_back({at, next.bpm_at(at), next.tempos_[first].ramp});
  points.insert(points.end(), next.tempos_.begin() + static_cast<std::ptrdiff_t>(first) + 1, next.tempos_.end());
  TempoMap map = *this;
  map.tempos_ = std::move(points);
  map.signatures_ = next.signatures_;
  map.measure();
  return map;
}

TempoMap TempoMap::later_by(Seconds time) const {
  TempoMap map = *this;
  for (double& each : map.seconds_) each += time.count;
  return map;
}

Seconds TempoMap::seconds_at(Beats at) const {
  const std::size_t i = index_at(tempos_, at);
  const double x = (at - tempos_[i].at).in_quarters();
  const Segment segment = x < 0.0 ? Segment{tempos_[i].bpm, 0.0} : segment_of(tempos_, i);
  const double seconds = seconds_[i] + segment.seconds_after(x);
  return {i + 1 < seconds_.size() ? std::min(seconds, seconds_[i + 1]) : seconds};
}

Frames TempoMap::frame_at(Beats at, SampleRate rate) const { return frames_of(seconds_at(at), rate); }

Beats TempoMap::beats_at(Seconds at) const {
  const std::size_t i = index_at(seconds_, at.count);
  const double seconds = at.count - seconds_[i];
  const Segment segment = seconds < 0.0 ? Segment{tempos_[i].bpm, 0.0} : segment_of(tempos_, i);
  const double ticks = segment.quarters_after(seconds) * static_cast<double>(Beats::ticks_per_quarter);
  const Beats beats = tempos_[i].at + Beats{whole(ticks)};
  return i + 1 < tempos_.size() ? std::min(beats, tempos_[i + 1].at) : beats;
}

Beats TempoMap::beats_at(Frames at, SampleRate rate) const {
  const Beats beats = beats_at(seconds_of(at, rate));
  const Frames found = frame_at(beats, rate);
  // Where a tick is nearly as long as a frame the nearest tick can round into the next frame; its neighbour does not.
  if (found < at && frame_at(beats + Beats{1}, rate) == at) return beats + Beats{1};
  if (found > at && frame_at(beats - Beats{1}, rate) == at) return beats - Beats{1};
  return beats;
}

double TempoMap::bpm_at(Beats at) const {
  const std::size_t i = index_at(tempos_, at);
  if (at < tempos_[i].at) return tempos_[i].bpm;
  return tempos_[i].bpm + segment_of(tempos_, i).slope * (at - tempos_[i].at).in_quarters();
}

TimeSignature TempoMap::signature_at(Beats at) const { return signatures_[index_at(signatures_, at)]; }

MusicalPosition TempoMap::position_of(Beats at) const {
  const std::size_t i = index_at(signatures_, at);
  const TimeSignature& signature = signatures_[i];
  const std::int64_t ticks = (at - signature.at).ticks;
  const std::int64_t bars = floor_div(ticks, ticks_of_bar(signature));
  const std::int64_t in_bar = ticks - bars * ticks_of_bar(signature);
  const std::int64_t in_beat = in_bar % ticks_of_beat(signature);
  const std::int64_t sixteenth = Beats::ticks_per_quarter / 4;
  return {bars_[i] + bars, in_bar / ticks_of_beat(signature) + 1, in_beat / sixteenth + 1, Beats{in_beat % sixteenth}};
}

Beats TempoMap::start_of_bar(std::int64_t bar) const {
  const std::size_t i = index_at(bars_, bar);
  return signatures_[i].at + Beats{(bar - bars_[i]) * ticks_of_bar(signatures_[i])};
}

Beats TempoMap::bar_at_or_before(Beats at) const { return start_of_bar(position_of(at).bar); }

Beats TempoMap::bar_at_or_after(Beats at) const {
  const std::int64_t bar = position_of(at).bar;
  return start_of_bar(bar) == at ? at : start_of_bar(bar + 1);
}

}  // namespace firn::time
