// What every instrument of our own must hold, checked in its test. One thread.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include "devices/playing.hpp"

namespace firn::devices::testing {

using MakeInstrument = std::function<std::unique_ptr<Processor>(time::SampleRate)>;

// A phrase with chords, the pedal, bend, wheel and expression; all its notes have ended after two thirds of `frames`.
inline midi::EventList phrase(int frames) {
  midi::EventList events;
  const int end = frames * 2 / 3;
  for (int i = 0; i < 24; ++i) {
    const int at = i / 2 * (end / 14) + i % 3;
    const int key = 36 + (i * 7) % 36;
    events.push_back(note_on(at, key, 40 + i * 3));
    events.push_back(note_off(at + end / 14 + i * 5, key));
  }
  events.push_back(controller(end / 5, 64, 127));
  events.push_back(controller(end / 2, 64, 0));
  events.push_back(controller(end / 3, 1, 100));
  events.push_back(controller(end / 3 + 7, 11, 90));
  events.push_back(pitch_bend(end / 4, 10'000));
  std::stable_sort(events.begin(), events.end(), [](const midi::Event& a, const midi::Event& b) {
    return std::pair(a.at, a.kind) < std::pair(b.at, b.kind);
  });
  return events;
}

// Equal for any cut and from any position; it sounds, and is silent `tail` after its last note.
inline void check_instrument(const MakeInstrument& make, double tail_seconds) {
  for (const int hertz : {44'100, 48'000, 96'000}) {
    CAPTURE(hertz);
    const time::SampleRate rate{hertz};
    const int playing = hertz;
    const int frames = playing + static_cast<int>(tail_seconds * hertz) + 1;
    auto events = phrase(playing);
    for (const std::int64_t at : {0, 1'000'003, -77}) {
      CAPTURE(at);
      auto moved = events;
      for (midi::Event& event : moved) event.at += time::Frames{at};
      const auto with_cut = [&](Cut cut) {
        return play(*make(rate), moved, {.at = {at}, .frames = frames, .rate = rate, .cut = cut});
      };
      const auto reference = with_cut({.size = 8192});
      CHECK(peak_of(reference.view()) > 0.01f);
      CHECK(peak_of(reference.view()) < 4.0f);
      CHECK(peak_of(reference.view().part(frames - 1, 1)) == 0.0f);
      CHECK(with_cut({.size = 1}) == reference);
      CHECK(with_cut({.size = 512}) == reference);
      CHECK(with_cut({.size = 0, .seed = 3}) == reference);
    }
  }
}

// Nothing sounds before the frame of a note, and something soon after it.
inline void check_note_position(const MakeInstrument& make, int within) {
  const time::SampleRate rate{48'000};
  for (const int at : {0, 1, 15, 16, 17, 1000, 4097}) {
    CAPTURE(at);
    const auto out = play(*make(rate), {note_on(at, 60, 100)}, {.frames = 8192, .rate = rate});
    CHECK(peak_of(out.view().part(0, at)) == 0.0f);
    CHECK(peak_of(out.view().part(at, within)) > 0.0f);
  }
}

// The greatest step between two samples.
inline float roughness_of(audio::ConstStereoView view) {
  float most = 0.0f;
  for (int i = 1; i < view.frames; ++i) most = std::max(most, std::abs(view.left[i] - view.left[i - 1]));
  return most;
}

}  // namespace firn::devices::testing
