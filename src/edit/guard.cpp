#include "edit/guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "edit/words.hpp"

namespace firn::edit {

using document::Automation;
using document::Device;
using document::DeviceTarget;
using document::Track;

namespace {

// Commands by what they are aimed at: every new one of these shapes is guarded too.
template <class C>
concept AimsAtClips = requires(const C& c) {
  c.track;
  c.clip;
}
|| std::is_same_v<C, RecordTake>;
template <class C>
concept AimsAtDevice = requires(const C& c) {
  c.track;
  c.device;
};
template <class C>
concept AimsAtAutomation = requires(const C& c) {
  c.track;
  c.target;
};

base::Error frozen_error(const Track& track) {
  const DeviceId up_to = track.prints.back().up_to;
  const Device* last = up_to ? document::find(track, up_to) : nullptr;
  const bool whole = document::frozen_devices(track) == track.devices.size();
  const std::string where = whole             ? ""
                            : last == nullptr ? " before its devices"
                                              : fmt::format(" up to {}", in_quotes(last->name));
  return {
      base::ErrorKind::refused,
      fmt::format("{} is frozen{}: its notes, clips{} and their automation are read-only. Unfreeze it to change them.",
                  in_quotes(track.name), where,
                  whole             ? ", devices"
                  : last == nullptr ? ""
                                    : ", devices up to there")};
}

bool covers(const Track& track, DeviceId id) {
  const auto frozen = static_cast<std::ptrdiff_t>(document::frozen_devices(track));
  return std::any_of(track.devices.begin(), track.devices.begin() + frozen,
                     [&](const Device& device) { return device.id == id; });
}

bool covers(const Track& track, const document::AutomationTarget& target) {
  const auto* device = std::get_if<DeviceTarget>(&target);
  return device != nullptr && covers(track, device->device);
}

// The frozen track that the command is aimed at above its freeze line; null if there is none.
template <class C>
const Track* target_of(const Project& project, const C& command) {
  const auto frozen = [&](TrackId id) -> const Track* {
    const Track* track = document::find(project, id);
    return track != nullptr && track->frozen() ? track : nullptr;
  };
  if constexpr (std::is_same_v<C, MoveClip>) {
    const Track* from = frozen(command.track);
    return from != nullptr ? from : frozen(command.to);
  } else if constexpr (AimsAtClips<C> || std::is_same_v<C, Unflatten>) {
    return frozen(command.track);
  } else if constexpr (AimsAtDevice<C>) {
    const Track* track = frozen(command.track);
    return track != nullptr && covers(*track, command.device) ? track : nullptr;
  } else if constexpr (AimsAtAutomation<C>) {
    const Track* track = frozen(command.track);
    return track != nullptr && covers(*track, command.target) ? track : nullptr;
  } else {
    return nullptr;
  }
}

bool same_frozen_automation(const Track& before, const Track& after) {
  const auto is_frozen = [&](const Automation& automation) { return covers(before, automation.target); };
  std::vector<Automation> kept;
  std::vector<Automation> now;
  std::copy_if(before.automation.begin(), before.automation.end(), std::back_inserter(kept), is_frozen);
  std::copy_if(after.automation.begin(), after.automation.end(), std::back_inserter(now), is_frozen);
  return kept == now;
}

bool same_clips(const Track& before, const Track& after) {
  return std::equal(before.clips.begin(), before.clips.end(), after.clips.begin(), after.clips.end(),
                    [](const auto& a, const auto& b) { return a.shares(b); });
}

bool same_frozen_devices(const Track& before, const Track& after) {
  const std::size_t frozen = document::frozen_devices(before);
  return after.devices.size() >= frozen &&
         std::equal(before.devices.begin(), before.devices.begin() + static_cast<std::ptrdiff_t>(frozen),
                    after.devices.begin());
}

}  // namespace

Problem problem_of_attempt(const Project& project, const Command& command) {
  const Track* track = std::visit([&](const auto& one) { return target_of(project, one); }, command);
  if (track == nullptr) return std::nullopt;
  return frozen_error(*track);
}

Problem problem_of_outcome(const Track& before, const Track& after) {
  if (!before.frozen()) return std::nullopt;
  if (same_clips(before, after) && same_frozen_devices(before, after) && same_frozen_automation(before, after)) {
    return std::nullopt;
  }
  return frozen_error(before);
}

bool is_conversion(const Command& command) {
  return std::holds_alternative<Freeze>(command) || std::holds_alternative<Unfreeze>(command) ||
         std::holds_alternative<Flatten>(command) || std::holds_alternative<Unflatten>(command) ||
         std::holds_alternative<BounceInPlace>(command) || std::holds_alternative<UpdateBounce>(command);
}

}  // namespace firn::edit
