// Transition: how what plays goes on when the project is edited: one plan becomes another, without a gap. Pure; any thread.
//
// A step of the new plan that is the same part of the project as one of the old (StepKey), and does the same, goes on as it: processors keep
// their state, tails ring on. Where such a step, or an output, hears something else than before, it hears a CrossFade from the one to
// the other, so a moved fader glides, and what comes and goes does so without a click. What only the old plan has runs until then.
#pragma once

#include <set>
#include <vector>

#include "plan/plan.hpp"

namespace firn::plan {

struct Transition {
  Plan plan;  // `to`, with its cross-fades, and what of `from` is heard in these; `to` itself if there are none
  std::vector<int> kept;  // by step of it: the step of `from` that goes on as it, or -1: it begins
  bool fades = false;
};

// Both are of one run and the same points, and of times that agree where the one follows the other. Steps of `from` that are `spent` don't go on: a plug-in that has failed.
Transition transition(const Plan& from, const Plan& to, const std::set<int>& spent = {});

// How late what enters each step is, for plan::Setup::least_lags of the plan that follows.
std::map<StepKey, time::Frames> lags_of(const Plan&);

// Is every device, and every end of a chain, that both have as much later in the one than in the other? Then there is the same between them.
bool is_in_step(const Plan&, const Plan&);

}  // namespace firn::plan
