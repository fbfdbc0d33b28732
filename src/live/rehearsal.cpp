#include "live/rehearsal.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "plan/transition.hpp"

namespace firn::live {

using time::Frames;

namespace {

constexpr std::chrono::seconds patience{60};

bool has_step(const plan::Plan& plan, const plan::StepKey& key) {
  return std::ranges::find(plan.steps, key, &plan::Step::key) != plan.steps.end();
}

}  // namespace

base::Result<void> Rehearsal::follow(const Wanted& wanted, const plan::Plan& mixer, const plan::Plan& meanwhile,
                                     const Lags& lags) {
  if (wanted.out_of_prints.empty()) is_given_up_ = false;
  std::vector<plan::Point> points;
  const auto add = [&](const plan::Step& step) {
    const plan::Point point = post_fx_of(step.key.track);
    const bool is_new = plan::is_device(step) && !has_step(meanwhile, step.key);
    if (is_new && wanted.out_of_prints.contains(step.key.track) && std::ranges::find(points, point) == points.end())
      points.push_back(point);
  };
  std::ranges::for_each(mixer.steps, add);
  if (points.empty() || is_given_up_) {
    number_ = 0;
    return {};
  }
  plan::Setup setup = wanted.setup;
  setup.least_lags = lags;
  setup.live_inputs = false;
  auto plan = plan::compile(wanted.project, points, setup, wanted.facts);
  if (!plan) return tl::unexpected(plan.error());
  // What has more devices begins anew: they have to hear it all, too.
  const auto is_known = [&](const plan::Step& step) {
    return !plan::is_device(step) || has_step(ahead_.plan_of(number_), step.key);
  };
  if (number_ != 0 && std::ranges::all_of(plan->steps, is_known)) {
    ahead_.follow(number_, *plan);
    return {};
  }
  const auto number = ahead_.rehearse(std::move(*plan), wanted.sources);
  if (!number) return tl::unexpected(number.error());
  number_ = *number;
  until_ = Clock::now() + patience;
  return {};
}

void Rehearsal::tend() {
  if (number_ == 0 || Clock::now() <= until_) return;
  is_given_up_ = true;
  number_ = 0;
}

Lags Rehearsal::lags() const { return number_ != 0 ? plan::lags_of(ahead_.plan_of(number_)) : Lags{}; }

Frames Rehearsal::reach() const {
  Frames most;
  if (number_ == 0) return most;
  for (const plan::Step& step : ahead_.plan_of(number_).steps)
    most = std::max(most, ahead_.rehearsed_ahead() + step.lag);
  return most;
}

}  // namespace firn::live
