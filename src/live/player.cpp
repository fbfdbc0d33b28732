#include "live/player.hpp"

#include <algorithm>
#include <cmath>

#include "audio/denormals.hpp"

namespace firn::live {

using time::Frames;

Player::Player(time::SampleRate rate)
    : rate_(rate), fade_frames_(static_cast<int>(time::frames_of({0.01}, rate).count)) {}

Player::~Player() {
  tidy();
  delete next_.exchange(nullptr);
}

void Player::play(std::unique_ptr<Performance> performance, const Start& start) {
  tidy();
  auto change = std::make_unique<Change>();
  change->start = start;
  if (performance && (start.clicks || performance->count_in() > Frames{}))
    change->metronome = std::make_unique<Metronome>(rate_);
  if (performance) performance->end_at(start.end);
  change->performance = std::move(performance);
  delete next_.exchange(change.release(), std::memory_order_acq_rel);
}

void Player::stop() { play(nullptr); }

void Player::tidy() {
  for (auto& done : done_) delete done.exchange(nullptr, std::memory_order_acquire);
}

Player::Status Player::status() const {
  return {plays_.load(std::memory_order_acquire), has_ended_.load(std::memory_order_acquire),
          Frames{heard_.load(std::memory_order_acquire)}};
}

float Player::take_peak() { return peak_.exchange(0.0f, std::memory_order_relaxed); }

void Player::process(audio::StereoView out, const Incoming& incoming, bool gap) {
  const audio::FlushDenormals flush;
  if (gap && now_) now_->note_gap();
  for (int done = 0; done < out.frames;) done += process_part(out.part(done, out.frames - done), incoming.from(done));
}

// What plays goes on for 10 ms, falling; then the next.
void Player::change_over() {
  if (next_.load(std::memory_order_relaxed) == nullptr) return;
  if (now_ && fading_ == 0) fading_ = fade_frames_ + 1;
  if (fading_ > 1) return;
  const auto is_free = [](const auto& place) { return place.load(std::memory_order_relaxed) == nullptr; };
  const auto place = std::ranges::find_if(done_, is_free);
  if (place == done_.end()) return;  // the control thread makes room before it hands over one more
  Change* change = next_.exchange(nullptr, std::memory_order_acq_rel);
  std::swap(now_, change->performance);
  std::swap(metronome_, change->metronome);
  start_ = change->start;
  place->store(change, std::memory_order_release);
  fading_ = 0;
  has_ended_.store(false, std::memory_order_release);
  plays_.store(now_ != nullptr, std::memory_order_release);
}

// Main's first frames belong before the start, and before the count-in.
void Player::click(Frames heard, audio::StereoView out) {
  const auto frames_before = [&](Frames frame) {
    return static_cast<int>(std::clamp<std::int64_t>((frame - heard).count, 0, out.frames));
  };
  const time::TempoMap& tempo = *now_->plan().tempo;
  const int early = frames_before(now_->start() - now_->count_in());
  const int before = frames_before(now_->start());
  const Frames left = now_->start() - heard - Frames{early};
  if (before > early) metronome_->add_count_in(tempo, now_->start(), left, out.part(early, before - early));
  if (start_.clicks)
    metronome_->add(tempo, now_->plan().run(), heard + Frames{before}, out.part(before, out.frames - before));
}

int Player::process_part(audio::StereoView out, const Incoming& incoming) {
  change_over();
  const Frames end = now_ ? now_->end() : Frames{};
  const bool is_past_end = now_ && now_->heard() >= end;
  const bool is_over = is_past_end && now_->is_recorded();
  if (is_over) has_ended_.store(true, std::memory_order_release);
  if (!now_ || is_over) {
    fading_ = std::min(fading_, 1);
    audio::clear(out);
    return out.frames;
  }
  int frames = std::min(out.frames, now_->longest_block());
  if (!is_past_end) frames = static_cast<int>(std::min<std::int64_t>(frames, (end - now_->heard()).count));
  if (fading_ > 1) frames = std::min(frames, fading_ - 1);
  const Frames first = now_->heard();
  now_->run(frames, incoming);
  if (is_past_end) {
    audio::clear(out.part(0, frames));  // what is recorded has a longer way than Main
  } else {
    audio::copy(now_->main().audio, out.part(0, frames));
    if (metronome_ && now_->heard() > first)
      click(first, out.part(0, frames));  // else it was late, and they come again
  }
  float peak = peak_.load(std::memory_order_relaxed);
  for (int i = 0; i < frames; ++i) {
    if (fading_ > 1) {
      const float gain = static_cast<float>(--fading_) / static_cast<float>(fade_frames_ + 1);
      out.left[i] *= gain;
      out.right[i] *= gain;
    }
    peak = std::max({peak, std::abs(out.left[i]), std::abs(out.right[i])});
  }
  peak_.store(peak, std::memory_order_relaxed);
  heard_.store(std::min(now_->heard(), end).count, std::memory_order_release);
  if (end == Frames::never() && now_->has_ended()) has_ended_.store(true, std::memory_order_release);
  return frames;
}

}  // namespace firn::live
