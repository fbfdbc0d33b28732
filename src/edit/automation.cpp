#include <fmt/format.h>

#include <algorithm>

#include "edit/parts.hpp"
#include "edit/sends.hpp"
#include "edit/targets.hpp"
#include "edit/verbs.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::ErrorKind;
using base::Result;
using document::Automation;
using document::AutomationTarget;
using document::Breakpoint;
using document::Track;

namespace {

using Points = std::vector<Breakpoint>;

Points points_of(const Track& track, const AutomationTarget& target) {
  for (const Automation& automation : track.automation) {
    if (automation.target == target) return automation.points;
  }
  return {};
}

// Puts the points in place of the target's; none: its automation goes.
void put_points(Track& track, const AutomationTarget& target, Points points) {
  const auto place = std::find_if(track.automation.begin(), track.automation.end(),
                                  [&](const Automation& automation) { return !(automation.target < target); });
  const bool is_there = place != track.automation.end() && place->target == target;
  if (points.empty()) {
    if (is_there) track.automation.erase(place);
  } else if (is_there) {
    place->points = std::move(points);
  } else {
    Automation automation;
    automation.target = target;
    automation.points = std::move(points);
    track.automation.insert(place, std::move(automation));
  }
}

// Changes the target's points; those of what steps hold afterwards.
template <class Change>
Result<Project> changed_points(const Project& project, TrackId id, const AutomationTarget& target, Change change) {
  return changed_track(project, id, [&](Track& track) -> Result<void> {
    const auto* send = std::get_if<document::SendTarget>(&target);
    if (send != nullptr && points_of(track, target).empty()) send_to(track, send->to);
    const auto range = range_of(track, target);
    if (!range) return tl::make_unexpected(range.error());
    Points points = points_of(track, target);
    change(points);
    if (range->known && is_stepped(range->parameter)) {
      for (Breakpoint& point : points) {
        point.hold = true;
        point.curve = 0.0;
      }
    }
    put_points(track, target, std::move(points));
    return {};
  });
}

// Takes points away: they may be those of a thing that is gone.
template <class IsGone>
Result<Project> without_points(const Project& project, TrackId id, const AutomationTarget& target, IsGone is_gone) {
  return changed_track(project, id, [&](Track& track) -> Result<void> {
    Points points = points_of(track, target);
    if (std::erase_if(points, is_gone) == 0) {
      return base::fail(ErrorKind::not_found, fmt::format("There is no such point in the automation of {}.",
                                                          target_text(project, track, target)));
    }
    put_points(track, target, std::move(points));
    return {};
  });
}

}  // namespace

Result<Project> carry_out(const Project& project, const SetAutomation& command) {
  if (command.points.empty()) return carry_out(project, ClearAutomation{command.track, command.target});
  return changed_points(project, command.track, command.target, [&](Points& points) { points = command.points; });
}

Result<Project> carry_out(const Project& project, const AddPoint& command) {
  return changed_points(project, command.track, command.target, [&](Points& points) {
    std::erase_if(points, [&](const Breakpoint& point) { return point.at == command.point.at; });
    const auto place = std::find_if(points.begin(), points.end(),
                                    [&](const Breakpoint& point) { return command.point.at < point.at; });
    points.insert(place, command.point);
  });
}

Result<Project> carry_out(const Project& project, const RemovePoint& command) {
  return without_points(project, command.track, command.target,
                        [&](const Breakpoint& point) { return point.at == command.at; });
}

Result<Project> carry_out(const Project& project, const ClearAutomation& command) {
  return changed_track(project, command.track, [&](Track& track) { put_points(track, command.target, {}); });
}

}  // namespace firn::edit
