#include "engine/sequence.hpp"

namespace firn::engine {
namespace {

constexpr std::size_t roomy = 4096;  // events in a block, without an allocation

}  // namespace

Sequence::Sequence(Engine& engine, int longest)
    : engine_(engine), events_(engine.plan().steps.size()), signals_(engine.plan().steps.size()) {
  inputs_.reserve(signals_.size());
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    const bool makes_events = engine.makes_events(static_cast<int>(i));
    buffers_.emplace_back(makes_events ? 0 : longest);
    if (makes_events) events_[i].reserve(roomy);
  }
}

void Sequence::run(time::Frames clock, int frames) {
  const auto& steps = engine_.plan().steps;
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
  }
}

}  // namespace firn::engine
