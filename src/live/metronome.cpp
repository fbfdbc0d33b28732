#include "live/metronome.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace firn::live {

using time::Beats;
using time::Frames;

namespace {

constexpr time::Seconds click_length{0.03};
constexpr double low = 1000.0;   // hertz
constexpr double high = 1500.0;  // where a bar begins
constexpr double level = 0.25;

double beat_frames(const time::TempoMap& tempo, time::SampleRate rate, Frames position) {
  const Beats at = tempo.beats_at(position, rate);
  return 60.0 / tempo.bpm_at(at) * rate.hertz * 4.0 / tempo.signature_at(at).denominator;
}

}  // namespace

Metronome::Metronome(time::SampleRate rate)
    : rate_(rate), length_(static_cast<int>(time::frames_of(click_length, rate).count)), age_(length_) {}

Metronome::Beat Metronome::beat_from(const time::TempoMap& tempo, Frames position) const {
  const Beats bar = tempo.bar_at_or_before(tempo.beats_at(position, rate_));
  const Beats next_bar = tempo.bar_at_or_after({bar.ticks + 1});
  const Beats beat = Beats::fraction(4, tempo.signature_at(bar).denominator);
  for (Beats at = bar; at < next_bar; at += beat) {
    const Frames frame = tempo.frame_at(at, rate_);
    if (frame >= position) return {frame, at == bar};
  }
  return {tempo.frame_at(next_bar, rate_), true};
}

void Metronome::begin(bool is_first) {
  frequency_ = is_first ? high : low;
  age_ = 0;
}

void Metronome::sound(audio::StereoView out) {
  for (int i = 0; i < out.frames && age_ < length_; ++i, ++age_) {
    const double fall = 1.0 - static_cast<double>(age_) / length_;
    const double phase = 2.0 * std::numbers::pi * frequency_ * age_ / rate_.hertz;
    const auto sample = static_cast<float>(level * fall * fall * std::cos(phase));
    out.left[i] += sample;
    out.right[i] += sample;
  }
}

void Metronome::add(const time::TempoMap& tempo, const time::Run& run, Frames at, audio::StereoView out) {
  time::for_each_stretch(run, at, out.frames, [&](const time::Stretch& stretch, int offset) {
    auto rest = out.part(offset, static_cast<int>(stretch.frames.count));
    for (Frames position = stretch.position; rest.frames > 0;) {
      const Beat beat = beat_from(tempo, position);
      if (beat.at == position) begin(beat.is_first);
      // The next beat is not this one.
      const Frames next = beat.at == position ? beat_from(tempo, position + Frames{1}).at : beat.at;
      const auto frames = static_cast<int>(std::min<std::int64_t>(rest.frames, (next - position).count));
      sound(rest.part(0, frames));
      rest = rest.part(frames, rest.frames - frames);
      position += Frames{frames};
    }
  });
}

Frames Metronome::count_in(const time::TempoMap& tempo, time::SampleRate rate, Frames position, int bars) {
  const int beats = bars * tempo.signature_at(tempo.beats_at(position, rate)).numerator;
  return {std::llround(beats * beat_frames(tempo, rate, position))};
}

void Metronome::add_count_in(const time::TempoMap& tempo, Frames position, Frames left, audio::StereoView out) {
  const double beat = beat_frames(tempo, rate_, position);
  const int in_bar = tempo.signature_at(tempo.beats_at(position, rate_)).numerator;
  for (int i = 0; i < out.frames; ++i) {
    // The nearest beat before the position, counted backwards from it.
    const std::int64_t before = left.count - i;
    const auto number = static_cast<std::int64_t>(std::floor((static_cast<double>(before) + 0.5) / beat));
    if (before == std::llround(static_cast<double>(number) * beat)) begin(number % in_bar == 0);
    sound(out.part(i, 1));
  }
}

}  // namespace firn::live
