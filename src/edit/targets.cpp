#include "edit/targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "devices/device_type.hpp"
#include "edit/checks.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::ErrorKind;
using base::Result;
using devices::Parameter;
using devices::Scale;
using document::DeviceTarget;
using document::MixerParameter;
using document::MixerTarget;
using document::SendTarget;
using document::Track;

namespace {

Parameter fader() {
  return {.name = "volume",
          .minimum = -std::numeric_limits<double>::infinity(),
          .maximum = loudest_db,
          .unit = devices::Unit::decibels,
          .choices = {}};
}

Parameter on_off(std::string name) {
  return {.name = std::move(name), .initial = 1.0, .scale = Scale::on_off, .choices = {}};
}

Result<TargetRange> range_of_target(const Track& track, const MixerTarget& target) {
  switch (target.parameter) {
    case MixerParameter::volume: return TargetRange{true, fader()};
    case MixerParameter::pan: return TargetRange{true, {.name = "pan", .minimum = -1.0, .choices = {}}};
    case MixerParameter::activator: break;
  }
  if (track.kind == document::TrackKind::main) {
    return base::fail(ErrorKind::refused, fmt::format("{} has no activator.", in_quotes(track.name)));
  }
  return TargetRange{true, on_off("activator")};
}

Result<TargetRange> range_of_target(const Track& track, const SendTarget& target) {
  const auto& sends = track.mixer.sends;
  if (std::none_of(sends.begin(), sends.end(), [&](const auto& send) { return send.to == target.to; })) {
    return base::fail(ErrorKind::not_found, fmt::format("{} has no such send.", in_quotes(track.name)));
  }
  Parameter level = fader();
  level.name = "level";
  return TargetRange{true, std::move(level)};
}

Result<TargetRange> range_of_target(const Track& track, const DeviceTarget& target) {
  const document::Device* device = document::find(track, target.device);
  if (device == nullptr) {
    return base::fail(ErrorKind::not_found, fmt::format("There is no such device on {}.", in_quotes(track.name)));
  }
  if (target.parameter == "on") return TargetRange{true, on_off("on")};
  const devices::DeviceType* type = document::type_of(*device);
  if (type == nullptr) return TargetRange{false, {}};
  const int index = devices::index_of(*type, target.parameter);
  std::vector<std::string> names{"on"};
  for (const Parameter& parameter : type->parameters) {
    if (parameter.automatable) names.push_back(parameter.name);
  }
  if (index < 0) {
    return base::fail(ErrorKind::not_found,
                      fmt::format("{} on {} has no parameter {}. What can be automated: {}.", in_quotes(device->name),
                                  in_quotes(track.name), in_quotes(target.parameter), list_text(names)));
  }
  const Parameter& parameter = type->parameters[static_cast<std::size_t>(index)];
  if (!parameter.automatable) {
    return base::fail(ErrorKind::refused,
                      fmt::format("{} of {} on {} can't be automated, only set. What can be automated: {}.",
                                  parameter.name, in_quotes(device->name), in_quotes(track.name), list_text(names)));
  }
  return TargetRange{true, parameter};
}

}  // namespace

bool is_stepped(const Parameter& parameter) {
  return parameter.scale == Scale::whole || parameter.scale == Scale::choice || parameter.scale == Scale::on_off;
}

Result<TargetRange> range_of(const Track& track, const document::AutomationTarget& target) {
  return std::visit([&](const auto& one) { return range_of_target(track, one); }, target);
}

std::string target_text(const document::Project& project, const Track& track,
                        const document::AutomationTarget& target) {
  if (const auto* mixer = std::get_if<MixerTarget>(&target)) {
    const char* word = mixer->parameter == MixerParameter::volume ? "volume"
                       : mixer->parameter == MixerParameter::pan  ? "pan"
                                                                  : "the activator";
    return fmt::format("{} of {}", word, in_quotes(track.name));
  }
  if (const auto* send = std::get_if<SendTarget>(&target)) {
    return fmt::format("the send from {} to {}", in_quotes(track.name), track_text(project, send->to));
  }
  const auto& device_target = std::get<DeviceTarget>(target);
  const document::Device* device = document::find(track, device_target.device);
  return fmt::format("{} of {} on {}", device_target.parameter,
                     device == nullptr ? "a device that is gone" : in_quotes(device->name), in_quotes(track.name));
}

}  // namespace firn::edit
