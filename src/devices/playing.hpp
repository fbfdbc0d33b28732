// Running a processor in tests: over a stretch of the timeline, cut into blocks in a chosen way. One thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "audio/buffer.hpp"
#include "devices/processor.hpp"
#include "midi/event.hpp"

namespace firn::devices::testing {

// How a run is cut: into blocks of a size, or, for 0, of random sizes from 1 to 700.
struct Cut {
  int size = 512;
  std::uint32_t seed = 1;
};

struct Run {
  time::Frames at{};
  int frames = 0;
  time::SampleRate rate{};
  Cut cut{};
  const time::TempoMap* tempo = nullptr;
};

// Calls `block(offset, frames)` for each block of the run.
template <class Each>
void for_each_block(const Run& run, Each&& each) {
  std::minstd_rand random(run.cut.seed);
  for (int done = 0; done < run.frames;) {
    const int wanted = run.cut.size > 0 ? run.cut.size : static_cast<int>(random() % 700) + 1;
    const int count = std::min(wanted, run.frames - done);
    each(done, count);
    done += count;
  }
}

// The events of [from, from + frames).
inline std::span<const midi::Event> events_in(const midi::EventList& events, time::Frames from, int frames) {
  const auto before = [](const midi::Event& event, std::int64_t at) { return event.at.count < at; };
  const auto first = std::lower_bound(events.begin(), events.end(), from.count, before);
  const auto last = std::lower_bound(first, events.end(), from.count + frames, before);
  return {first, last};
}

// What an instrument makes of `events`.
inline audio::StereoBuffer play(Processor& instrument, const midi::EventList& events, const Run& run) {
  audio::StereoBuffer out(run.frames);
  for_each_block(run, [&](int offset, int frames) {
    Block block;
    block.at = run.at + time::Frames{offset};
    block.frames = frames;
    block.tempo = run.tempo;
    block.rate = run.rate;
    block.events = events_in(events, block.at, frames);
    block.out = out.view().part(offset, frames);
    instrument.process(block);
  });
  return out;
}

// What a MIDI effect makes of `events`.
inline midi::EventList transform(Processor& effect, const midi::EventList& events, const Run& run) {
  midi::EventList all;
  std::vector<midi::Event> out;
  out.reserve(4096);
  for_each_block(run, [&](int offset, int frames) {
    out.clear();
    Block block;
    block.at = run.at + time::Frames{offset};
    block.frames = frames;
    block.tempo = run.tempo;
    block.rate = run.rate;
    block.events = events_in(events, block.at, frames);
    block.events_out = &out;
    effect.process(block);
    all.insert(all.end(), out.begin(), out.end());
  });
  return all;
}

inline midi::Event note_on(std::int64_t at, int key, int velocity) {
  return {{at}, midi::EventKind::note_on, static_cast<std::uint8_t>(key), static_cast<std::uint16_t>(velocity)};
}

inline midi::Event note_off(std::int64_t at, int key) {
  return {{at}, midi::EventKind::note_off, static_cast<std::uint8_t>(key), 64};
}

inline midi::Event controller(std::int64_t at, int number, int value) {
  return {{at}, midi::EventKind::controller, static_cast<std::uint8_t>(number), static_cast<std::uint16_t>(value)};
}

inline midi::Event pitch_bend(std::int64_t at, int value) {
  return {{at}, midi::EventKind::pitch_bend, 0, static_cast<std::uint16_t>(value)};
}

inline float peak_of(audio::ConstStereoView view) {
  float peak = 0.0f;
  for (int i = 0; i < view.frames; ++i) peak = std::max({peak, std::abs(view.left[i]), std::abs(view.right[i])});
  return peak;
}

// The settings of a built-in device with some parameters set: {{"gain", -6.0}}.
inline Settings settings_of(std::string_view type, std::initializer_list<std::pair<std::string_view, double>> values) {
  const DeviceType* found = find_type(type);
  Settings settings = default_settings(*found);
  for (const auto& [name, value] : values) {
    settings.values[static_cast<std::size_t>(index_of(*found, name))] = value;
  }
  return settings;
}

}  // namespace firn::devices::testing
