#include "plan/trail.hpp"

#include <algorithm>
#include <cassert>

#include "plan/hashing.hpp"

namespace firn::plan {
namespace {

using base::Digest;
using base::Hasher;
using time::FrameRange;
using time::Frames;

bool moves(const Curve& curve) {
  return std::any_of(curve.segments.begin(), curve.segments.end(),
                     [](const Segment& segment) { return !segment.constant(); });
}

// ---- What holds all along ----

void add_fixed(Hasher& hash, const Process& work, const time::TempoMap& tempo) {
  add_device(hash, work);
  hash.number(work.facts.latency.count).number(work.settings.has_side_chain ? 1 : 0);
  hash.number(static_cast<std::int64_t>(work.automated.size()));
  // One segment that moves, wherever it is, has the whole curve read along the knob.
  for (const auto& automated : work.automated) hash.number(automated.index).number(moves(automated.curve) ? 1 : 0);
  hash.number(work.on ? 1 : 0);
  // A device may look ahead on the tempo map, to the next step of its rhythm: all of it counts.
  hash.number(uses_tempo(work) ? 1 : 0);
  if (uses_tempo(work)) hash.digest(digest_of(tempo));
}
void add_fixed(Hasher& hash, const Delay& work, const time::TempoMap&) { hash.number(work.frames.count); }
void add_fixed(Hasher& hash, const Tail& work, const time::TempoMap&) { add(hash, work); }
template <class Work>
void add_fixed(Hasher&, const Work&, const time::TempoMap&) {}

// ---- What matters to a stretch of the timeline ----

void add_part(Hasher& hash, const Curve& curve, FrameRange range) {
  const auto& segments = curve.segments;
  for (std::size_t i = segment_at(curve, range.start); i < segments.size(); ++i) {
    if (i > 0 && segments[i].start >= range.end) break;
    add(hash, segments[i]);
    // Where a moving segment ends says how fast it moves.
    const bool is_moving = i + 1 < segments.size() && !segments[i].constant();
    hash.number(is_moving ? segments[i + 1].start.count : -1);
  }
  hash.text("end");
}

void add_part(Hasher& hash, const PlayEvents& work, FrameRange range) {
  const auto before = [](const midi::Event& event, Frames frame) { return event.at < frame; };
  const auto first = std::lower_bound(work.events->begin(), work.events->end(), range.start, before);
  const auto last = std::lower_bound(first, work.events->end(), range.end, before);
  add(hash, std::span(first, last));
}

void add_part(Hasher& hash, const PlayAudio& work, FrameRange range) {
  for (const AudioSpan& span : work.spans) {
    const Frames end = std::min(span.start + span.length, work.stop);
    if (span.start >= range.end || end <= range.start) continue;
    AudioSpan seen = span;
    seen.length = std::min(end, range.end) - span.start;
    const bool fades_out = span.length - span.fade_out < seen.length;
    if (!fades_out) seen.fade_out = {};
    add(hash, seen);
    hash.number(fades_out ? span.length.count : -1);
  }
}

void add_part(Hasher& hash, const Process& work, FrameRange range) {
  for (const auto& automated : work.automated) add_part(hash, automated.curve, range);
  if (work.on) add_part(hash, *work.on, range);
}

void add_part(Hasher& hash, const Mix& work, FrameRange range) {
  for (const Curve* curve : {&work.volume, &work.pan, &work.activator}) add_part(hash, *curve, range);
}

void add_part(Hasher& hash, const SendLevel& work, FrameRange range) {
  for (const Curve* curve : {&work.level, &work.activator}) add_part(hash, *curve, range);
}

template <class Work>
void add_part(Hasher&, const Work&, FrameRange) {}

// ---- Where the last change is ----

Frames last_change(const Curve& curve) { return curve.segments.back().start; }

Frames last_change(const PlayEvents& work) { return work.events->empty() ? Frames{} : work.events->back().at; }

Frames last_change(const PlayAudio& work) {
  Frames last;
  for (const AudioSpan& span : work.spans) last = std::max(last, std::min(span.start + span.length, work.stop));
  return last;
}

Frames last_change(const Process& work) {
  Frames last;
  for (const auto& automated : work.automated) last = std::max(last, last_change(automated.curve));
  return work.on ? std::max(last, last_change(*work.on)) : last;
}

Frames last_change(const Mix& work) {
  return std::max({last_change(work.volume), last_change(work.pan), last_change(work.activator)});
}

Frames last_change(const SendLevel& work) { return std::max(last_change(work.level), last_change(work.activator)); }

template <class Work>
Frames last_change(const Work&) {
  return {};
}

// Of a source: as the engine's players say it.
Frames end_of(const PlayEvents& work) { return work.events->empty() ? Frames{} : work.events->back().at + Frames{1}; }
Frames end_of(const PlayAudio& work) { return work.ringing ? work.ringing->ended_at : last_change(work); }
template <class Work>
Frames end_of(const Work&) {
  return {};
}

std::optional<audio::Ringing> ringing_of(const Step& step) {
  const auto* audio = std::get_if<PlayAudio>(&step.work);
  return audio ? audio->ringing : std::nullopt;
}

Digest joined(const Digest& first, const Digest& second) {
  Hasher hash;
  return hash.digest(first).digest(second).finish();
}

}  // namespace

Trail::Trail(const Plan& plan, Frames every)
    : plan_(plan), every_(every), own_(plan.steps.size()), before_(plan.steps.size()), after_(plan.steps.size()) {
  assert(every > Frames{});
  for (std::size_t i = 0; i < own_.size(); ++i) measure(own_[i], plan.steps[i]);
  for (const OwnWork& own : own_) last_point_ = std::max(last_point_, own.changes_until);
}

void Trail::measure(OwnWork& own, const Step& step) const {
  const auto* device = std::get_if<Process>(&step.work);
  own.lag = device ? step.lag - device->facts.latency : step.lag;
  Hasher hash;
  hash.number(static_cast<std::int64_t>(step.work.index())).number(own.lag.count);
  std::visit([&](const auto& work) { add_fixed(hash, work, *plan_.tempo); }, step.work);
  own.fixed = hash.finish();
  own.ended_at = std::visit([](const auto& work) { return end_of(work); }, step.work);
  const Frames last = std::max(std::visit([](const auto& work) { return last_change(work); }, step.work), own.ended_at);
  own.changes_until = std::max<std::int64_t>((last + own.lag - plan_.start).count, 0) / every_.count + 1;
}

// What a step does from its first frame on: the first section reaches back to all that was before it.
FrameRange Trail::section(const OwnWork& own, std::int64_t index) const {
  const auto at = [&](std::int64_t point) { return plan_.start + Frames{point * every_.count} - own.lag; };
  return {index == 0 ? Frames{} - Frames::never() : at(index), at(index + 1)};
}

Digest Trail::work_in(int step, std::int64_t index) {
  OwnWork& own = own_[static_cast<std::size_t>(step)];
  const std::int64_t known = std::min(index, own.changes_until);
  for (auto next = static_cast<std::int64_t>(own.sections.size()); next <= known; ++next) {
    const FrameRange range = section(own, next);
    Hasher hash;
    std::visit([&](const auto& work) { add_part(hash, work, range); },
               plan_.steps[static_cast<std::size_t>(step)].work);
    own.sections.push_back(hash.finish());
  }
  return own.sections[static_cast<std::size_t>(known)];
}

Digest Trail::work_before(int step, std::int64_t point) {
  OwnWork& own = own_[static_cast<std::size_t>(step)];
  if (own.until.empty()) own.until.emplace_back();
  while (static_cast<std::int64_t>(own.until.size()) <= point) {
    const auto next = static_cast<std::int64_t>(own.until.size()) - 1;
    own.until.push_back(joined(own.until.back(), work_in(step, next)));
  }
  return own.until[static_cast<std::size_t>(point)];
}

Digest Trail::work_after(int step, std::int64_t point) {
  OwnWork& own = own_[static_cast<std::size_t>(step)];
  if (own.from.empty()) {
    own.from.resize(static_cast<std::size_t>(own.changes_until) + 1);
    own.from.back() = work_in(step, own.changes_until);
    for (std::int64_t at = own.changes_until; at-- > 0;)
      own.from[static_cast<std::size_t>(at)] = joined(work_in(step, at), own.from[static_cast<std::size_t>(at) + 1]);
  }
  return own.from[static_cast<std::size_t>(std::min(point, own.changes_until))];
}

// Until then nothing behind a stream asks where it ends, nor how long it rings.
bool Trail::has_ended(int index, std::int64_t point) const {
  const Step& step = plan_.steps[static_cast<std::size_t>(index)];
  const OwnWork& own = own_[static_cast<std::size_t>(index)];
  if (std::holds_alternative<Sum>(step.work)) {
    return std::all_of(step.inputs.begin(), step.inputs.end(), [&](int input) { return has_ended(input, point); });
  }
  if (!step.inputs.empty()) return has_ended(step.inputs.front(), point);
  return own.ended_at < plan_.start + Frames{point * every_.count} - own.lag;
}

Digest Trail::before(int index, std::int64_t point) {
  auto& known = before_[static_cast<std::size_t>(index)];
  if (static_cast<std::int64_t>(known.size()) <= point) known.resize(static_cast<std::size_t>(point) + 1);
  if (const Digest& digest = known[static_cast<std::size_t>(point)]) return digest;
  const Step& step = plan_.steps[static_cast<std::size_t>(index)];
  const OwnWork& own = own_[static_cast<std::size_t>(index)];
  Hasher hash;
  hash.number(point).digest(own.fixed).digest(work_before(index, point));
  const bool ended = has_ended(index, point);
  hash.number(ended ? 1 : 0);
  if (ended) {
    hash.number(own.ended_at.count);
    if (const auto ringing = ringing_of(step)) hash.number(ringing->tail.count);
    if (const auto* device = std::get_if<Process>(&step.work)) hash.number(device->facts.tail.count);
  }
  hash.number(static_cast<std::int64_t>(step.inputs.size()));
  for (const int input : step.inputs) hash.digest(before(input, point));
  return before_[static_cast<std::size_t>(index)][static_cast<std::size_t>(point)] = hash.finish();
}

Digest Trail::after(int index, std::int64_t point) {
  auto& known = after_[static_cast<std::size_t>(index)];
  if (static_cast<std::int64_t>(known.size()) <= point) known.resize(static_cast<std::size_t>(point) + 1);
  if (const Digest& digest = known[static_cast<std::size_t>(point)]) return digest;
  const Step& step = plan_.steps[static_cast<std::size_t>(index)];
  const OwnWork& own = own_[static_cast<std::size_t>(index)];
  Hasher hash;
  hash.number(point).digest(own.fixed).digest(work_after(index, point)).number(own.ended_at.count);
  if (const auto ringing = ringing_of(step)) hash.number(ringing->tail.count);
  if (const auto* device = std::get_if<Process>(&step.work)) hash.number(device->facts.tail.count);
  hash.number(static_cast<std::int64_t>(step.inputs.size()));
  for (const int input : step.inputs) hash.digest(after(input, point));
  return after_[static_cast<std::size_t>(index)][static_cast<std::size_t>(point)] = hash.finish();
}

}  // namespace firn::plan
