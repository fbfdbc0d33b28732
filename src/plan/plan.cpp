#include "plan/plan.hpp"

#include <algorithm>

namespace firn::plan {
namespace {

using time::Frames;

const Step& step_at(const Plan& plan, int index) { return plan.steps[static_cast<std::size_t>(index)]; }

int append(Plan& plan, decltype(Step::work) work, std::vector<int> inputs, Frames lag, std::string name) {
  plan.steps.push_back(Step{std::move(work), std::move(inputs), lag, std::move(name)});
  return static_cast<int>(plan.steps.size()) - 1;
}

}  // namespace

bool is_device(const Step& step) { return std::holds_alternative<Process>(step.work); }

bool has_devices(const Plan& plan) { return std::ranges::any_of(plan.steps, is_device); }

Plan needed(Plan plan) {
  std::vector<int> places(plan.steps.size(), -1);  // by step; -1: not needed
  for (const Output& output : plan.outputs) places[static_cast<std::size_t>(output.step)] = 0;
  for (std::size_t i = places.size(); i-- > 0;) {
    if (places[i] < 0) continue;
    for (const int input : plan.steps[i].inputs) places[static_cast<std::size_t>(input)] = 0;
  }
  std::vector<Step> steps;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] < 0) continue;
    places[i] = static_cast<int>(steps.size());
    for (int& input : plan.steps[i].inputs) input = places[static_cast<std::size_t>(input)];
    steps.push_back(std::move(plan.steps[i]));
  }
  plan.steps = std::move(steps);
  for (Output& output : plan.outputs) output.step = places[static_cast<std::size_t>(output.step)];
  return plan;
}

Plan summed(Plan plan) {
  Frames lag;
  for (const Output& output : plan.outputs) lag = std::max(lag, step_at(plan, output.step).lag);
  std::vector<int> inputs;
  for (const Output& output : plan.outputs) {
    const Frames missing = lag - step_at(plan, output.step).lag;
    inputs.push_back(missing == Frames{} ? output.step : append(plan, Delay{missing}, {output.step}, lag, "Delay"));
  }
  const int sum = append(plan, Sum{}, std::move(inputs), lag, "Sum");
  plan.outputs.resize(std::min<std::size_t>(plan.outputs.size(), 1));
  for (Output& output : plan.outputs) output.step = sum;
  return plan;
}

namespace {

Frames last_event_of(const Step& step) {
  if (const auto* midi = std::get_if<PlayEvents>(&step.work))
    return midi->events->empty() ? Frames{} : midi->events->back().at;
  Frames last;
  if (const auto* audio = std::get_if<PlayAudio>(&step.work)) {
    for (const AudioSpan& span : audio->spans) last = std::max(last, std::min(span.start + span.length, audio->stop));
  }
  return last;
}

}  // namespace

Frames last_event_of(const Plan& plan) {
  Frames last;
  for (const Step& step : plan.steps) last = std::max(last, last_event_of(step));
  return last;
}

Frames last_event_of(const Plan& plan, const Output& output) {
  std::vector<bool> is_behind(plan.steps.size());
  is_behind[static_cast<std::size_t>(output.step)] = true;
  Frames last;
  for (std::size_t i = plan.steps.size(); i-- > 0;) {
    if (!is_behind[i]) continue;
    last = std::max(last, last_event_of(plan.steps[i]));
    for (const int input : plan.steps[i].inputs) is_behind[static_cast<std::size_t>(input)] = true;
  }
  return last;
}

}  // namespace firn::plan
