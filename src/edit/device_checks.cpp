// Devices and automation against the catalogue. A device of a type that is missing here is left as it is.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "devices/device_type.hpp"
#include "document/check.hpp"
#include "edit/checks.hpp"
#include "edit/targets.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::Error;
using base::ErrorKind;
using devices::DeviceClass;
using devices::DeviceType;
using devices::Parameter;
using document::Automation;
using document::Device;
using document::Project;
using document::Track;
using document::TrackKind;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string device_text(const Track& track, const Device& device) {
  return fmt::format("{} on {}", in_quotes(device.name), in_quotes(track.name));
}

template <class Things>
std::string names_text(const Things& things) {
  std::vector<std::string> names;
  for (const auto& thing : things) names.push_back(thing.name);
  return names.empty() ? "none" : list_text(names);
}

std::string class_text(DeviceClass device_class) {
  switch (device_class) {
    case DeviceClass::midi_effect: return "a MIDI effect";
    case DeviceClass::instrument: return "an instrument";
    case DeviceClass::audio_effect: return "an audio effect";
  }
  return {};
}

// What holds of a device of any type, known or missing here.
Problem problem_of_any(const Project& project, const Track& track, const Device& device) {
  const std::string text = device_text(track, device);
  if (device.name.empty())
    return usage(fmt::format("The name of a device on {} can't be empty.", in_quotes(track.name)));
  if (!document::is_utf8(device.name)) {
    return usage(fmt::format("The name of a device on {} must be UTF-8 text.", in_quotes(track.name)));
  }
  for (const auto& entry : device.parameters) {
    if (!document::is_utf8(entry.first) || std::isnan(entry.second) || entry.second == infinity) {
      return usage(fmt::format("{}: the value of {} must be a number.", text, entry.first));
    }
  }
  for (const auto& entry : device.files) {
    const document::FileRef& file = entry.second;
    const bool is_name = file.path.find('/') == std::string::npos;
    if (!document::is_utf8(entry.first) || !document::is_inside_project(file.path) || (file.shared && !is_name)) {
      return usage(
          fmt::format("{}: the file {} must lie in the project's directory, or be the bare name of a shared one.", text,
                      in_quotes(file.path)));
    }
  }
  if (!device.side_chain) return std::nullopt;
  const Track* source = document::find(project, device.side_chain->track);
  if (source == nullptr) return not_found(fmt::format("{} listens to a track that isn't there.", text));
  return problem_of_pad(*source, *device.side_chain);
}

Problem problem_of_known(const Track& track, const Device& device, const DeviceType& type) {
  const std::string text = device_text(track, device);
  for (const auto& entry : device.parameters) {
    const int index = devices::index_of(type, entry.first);
    if (index < 0) {
      return not_found(fmt::format("{} has no parameter {}. It has: {}.", text, in_quotes(entry.first),
                                   names_text(type.parameters)));
    }
    if (auto problem = problem_of_value(type.parameters[static_cast<std::size_t>(index)], entry.second)) {
      return Error{problem->kind, fmt::format("{}: {}", text, problem->message)};
    }
  }
  for (const auto& entry : device.files) {
    if (!devices::has_file_slot(type, entry.first)) {
      return not_found(fmt::format("{} has no place for a file called {}. It has: {}.", text, in_quotes(entry.first),
                                   names_text(type.files)));
    }
  }
  if (device.side_chain && !type.side_chain) return refused(fmt::format("{} has no side-chain.", text));
  return std::nullopt;
}

Problem problem_of_points(const Project& project, const Track& track, const Automation& automation) {
  const std::string what = target_text(project, track, automation.target);
  const auto& points = automation.points;
  if (points.empty()) return usage(fmt::format("The automation of {} has no points.", what));
  const auto range = range_of(track, automation.target);
  if (!range) return range.error();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto& point = points[i];
    if (point.at.ticks < 0 || point.at > time::Beats::quarters(document::furthest_quarter)) {
      return usage(fmt::format("The automation of {} can't stand before the start of the Arrangement.", what));
    }
    if (i > 0 && point.at < points[i - 1].at) {
      return usage(fmt::format("The points of {} must be sorted by position.", what));
    }
    if (i > 1 && point.at == points[i - 2].at) {
      return usage(fmt::format("The automation of {} has three points in one position; two make a step.", what));
    }
    if (!(point.curve > -1.0 && point.curve < 1.0)) {
      return usage(fmt::format("The curve of {} must lie between -1 and 1, not at {:.6g}.", what, point.curve));
    }
    if (range->known && is_stepped(range->parameter) && (!point.hold || point.curve != 0.0)) {
      return usage(fmt::format("{} steps: its points hold, without a curve.", what));
    }
    if (std::isnan(point.value) || point.value == infinity) {
      return usage(fmt::format("The automation of {} must be made of numbers.", what));
    }
    if (!range->known) continue;
    if (auto problem = problem_of_value(range->parameter, point.value)) {
      return Error{problem->kind, fmt::format("The automation of {}: {}", what, problem->message)};
    }
  }
  return std::nullopt;
}

}  // namespace

Problem problem_of_value(const Parameter& parameter, double value) {
  if (!(value >= parameter.minimum && value <= parameter.maximum)) {
    if (parameter.scale == devices::Scale::choice) {
      return usage(fmt::format("{} must be one of {} (0 to {}), not {:.6g}.", parameter.name,
                               list_text(parameter.choices), parameter.choices.size() - 1, value));
    }
    return usage(fmt::format("{} must be {} to {}, not {}.", parameter.name, value_text(parameter, parameter.minimum),
                             value_text(parameter, parameter.maximum), value_text(parameter, value)));
  }
  if (is_stepped(parameter) && value != std::floor(value)) {
    return usage(fmt::format("{} must be a whole number from {:.6g} to {:.6g}, not {:.6g}.", parameter.name,
                             parameter.minimum, parameter.maximum, value));
  }
  return std::nullopt;
}

Problem problem_of_devices(const Project& project, const Track& track) {
  std::set<std::string> names;
  const Device* latest = nullptr;  // of known class
  DeviceClass latest_class = DeviceClass::midi_effect;
  for (const Device& device : track.devices) {
    if (auto problem = problem_of_any(project, track, device)) return problem;
    if (!names.insert(device.name).second) {
      return refused(fmt::format("There is another {} already. Choose another name.", device_text(track, device)));
    }
    const DeviceType* type = document::type_of(device);
    if (type == nullptr) continue;
    if (type->device_class != DeviceClass::audio_effect && track.kind != TrackKind::midi) {
      return refused(fmt::format("{} is {} and {} is {}: MIDI effects and instruments go on MIDI tracks.",
                                 in_quotes(device.name), class_text(type->device_class), in_quotes(track.name),
                                 kind_text(track.kind)));
    }
    if (latest != nullptr && type->device_class < latest_class) {
      return refused(fmt::format(
          "{} is {} and can't stand behind {}, {}: MIDI effects come first, then the instrument, then audio effects.",
          in_quotes(device.name), class_text(type->device_class), in_quotes(latest->name), class_text(latest_class)));
    }
    if (latest != nullptr && type->device_class == DeviceClass::instrument && latest_class == DeviceClass::instrument) {
      return refused(fmt::format("{} has an instrument already: {} and {} can't be on one track. Remove one first.",
                                 in_quotes(track.name), in_quotes(latest->name), in_quotes(device.name)));
    }
    if (auto problem = problem_of_known(track, device, *type)) return problem;
    latest = &device;
    latest_class = type->device_class;
  }
  return std::nullopt;
}

Problem problem_of_automation(const Project& project, const Track& track) {
  for (std::size_t i = 0; i < track.automation.size(); ++i) {
    if (i > 0 && !(track.automation[i - 1].target < track.automation[i].target)) {
      return usage(fmt::format("The automation of {} must be sorted by target, one for each.", in_quotes(track.name)));
    }
    if (auto problem = problem_of_points(project, track, track.automation[i])) return problem;
  }
  return std::nullopt;
}

}  // namespace firn::edit
