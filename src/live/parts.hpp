// The parts of a plan that can run at a time. Any thread.
#pragma once

#include <vector>

#include "plan/plan.hpp"

namespace firn::live {

// Steps that run one after another; the first of them waits for other parts, all earlier ones.
struct Part {
  std::vector<int> steps;
  std::vector<int> inputs;  // parts, each once
  bool is_heavy = false;    // there is a device in it
};

// All steps, each once. What has one input goes with what makes that, if it is no device or alone to hear it.
std::vector<Part> parts_of(const plan::Plan&);

}  // namespace firn::live
