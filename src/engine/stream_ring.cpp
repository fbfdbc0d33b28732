#include "engine/stream_ring.hpp"

#include <algorithm>
#include <bit>

namespace firn::engine {

using time::Frames;

// Calls visit(place, done, frames) for each piece of the ring that holds a part of `frames` frames from `at` on.
template <class Visit>
void StreamRing::for_each_piece(std::int64_t at, int frames, Visit&& visit) {
  for (int done = 0; done < frames;) {
    const auto place = static_cast<int>((at + done) & mask_);
    const int piece = std::min(frames - done, ring_.frames() - place);
    visit(place, done, piece);
    done += piece;
  }
}

StreamRing::StreamRing(Frames start, int capacity)
    : ring_(static_cast<int>(std::bit_ceil(static_cast<unsigned>(capacity)))),
      mask_(ring_.frames() - 1),
      from_(start.count),
      written_(start.count),
      read_(start.count),
      was_read_(start) {}

int StreamRing::room() const {
  const std::int64_t ahead = written_.load(std::memory_order_relaxed) - read_.load(std::memory_order_acquire);
  return static_cast<int>(std::clamp<std::int64_t>(ring_.frames() - ahead, 0, ring_.frames()));
}

void StreamRing::write(audio::ConstStereoView samples) {
  const std::int64_t at = written_.load(std::memory_order_relaxed);
  for_each_piece(at, samples.frames, [&](int place, int done, int frames) {
    audio::copy(samples.part(done, frames), ring_.view().part(place, frames));
  });
  written_.store(at + samples.frames, std::memory_order_release);
}

audio::StereoView StreamRing::place(int frames) {
  const auto first = static_cast<int>(written_.load(std::memory_order_relaxed) & mask_);
  if (room() < frames || first + frames > ring_.frames()) return {};
  return ring_.view().part(first, frames);
}

void StreamRing::let_in(int frames) {
  written_.store(written_.load(std::memory_order_relaxed) + frames, std::memory_order_release);
}

void StreamRing::go_on(Frames from) {
  from_.store(from.count, std::memory_order_release);
  written_.store(from.count, std::memory_order_release);
  ended_.store(false, std::memory_order_release);
}

void StreamRing::note_end(Frames ended_at, Frames tail) {
  tail_.store(tail.count, std::memory_order_relaxed);
  ended_at_.store(ended_at.count, std::memory_order_release);
}

void StreamRing::end() { ended_.store(true, std::memory_order_release); }

void StreamRing::read(Frames at, Signal& out) {
  const std::int64_t end = at.count + out.audio.frames;
  const bool ended = ended_.load(std::memory_order_acquire);
  const std::int64_t written = written_.load(std::memory_order_acquire);
  const std::int64_t from = from_.load(std::memory_order_acquire);
  const auto there = static_cast<int>(std::clamp<std::int64_t>(written - at.count, 0, out.audio.frames));
  const auto early = static_cast<int>(std::clamp<std::int64_t>(from - at.count, 0, there));
  const auto place = static_cast<int>(at.count & mask_);
  if (out.may_point && there == out.audio.frames && early == 0 && place + there <= ring_.frames()) {
    out.audio = ring_.view().part(place, there);
    fetch(static_cast<int>(end & mask_), there);
  } else {
    audio::clear(out.audio.part(0, early));
    for_each_piece(at.count + early, there - early, [&](int piece, int done, int frames) {
      audio::copy(ring_.view().part(piece, frames), out.audio.part(early + done, frames));
    });
    audio::clear(out.audio.part(there, out.audio.frames - there));
  }
  was_read_ = Frames{end};
  out.silent = there == 0;
  out.ended_at = Frames{ended_at_.load(std::memory_order_acquire)};
  out.tail = Frames{tail_.load(std::memory_order_relaxed)};
  if (there < out.audio.frames && !ended) missed_.fetch_add(out.audio.frames - there, std::memory_order_relaxed);
}

// What is read next, into this core's cache.
void StreamRing::fetch(int place, int frames) const {
  constexpr int line = 64 / sizeof(float);
  const audio::ConstStereoView next = ring_.view();
  for (int i = place; i < std::min(place + frames, ring_.frames()); i += line) {
    __builtin_prefetch(next.left + i);
    __builtin_prefetch(next.right + i);
  }
}

bool StreamRing::is_ready(Frames until) const {
  return ended_.load(std::memory_order_acquire) || written_.load(std::memory_order_acquire) >= until.count;
}

}  // namespace firn::engine
