#include "live/wanted.hpp"

#include <algorithm>
#include <utility>

#include "plan/upstream.hpp"

namespace firn::live {

using document::TapPoint;
using document::TrackId;

void keep_latest(Lags& lags, const Lags& others) {
  for (const auto& [step, lag] : others) lags[step] = std::max(lags[step], lag);
}

base::Result<void> cut_in_two(Wanted& wanted, const document::Project& project, const Lags& lags) {
  std::vector<plan::Point> points;
  const plan::Running running = plan::running_in(project);
  for (const auto& track : project.tracks) {
    if (track->active && running.tracks.contains(track->id)) points.push_back(post_fx_of(track->id));
  }
  points.insert(points.end(), wanted.points.begin(), wanted.points.end());
  plan::Setup whole = wanted.setup;
  whole.least_lags = lags;
  auto plan = plan::compile(project, points, whole, wanted.facts);
  if (!plan) return tl::unexpected(plan.error());
  for (plan::Stream& stream : plan::streams_above_the_line(*plan, project.tail_limit_seconds)) {
    const plan::StepKey id = is_post_fx(stream) ? post_fx_id_of(stream.key.track) : stream.key;
    wanted.ids[stream.key] = id;
    wanted.above.emplace(id, std::move(stream));
  }
  return {};
}

plan::Point post_fx_of(TrackId track) { return {{track, TapPoint::post_fx}, {}}; }

plan::StepKey post_fx_id_of(TrackId track) {
  plan::StepKey id;
  id.part = plan::StepKey::Part::tail;
  id.track = track;
  return id;
}

bool is_post_fx(const plan::Stream& stream) {
  return stream.plan.outputs.front().point == post_fx_of(stream.key.track);
}

}  // namespace firn::live
