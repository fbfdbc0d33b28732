#include "live/read_ahead.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "audio/denormals.hpp"

namespace firn::live {

using time::Frames;

namespace {

constexpr int chunk = 512;                           // frames made at a time: little, so that all tracks begin soon
constexpr auto rest = std::chrono::milliseconds(2);  // while all rings are full

}  // namespace

struct ReadAhead::Line {
  Line(Track made, engine::Sequence::Measured measured)
      : track(std::move(made)),
        sequence(*track.engine, chunk, measured),
        output(track.engine->plan().outputs.front().step),
        lag(track.engine->plan().steps[static_cast<std::size_t>(output)].lag),
        clock(track.engine->plan().start) {}

  Track track;
  engine::Sequence sequence;
  int output;
  Frames lag;
  Frames clock;
  std::atomic<std::int64_t> frames_made{0};
  bool busy = false;  // with mutex_
};

ReadAhead::ReadAhead(std::vector<Track> tracks, int threads, engine::Sequence::Measured measured) {
  for (Track& track : tracks) lines_.push_back(std::make_unique<Line>(std::move(track), measured));
  const int count = std::min(threads, static_cast<int>(lines_.size()));
  for (int i = 0; i < count; ++i) threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

ReadAhead::~ReadAhead() = default;

bool ReadAhead::is_ready(Frames until) const {
  return std::ranges::all_of(lines_, [&](const auto& line) {
    const engine::StreamRing& ring = *line->track.ring;
    return ring.is_ready(until) || ring.room() < chunk;
  });
}

std::int64_t ReadAhead::missed() const {
  std::int64_t missed = 0;
  for (const auto& line : lines_) missed += line->track.ring->missed();
  return missed;
}

std::vector<base::Error> ReadAhead::faults() const {
  std::vector<base::Error> faults;
  for (const auto& line : lines_) {
    if (auto fault = line->track.engine->fault()) faults.push_back(std::move(*fault));
  }
  return faults;
}

std::vector<Load> ReadAhead::loads() const {
  std::vector<Load> loads;
  for (const auto& line : lines_)
    loads.push_back(
        load_of(line->sequence, line->track.engine->plan(), line->track.id, Frames{line->frames_made.load()}));
  return loads;
}

void ReadAhead::work(const std::stop_token& stop) {
  const audio::FlushDenormals flush;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    Line* line = next_line();
    if (line == nullptr) {
      wake_.wait_for(lock, stop, rest, [] { return false; });
      continue;
    }
    line->busy = true;
    lock.unlock();
    make_more(*line);
    lock.lock();
    line->busy = false;
  }
}

ReadAhead::Line* ReadAhead::next_line() {
  Line* found = nullptr;
  for (const auto& line : lines_) {
    const engine::StreamRing& ring = *line->track.ring;
    if (line->busy || ring.has_ended() || ring.room() < chunk) continue;
    if (found == nullptr || ring.room() > found->track.ring->room()) found = line.get();
  }
  return found;
}

void ReadAhead::make_more(Line& line) {
  line.sequence.run(line.clock, chunk);
  const engine::Signal& made = line.sequence.signal(line.output);
  const Frames at = line.clock - line.lag;
  line.clock += Frames{chunk};
  line.frames_made.fetch_add(chunk, std::memory_order_relaxed);
  // The first frames belong before the start; behind the end there are only zeros.
  engine::StreamRing& ring = *line.track.ring;
  const Frames end = std::min(at + Frames{chunk}, made.ended_at);
  audio::ConstStereoView part = made.audio.part(0, 0);
  if (end > ring.written()) {
    const auto first = static_cast<int>((ring.written() - at).count);
    part = made.audio.part(first, static_cast<int>((end - ring.written()).count));
    ring.write(part);
  }
  const bool is_last = made.ended_at <= at + Frames{chunk};
  if (is_last) ring.end();
  if (line.track.keep && !line.track.engine->fault()) line.track.keep(part, is_last);
}

}  // namespace firn::live
