#include "live/lines.hpp"

#include <algorithm>
#include <utility>

#include "plan/transition.hpp"

namespace firn::live {

using document::TrackId;

namespace {

// Does a device go on in the plan that follows? Then its state is more than a fresh one could know.
bool goes_on(const plan::Plan& before, const plan::Plan& after) {
  const plan::Transition transition = plan::transition(before, after);
  for (std::size_t i = 0; i < transition.kept.size(); ++i) {
    if (transition.kept[i] >= 0 && plan::is_device(transition.plan.steps[i])) return true;
  }
  return false;
}

}  // namespace

base::Result<Lines::ByStream> Lines::make_for(Wanted& wanted, const plan::Plan* playing) {
  const auto line_of = [&](const plan::StepKey& id, TrackId track) {
    if (const auto line = lines_.find(id); line != lines_.end()) return line->second;
    Line line;
    line.is_below =
        playing && std::ranges::any_of(playing->steps, [&](const plan::Step& step) { return step.key.track == track; });
    return line;
  };
  ByStream lines;
  for (const auto& [id, stream] : wanted.above) lines[id] = line_of(id, stream.key.track);
  for (const auto& [id, line] : ByStream(lines)) {
    if (line.now != 0 || !line.is_below) continue;
    for (plan::Stream& file : plan::files_of(wanted.above.at(id))) {
      if (wanted.above.contains(file.key)) continue;
      lines[file.key] = line_of(file.key, file.key.track);
      lines[file.key].stands_in_for = id;
      wanted.ids[file.key] = file.key;
      wanted.above.emplace(file.key, std::move(file));
    }
  }
  for (auto& [id, line] : lines) {
    if (auto made = make(line, wanted.above.at(id), wanted.sources, playing != nullptr); !made)
      return tl::unexpected(made.error());
  }
  return lines;
}

base::Result<void> Lines::make(Line& line, const plan::Stream& stream, const engine::Sources& sources, bool plays) {
  const int latest = line.latest();
  if (latest != 0 && (!plan::has_devices(stream.plan) || goes_on(ahead_.plan_of(latest), stream.plan))) return {};
  const TrackId track = stream.key.track;
  const bool is_kept = keep_ && !plays && is_post_fx(stream);
  auto number = ahead_.add(track, stream.plan, sources, is_kept ? keep_(track, stream.plan) : Keep{});
  if (!number) return tl::unexpected(number.error());
  (plays ? line.next : line.now) = *number;
  return {};
}

void Lines::become(ByStream lines, const Wanted& wanted) {
  for (const auto& [id, line] : lines) ahead_.follow(line.latest(), wanted.above.at(id).plan);
  lines_ = std::move(lines);
}

bool Lines::tend(Wanted& wanted) {
  bool are_heard = false;
  for (auto& [id, line] : lines_) {
    if (line.next == 0 || !ahead_.is_there(line.next)) continue;
    line.now = std::exchange(line.next, 0);
    are_heard = true;
  }
  std::erase_if(lines_, [&](const auto& each) {
    const auto& owner = each.second.stands_in_for;
    if (!owner || lines_.at(*owner).now == 0) return false;
    wanted.above.erase(each.first);
    wanted.ids.erase(each.first);
    return true;
  });
  return are_heard;
}

bool Lines::follow() const {
  return std::ranges::any_of(lines_, [](const auto& each) { return each.second.next != 0; });
}

std::map<plan::StepKey, int> Lines::played(const Wanted& wanted) const {
  std::map<plan::StepKey, int> played;
  for (const auto& [key, id] : wanted.ids) {
    const auto found = lines_.find(id);
    const Line line = found == lines_.end() ? Line{} : found->second;
    if (line.now != 0 || !line.is_below) played[key] = line.now;
  }
  return played;
}

std::set<int> Lines::all() const {
  std::set<int> all;
  for (const auto& [id, line] : lines_) all.insert({line.now, line.next});
  return all;
}

std::set<int> Lines::unheard_beside(const std::set<int>& heard) const {
  std::set<int> unheard;
  for (const auto& [id, line] : lines_) {
    if (line.now != 0 && !heard.contains(line.now)) unheard.insert(line.now);
  }
  return unheard;
}

bool Lines::are_taken(const std::set<TrackId>& tracks, const std::set<int>& taken) const {
  return std::ranges::none_of(lines_, [&](const auto& each) {
    return tracks.contains(each.first.track) && (each.second.now == 0 || !taken.contains(each.second.now));
  });
}

Lags Lines::lags() const {
  Lags lags;
  for (const auto& [id, line] : lines_) keep_latest(lags, plan::lags_of(ahead_.plan_of(line.latest())));
  return lags;
}

}  // namespace firn::live
