#include "live/tape.hpp"

#include <algorithm>

namespace firn::live {

using time::FrameRange;
using time::Frames;

Tape::Tape(FrameRange range, int room)
    : start_(range.start), end_(range.end.count), ring_(range.start, room), taken_(range.start) {}

void Tape::write(Frames at, audio::ConstStereoView samples) {
  // A few blocks at a time: what was owed for long is much.
  write_zeros(std::min<std::int64_t>({owed_, ring_.room(), 4 * std::int64_t{samples.frames}}));
  const Frames next = ring_.written() + Frames{owed_};
  const auto first = static_cast<int>(std::clamp<std::int64_t>((next - at).count, 0, samples.frames));
  const Frames end{end_.load(std::memory_order_relaxed)};
  const auto last = static_cast<int>(std::clamp<std::int64_t>((end - at).count, first, samples.frames));
  const int fits = owed_ > 0 ? 0 : std::min(last - first, ring_.room());
  ring_.write(samples.part(first, fits));
  if (fits == last - first) return;
  note_dropout({at + Frames{first + fits}, at + Frames{last}});
  owed_ += last - first - fits;
}

void Tape::write_zeros(std::int64_t count) {
  constexpr std::array<float, 256> zeros{};
  for (; count > 0; count -= std::ssize(zeros)) {
    const auto frames = static_cast<int>(std::min<std::int64_t>(count, std::ssize(zeros)));
    ring_.write({zeros.data(), zeros.data(), frames});
    owed_ -= frames;
  }
}

void Tape::end_at(Frames end) {
  if (end_.load(std::memory_order_relaxed) != Frames::never().count) return;
  const std::int64_t earliest = (ring_.written() + Frames{owed_}).count;
  end_.store(std::max(end.count, earliest), std::memory_order_release);
}

void Tape::note_dropout(FrameRange range) {
  const std::int64_t start = std::max(range.start, start_).count;
  const std::int64_t end = std::min(range.end.count, end_.load(std::memory_order_relaxed));
  if (end <= start) return;
  const std::size_t count = dropout_count_.load(std::memory_order_relaxed);
  if (count > 0) {
    Dropout& last = dropouts_[count - 1];
    if (start <= last.end.load(std::memory_order_relaxed) || count == dropouts_.size()) {
      last.end.store(std::max(end, last.end.load(std::memory_order_relaxed)), std::memory_order_release);
      return;
    }
  }
  dropouts_[count].start.store(start, std::memory_order_relaxed);
  dropouts_[count].end.store(end, std::memory_order_relaxed);
  dropout_count_.store(count + 1, std::memory_order_release);
}

int Tape::take(audio::StereoView out) {
  const std::int64_t there = (ring_.written() - taken_).count;
  const auto frames = static_cast<int>(std::min<std::int64_t>(there, out.frames));
  engine::Signal signal;
  signal.audio = out.part(0, frames);
  ring_.read(taken_, signal);
  ring_.let_go();
  taken_ += Frames{frames};
  return frames;
}

bool Tape::is_full() const { return ring_.written().count >= end_.load(std::memory_order_acquire); }

std::vector<FrameRange> Tape::dropouts() const {
  std::vector<FrameRange> all;
  const std::size_t count = dropout_count_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back({Frames{dropouts_[i].start.load(std::memory_order_relaxed)} - start_,
                   Frames{dropouts_[i].end.load(std::memory_order_acquire)} - start_});
  }
  return all;
}

}  // namespace firn::live
