#include "live/load.hpp"

namespace firn::live {

double Load::share() const {
  double sum = 0.0;
  for (const Step& step : steps) sum += step.share;
  return sum;
}

Load load_of(const engine::Sequence& sequence, const plan::Plan& plan, document::TrackId track, time::Frames frames) {
  Load load{track, {}};
  const double seconds = static_cast<double>(frames.count) / plan.rate.hertz;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const double taken = 1e-9 * static_cast<double>(sequence.nanoseconds(static_cast<int>(i)));
    load.steps.push_back({plan.steps[i].name, seconds > 0.0 ? taken / seconds : 0.0});
  }
  return load;
}

}  // namespace firn::live
