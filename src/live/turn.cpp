#include "live/turn.hpp"

namespace firn::live {

using time::Beats;
using time::Frames;
using time::Run;

namespace {

// How often it has come back from the loop's end by then.
std::int64_t wraps_by(const Run& run, Frames at) {
  return at < run.first_wrap() ? 0 : (at - run.first_wrap()).count / run.loop()->length().count + 1;
}

}  // namespace

Turn turn(const Course& before, Frames at, const time::TempoMap& tempo, const std::optional<time::BeatRange>& loop,
          time::SampleRate rate) {
  const Frames position = before.run.from(at).position;
  const Beats beat = before.tempo->beats_at(position, rate);
  const auto course = [&](const time::TempoMap& map, Frames place) {
    std::optional<time::FrameRange> range;
    if (loop) range = time::FrameRange{map.frame_at(loop->start, rate), map.frame_at(loop->end, rate)};
    if (range && range->end <= place) range.reset();
    return Course{Run(before.run.start(), range, place - at), map};
  };
  const time::TempoMap joined = before.tempo->until(beat, tempo);
  // Both maps put what comes on the same frames of the run only if they are the same part of a frame apart.
  const Frames place = tempo.frame_at(beat, rate);
  const double off = joined.seconds_at(beat).count - time::seconds_of(position, rate).count;
  const double off_then = tempo.seconds_at(beat).count - time::seconds_of(place, rate).count;
  return {at, course(joined, position), course(tempo.later_by({off - off_then}), place)};
}

Frames moved(Frames end, const Course& before, const Turn& turn, time::SampleRate rate) {
  if (end <= turn.at || end == Frames::never()) return end;
  const Course& after = turn.soon.run.loop() ? turn.then : turn.soon;
  if (before.run.loop().has_value() != after.run.loop().has_value()) return Frames::never();
  if (!before.run.loop()) {
    const Beats beat = before.tempo->beats_at(before.run.from(end).position, rate);
    return after.tempo->frame_at(beat, rate) - after.run.shift();
  }
  // The end of a pass is not the start of the next: so it is the last frame that is looked for.
  const Frames last = end - Frames{1};
  const std::int64_t wraps = wraps_by(before.run, last) - wraps_by(before.run, turn.at);
  const Beats beat = before.tempo->beats_at(before.run.from(last).position + Frames{1}, rate);
  const Frames position = after.tempo->frame_at(beat, rate);
  return position - after.run.shift() + Frames{wraps * after.run.loop()->length().count};
}

}  // namespace firn::live
