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
  for (int i = 0; i < static_cast<int>(signals_.size()); ++i) run_step(i, clock, frames, placed);
}

void Sequence::run_step(int step, time::Frames clock, int frames, const Placed& placed) {
  using Clock = std::chrono::steady_clock;
  const auto i = static_cast<std::size_t>(step);
  const Clock::time_point begin = taken_.empty() ? Clock::time_point() : Clock::now();
  Signal& out = signals_[i];
  out = Signal{};
  out.may_point = true;
  if (makes_events_[i] != 0) {
    events_[i].clear();
    out.events = &events_[i];
  } else {
    out.audio = step == placed.step ? placed.samples : buffers_[i].view().part(0, frames);
  }
  engine_.run(step, clock, frames, inputs_[i], out);
  if (!taken_.empty())
    taken_[i].fetch_add(std::chrono::nanoseconds(Clock::now() - begin).count(), std::memory_order_relaxed);
}

std::int64_t Sequence::nanoseconds(int step) const {
  return taken_.empty() ? 0 : taken_[static_cast<std::size_t>(step)].load(std::memory_order_relaxed);
}

}  // namespace firn::engine
