#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "devices/device_type.hpp"
#include "edit/pads.hpp"
#include "edit/parts.hpp"
#include "edit/verbs.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using base::ErrorKind;
using base::Result;
using devices::DeviceClass;
using devices::DeviceType;
using document::Device;
using document::Track;

namespace {

// An effect of unknown type counts as an audio effect.
DeviceClass class_of(const Device& device) {
  const DeviceType* type = document::type_of(device);
  return type == nullptr ? DeviceClass::audio_effect : type->device_class;
}

// Where a device of that class is to be inserted: before `before`, or behind the last of its class.
Result<std::vector<Device>::iterator> place_of(Track& track, DeviceId before, DeviceClass device_class) {
  auto& chain = track.devices;
  if (!before)
    return std::find_if(chain.begin(), chain.end(), [&](const Device& d) { return class_of(d) > device_class; });
  const auto found = std::find_if(chain.begin(), chain.end(), [&](const Device& d) { return d.id == before; });
  if (found == chain.end()) return tl::make_unexpected(no_such_device(track));
  return found;
}

// A value equal to the parameter's initial one is not kept.
void set_parameters(Device& device, const std::map<std::string, double>& values) {
  const DeviceType* type = document::type_of(device);
  for (const auto& entry : values) {
    const int index = type == nullptr ? -1 : devices::index_of(*type, entry.first);
    if (index >= 0 && type->parameters[static_cast<std::size_t>(index)].initial == entry.second) {
      device.parameters.erase(entry.first);
    } else {
      device.parameters[entry.first] = entry.second;
    }
  }
}

// Spreads an id over 64 bits, so that neighbours share nothing: the last step of splitmix64 (Steele, Lea, Flood 2014).
std::uint64_t seed_of(DeviceId id) {
  std::uint64_t bits = id.value * 0x9e3779b97f4a7c15;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

}  // namespace

Result<Project> carry_out(const Project& project, const AddDevice& command) {
  const DeviceType* type = command.plugin ? command.plugin->get() : devices::find_type(command.type);
  if (type == nullptr) {
    std::vector<std::string> names;
    for (const DeviceType& known : devices::catalogue()) names.push_back(known.name);
    return base::fail(ErrorKind::not_found,
                      fmt::format("There is no device {}. There are: {}.", in_quotes(command.type), list_text(names)));
  }
  const DeviceId id{project.next_id};
  auto after = changed_track(project, command.track, [&](Track& track) {
    return place_of(track, command.before, type->device_class).map([&](auto place) {
      std::set<std::string> names;
      for (const Device& device : track.devices) names.insert(device.name);
      Device device;
      device.id = id;
      device.type = type->name;
      device.name = numbered_name(names, command.name.empty() ? type->title : command.name);
      device.files = command.files;
      device.plugin = command.plugin;
      device.seed = command.seed.value_or(seed_of(id));
      set_parameters(device, command.parameters);
      track.devices.insert(place, std::move(device));
    });
  });
  if (after) ++after->next_id;
  return after;
}

Result<Project> carry_out(const Project& project, const RemoveDevice& command) {
  return changed_track(project, command.track, [&](Track& track) -> Result<void> {
    const Device* device = document::find(track, command.device);
    if (device == nullptr) return tl::make_unexpected(no_such_device(track));
    const std::string what = fmt::format("{} on {}", in_quotes(device->name), in_quotes(track.name));
    track.devices.erase(track.devices.begin() + (device - track.devices.data()));
    std::erase_if(track.automation, [&](const document::Automation& automation) {
      const auto* target = std::get_if<document::DeviceTarget>(&automation.target);
      return target != nullptr && target->device == command.device;
    });
    return refuse_if_pads_go(project, track, what, "removed");
  });
}

Result<Project> carry_out(const Project& project, const MoveDevice& command) {
  return changed_track(project, command.track, [&](Track& track) -> Result<void> {
    const auto found = std::find_if(track.devices.begin(), track.devices.end(),
                                    [&](const Device& device) { return device.id == command.device; });
    if (found == track.devices.end()) return tl::make_unexpected(no_such_device(track));
    if (command.before == command.device) return {};
    Device device = *found;
    track.devices.erase(found);
    return place_of(track, command.before, class_of(device)).map([&](auto place) {
      track.devices.insert(place, std::move(device));
    });
  });
}

Result<Project> carry_out(const Project& project, const RenameDevice& command) {
  return changed_device(project, command.track, command.device, [&](Device& device) { device.name = command.name; });
}

Result<Project> carry_out(const Project& project, const SetParameters& command) {
  return changed_device(project, command.track, command.device,
                        [&](Device& device) { set_parameters(device, command.values); });
}

Result<Project> carry_out(const Project& project, const SetDeviceFile& command) {
  return changed_device(project, command.track, command.device, [&](Device& device) {
    if (command.file) {
      device.files[command.slot] = *command.file;
    } else {
      device.files.erase(command.slot);
    }
  });
}

Result<Project> carry_out(const Project& project, const SetDeviceOn& command) {
  return changed_device(project, command.track, command.device, [&](Device& device) { device.on = command.on; });
}

Result<Project> carry_out(const Project& project, const SetDeviceSeed& command) {
  return changed_device(project, command.track, command.device, [&](Device& device) { device.seed = command.seed; });
}

Result<Project> carry_out(const Project& project, const SetSideChain& command) {
  return changed_device(project, command.track, command.device,
                        [&](Device& device) { device.side_chain = command.from; });
}

}  // namespace firn::edit
