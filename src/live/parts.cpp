#include "live/parts.hpp"

#include <algorithm>

namespace firn::live {

std::vector<Part> parts_of(const plan::Plan& plan) {
  std::vector<int> readers(plan.steps.size());
  for (const plan::Step& step : plan.steps) {
    for (const int input : step.inputs) ++readers[static_cast<std::size_t>(input)];
  }
  std::vector<Part> parts;
  std::vector<int> part_of(plan.steps.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    const auto input = step.inputs.size() == 1 ? static_cast<std::size_t>(step.inputs.front()) : plan.steps.size();
    const bool goes_with_input = input < plan.steps.size() && (!plan::is_device(step) || readers[input] == 1);
    if (!goes_with_input) {
      Part& part = parts.emplace_back();
      for (const int each : step.inputs) part.inputs.push_back(part_of[static_cast<std::size_t>(each)]);
      std::ranges::sort(part.inputs);
      part.inputs.erase(std::unique(part.inputs.begin(), part.inputs.end()), part.inputs.end());
    }
    part_of[i] = goes_with_input ? part_of[input] : static_cast<int>(parts.size()) - 1;
    Part& part = parts[static_cast<std::size_t>(part_of[i])];
    part.steps.push_back(static_cast<int>(i));
    part.is_heavy |= plan::is_device(step);
  }
  return parts;
}

}  // namespace firn::live
