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
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    auto& inputs = inputs_.emplace_back();
    for (const int input : engine.plan().steps[i].inputs) inputs.push_back(&signals_[static_cast<std::size_t>(input)]);
    const bool makes_events = engine.makes_events(static_cast<int>(i));
    makes_events_.push_back(makes_events);
    buffers_.emplace_back(makes_events ? 0 : longest);
    if (makes_events) events_[i].reserve(roomy);
  }
}

void Sequence::run(time::Frames clock, int frames, const Placed& placed) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin = taken_.empty() ? Clock::time_point() : Clock::now();
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    Signal& out = signals_[i];
    out = Signal{};
    out.may_point = true;
    if (makes_events_[i] != 0) {
      events_[i].clear();
      out.events = &events_[i];
    } else {
      out.audio = static_cast<int>(i) == placed.step ? placed.samples : buffers_[i].view().part(0, frames);
    }
    engine_.run(static_cast<int>(i), clock, frames, inputs_[i], out);
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
