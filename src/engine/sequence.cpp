#include "engine/sequence.hpp"

#include <chrono>

namespace firn::engine {
namespace {

constexpr std::size_t roomy = 4096;  // events in a block, without an allocation

}  // namespace

Sequence::Sequence(Engine& engine, int longest, Measured measured)
    : engine_(engine),
      events_(engine.plan().steps.size()),
      signals_(engine.plan().steps.size()),
      taken_(measured == Measured::yes ? engine.plan().steps.size() : 0) {
  inputs_.reserve(signals_.size());
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    const bool makes_events = engine.makes_events(static_cast<int>(i));
    buffers_.emplace_back(makes_events ? 0 : longest);
    if (makes_events) events_[i].reserve(roomy);
  }
}

void Sequence::run(time::Frames clock, int frames) {
  using Clock = std::chrono::steady_clock;
  const auto& steps = engine_.plan().steps;
  Clock::time_point begin = taken_.empty() ? Clock::time_point() : Clock::now();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    inputs_.clear();
    for (const int input : steps[i].inputs) inputs_.push_back(signals_[static_cast<std::size_t>(input)]);
    Signal& out = signals_[i];
    out = Signal{};
    if (engine_.makes_events(static_cast<int>(i))) {
      events_[i].clear();
      out.events = &events_[i];
    } else {
      out.audio = buffers_[i].view().part(0, frames);
    }
    engine_.run(static_cast<int>(i), clock, frames, inputs_, out);
    if (taken_.empty()) continue;
    const Clock::time_point end = Clock::now();
    taken_[i].fetch_add(std::chrono::nanoseconds(end - begin).count(), std::memory_order_relaxed);
    begin = end;
  }
}

std::int64_t Sequence::nanoseconds(int step) const {
  return taken_.empty() ? 0 : taken_[static_cast<std::size_t>(step)].load(std::memory_order_relaxed);
}

}  // namespace firn::engine
