#include "edit/pads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "devices/device_type.hpp"
#include "edit/words.hpp"

namespace firn::edit {

using document::Device;
using document::Track;

namespace {

int key_of(const Device& rack, const devices::DeviceType& type, const std::string& slot) {
  const std::string name = slot + "-note";
  const auto set = rack.parameters.find(name);
  if (set != rack.parameters.end()) return static_cast<int>(set->second);
  return static_cast<int>(type.parameters[static_cast<std::size_t>(devices::index_of(type, name))].initial);
}

}  // namespace

const Device* rack_of(const Track& track) {
  const auto rack = std::find_if(track.devices.begin(), track.devices.end(), [](const Device& device) {
    const auto* type = document::type_of(device);
    return type != nullptr && !type->pads.empty();
  });
  return rack == track.devices.end() ? nullptr : &*rack;
}

std::vector<Pad> pads_of(const Track& track) {
  std::vector<Pad> pads;
  const Device* rack = rack_of(track);
  if (rack == nullptr) return pads;
  const auto& type = *document::type_of(*rack);
  for (std::size_t place = 0; place < type.pads.size(); ++place) {
    const int number = static_cast<int>(place) + 1;
    const std::string& name = type.pads[place];
    if (type.plugin) {
      pads.push_back({number, name});
    } else if (const auto file = rack->files.find(name); file != rack->files.end()) {
      pads.push_back({number, std::filesystem::path(file->second.path).stem().string(), key_of(*rack, type, name)});
    }
  }
  std::map<std::string, int> namesakes;
  for (const Pad& pad : pads) ++namesakes[pad.name];
  for (Pad& pad : pads) {
    if (namesakes[pad.name] > 1) pad.name += fmt::format(" (pad{})", pad.number);
  }
  return pads;
}

bool has_pad(const Track& track, int number) {
  return std::any_of(track.devices.begin(), track.devices.end(), [&](const Device& device) {
    const auto* type = document::type_of(device);
    return type == nullptr || number <= static_cast<int>(type->pads.size());
  });
}

base::Result<void> refuse_if_pads_go(const document::Project& project, const Track& track, std::string_view what,
                                     std::string_view verb) {
  const auto goes = [&](const document::Tap& tap) {
    return tap.track == track.id && tap.pad != 0 && !has_pad(track, tap.pad);
  };
  std::vector<std::string> listeners;
  for (const auto& other : project.tracks) {
    const auto* input = std::get_if<document::Tap>(&other->input);
    const bool by_device = std::any_of(other->devices.begin(), other->devices.end(), [&](const Device& device) {
      return device.side_chain && goes(*device.side_chain);
    });
    if (by_device || (input != nullptr && goes(*input))) listeners.push_back(edit::in_quotes(other->name));
  }
  if (listeners.empty()) return {};
  return base::fail(base::ErrorKind::refused,
                    fmt::format("{} can't be {}: {} would hear no pad of it any more. Choose another tap there first.",
                                what, verb, list_text(listeners)));
}

}  // namespace firn::edit
