// The labels of undo lists: a verb and the name of what it is done to.
#include <fmt/format.h>

#include <algorithm>

#include "devices/device_type.hpp"
#include "edit/command.hpp"

namespace firn::edit {

using document::Track;

namespace {

// Names the things of one project for a label; what is not there is called by its kind.
class Labels {
 public:
  explicit Labels(const Project& project) : project_(project) {}

  std::string operator()(const AddTrack& c) const {
    if (!c.name.empty()) return fmt::format("Add Track {}", c.name);
    switch (c.kind) {
      case document::TrackKind::midi: return "Add MIDI Track";
      case document::TrackKind::audio: return "Add Audio Track";
      case document::TrackKind::group: return "Add Group";
      default: return "Add Return";
    }
  }
  std::string operator()(const RemoveTrack& c) const { return "Remove " + name(c.track); }
  std::string operator()(const RenameTrack& c) const { return fmt::format("Rename {} to {}", name(c.track), c.name); }
  std::string operator()(const RecolorTrack& c) const { return "Recolour " + name(c.track); }
  std::string operator()(const MoveTrack& c) const { return "Move " + name(c.track); }
  std::string operator()(const DuplicateTrack& c) const { return "Duplicate " + name(c.track); }
  std::string operator()(const SetTrackActive& c) const {
    return (c.active ? "Activate " : "Deactivate ") + name(c.track);
  }

  std::string operator()(const AddClip& c) const { return "Add Clip to " + name(c.track); }
  std::string operator()(const RemoveClip& c) const { return "Remove " + name(c.track, c.clip); }
  std::string operator()(const MoveClip& c) const { return "Move " + name(c.track, c.clip); }
  std::string operator()(const ResizeClip& c) const { return "Resize " + name(c.track, c.clip); }
  std::string operator()(const SplitClip& c) const { return "Split " + name(c.track, c.clip); }
  std::string operator()(const RenameClip& c) const {
    return fmt::format("Rename {} to {}", name(c.track, c.clip), c.name);
  }
  std::string operator()(const RecolorClip& c) const { return "Recolour " + name(c.track, c.clip); }
  std::string operator()(const SetClipActive& c) const {
    return (c.active ? "Activate " : "Deactivate ") + name(c.track, c.clip);
  }
  std::string operator()(const SetClipOffset& c) const { return "Set Offset of " + name(c.track, c.clip); }
  std::string operator()(const SetClipLoop& c) const { return "Set Loop of " + name(c.track, c.clip); }
  std::string operator()(const SetClipGain& c) const { return "Set Gain of " + name(c.track, c.clip); }
  std::string operator()(const SetClipFades& c) const { return "Set Fades of " + name(c.track, c.clip); }
  std::string operator()(const DuplicateClip& c) const { return "Duplicate " + name(c.track, c.clip); }

  std::string operator()(const AddNotes& c) const { return "Add Notes to " + name(c.track, c.clip); }
  std::string operator()(const RemoveNotes& c) const { return "Remove Notes from " + name(c.track, c.clip); }
  std::string operator()(const ChangeNotes& c) const { return "Change Notes of " + name(c.track, c.clip); }
  std::string operator()(const AddControls& c) const { return "Add Controls to " + name(c.track, c.clip); }
  std::string operator()(const RemoveControls& c) const { return "Remove Controls from " + name(c.track, c.clip); }

  std::string operator()(const AddDevice& c) const {
    const auto* type = c.plugin ? c.plugin->get() : devices::find_type(c.type);
    return fmt::format("Add {} to {}",
                       !c.name.empty()   ? c.name
                       : type == nullptr ? c.type
                                         : type->title,
                       name(c.track));
  }
  std::string operator()(const RemoveDevice& c) const { return fmt::format("Remove {}", name(c.track, c.device)); }
  std::string operator()(const MoveDevice& c) const { return fmt::format("Move {}", name(c.track, c.device)); }
  std::string operator()(const RenameDevice& c) const {
    return fmt::format("Rename {} to {}", name(c.track, c.device), c.name);
  }
  std::string operator()(const SetParameters& c) const {
    const std::string what = c.values.size() == 1 ? c.values.begin()->first : "Parameters";
    return fmt::format("Set {} of {}", what, name(c.track, c.device));
  }
  std::string operator()(const SetDeviceFile& c) const {
    return fmt::format("Set {} of {}", c.slot, name(c.track, c.device));
  }
  std::string operator()(const SetDeviceOn& c) const {
    return fmt::format("Switch {} {}", c.on ? "On" : "Off", name(c.track, c.device));
  }
  std::string operator()(const SetDeviceSeed& c) const { return "Set Seed of " + name(c.track, c.device); }
  std::string operator()(const SetSideChain& c) const {
    return (c.from ? "Set Side-Chain of " : "Clear Side-Chain of ") + name(c.track, c.device);
  }

  std::string operator()(const SetVolume& c) const { return "Set Volume of " + name(c.track); }
  std::string operator()(const SetPan& c) const { return "Set Pan of " + name(c.track); }
  std::string operator()(const SetActivator& c) const { return (c.on ? "Unmute " : "Mute ") + name(c.track); }
  std::string operator()(const SetSolo& c) const { return (c.solo ? "Solo " : "Unsolo ") + name(c.track); }
  std::string operator()(const SetSendLevel& c) const { return send(c.track, c.to); }
  std::string operator()(const SetSendPoint& c) const { return send(c.track, c.to); }
  std::string operator()(const SetSendOn& c) const { return send(c.track, c.to); }

  std::string operator()(const SetInput& c) const { return "Set Input of " + name(c.track); }
  std::string operator()(const SetOutput& c) const { return "Set Output of " + name(c.track); }
  std::string operator()(const SetMonitor& c) const { return "Set Monitor of " + name(c.track); }
  std::string operator()(const SetArmed& c) const { return (c.armed ? "Arm " : "Disarm ") + name(c.track); }

  std::string operator()(const SetAutomation& c) const { return "Automate " + target(c.track, c.target); }
  std::string operator()(const AddPoint& c) const { return "Automate " + target(c.track, c.target); }
  std::string operator()(const RemovePoint& c) const { return "Remove Point from " + target(c.track, c.target); }
  std::string operator()(const ClearAutomation& c) const { return "Clear Automation of " + target(c.track, c.target); }

  std::string operator()(const SetTempo&) const { return "Set Tempo"; }
  std::string operator()(const SetTimeSignatures&) const { return "Set Time Signatures"; }
  std::string operator()(const AddLocator& c) const { return fmt::format("Add Locator {}", c.name); }
  std::string operator()(const RemoveLocator& c) const { return "Remove Locator " + name(c.locator); }
  std::string operator()(const RenameLocator& c) const {
    return fmt::format("Rename Locator {} to {}", name(c.locator), c.name);
  }
  std::string operator()(const MoveLocator& c) const { return "Move Locator " + name(c.locator); }
  std::string operator()(const SetTailLimit&) const { return "Set Tail Limit"; }
  std::string operator()(const SetPluginGrid&) const { return "Set Plug-in Grid"; }

  std::string operator()(const Freeze& c) const {
    const Track* track = document::find(project_, c.track);
    const bool whole = track == nullptr || document::devices_in(*track, c.print) == track->devices.size();
    const document::Device* last = whole ? nullptr : document::find(*track, c.print.up_to);
    return "Freeze " + name(c.track) + (last == nullptr ? "" : " up to " + last->name);
  }
  std::string operator()(const Unfreeze& c) const { return "Unfreeze " + name(c.track); }
  std::string operator()(const Flatten& c) const { return "Flatten " + name(c.track); }
  std::string operator()(const Unflatten& c) const { return "Unflatten " + name(c.track); }
  std::string operator()(const BounceToNewTrack& c) const { return "Bounce " + name(c.source); }
  std::string operator()(const BouncePads& c) const { return "Bounce Pads of " + name(c.source); }
  std::string operator()(const BounceInPlace& c) const { return fmt::format("Bounce {} in Place", name(c.track)); }
  std::string operator()(const UpdateBounce& c) const { return "Update " + name(c.track); }
  std::string operator()(const RecordTake& c) const {
    if (c.track) return "Record onto " + name(c.track);
    return c.new_track.empty() ? "Record onto a New Track" : "Record onto " + c.new_track;
  }

 private:
  std::string name(TrackId id) const {
    const Track* track = document::find(project_, id);
    return track == nullptr ? "Track" : track->name;
  }
  std::string name(TrackId track_id, ClipId id) const {
    const Track* track = document::find(project_, track_id);
    if (track == nullptr) return "Clip";
    const auto found =
        std::find_if(track->clips.begin(), track->clips.end(), [&](const auto& clip) { return clip->id == id; });
    return found == track->clips.end() ? fmt::format("Clip on {}", track->name)
                                       : fmt::format("{} on {}", (*found)->name, track->name);
  }
  std::string name(TrackId track_id, DeviceId id) const {
    const Track* track = document::find(project_, track_id);
    if (track == nullptr) return "Device";
    const document::Device* device = document::find(*track, id);
    return fmt::format("{} on {}", device == nullptr ? "Device" : device->name, track->name);
  }
  std::string name(LocatorId id) const {
    for (const auto& locator : project_.locators) {
      if (locator.id == id) return locator.name;
    }
    return {};
  }
  std::string send(TrackId from, TrackId to) const {
    return fmt::format("Set Send from {} to {}", name(from), name(to));
  }
  std::string target(TrackId track, const document::AutomationTarget& target) const {
    if (const auto* mixer = std::get_if<document::MixerTarget>(&target)) {
      switch (mixer->parameter) {
        case document::MixerParameter::volume: return "Volume of " + name(track);
        case document::MixerParameter::pan: return "Pan of " + name(track);
        case document::MixerParameter::activator: return "Activator of " + name(track);
      }
    }
    if (const auto* to = std::get_if<document::SendTarget>(&target)) {
      return fmt::format("Send from {} to {}", name(track), name(to->to));
    }
    const auto& device = std::get<document::DeviceTarget>(target);
    return fmt::format("{} of {}", device.parameter, name(track, device.device));
  }

  const Project& project_;
};

// Only makes way for a new print.
bool is_frozen_again(const std::vector<Command>& commands, std::size_t index) {
  const auto* thawed = std::get_if<Unfreeze>(&commands[index]);
  return thawed != nullptr &&
         std::any_of(commands.begin() + static_cast<std::ptrdiff_t>(index), commands.end(), [&](const Command& later) {
           const auto* frozen = std::get_if<Freeze>(&later);
           return frozen != nullptr && frozen->track == thawed->track;
         });
}

}  // namespace

std::string describe(const Project& before, const Command& command) { return std::visit(Labels(before), command); }

std::string describe(const Project& before, const std::vector<Command>& commands) {
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (is_frozen_again(commands, i)) continue;
    std::string label = describe(before, commands[i]);
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(std::move(label));
  }
  if (labels.empty()) return {};
  return labels.size() == 1 ? labels[0] : fmt::format("{} and {} more", labels[0], labels.size() - 1);
}

}  // namespace firn::edit
