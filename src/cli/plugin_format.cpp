#include "cli/plugin_format.hpp"

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "cli/device_settings.hpp"
#include "plan/plan.hpp"
#include "plugins/counterpart.hpp"

namespace firn::cli {
namespace {

class Reformatting {
 public:
  Reformatting(Editing& editing, const document::Track& track, const document::Device& device,
               const devices::DeviceType& to)
      : editing_(editing),
        track_(track),
        device_(device),
        from_(*document::type_of(device)),
        to_(to),
        places_(plugins::counterparts(from_, to)) {}

  Commands commands() {
    const DeviceSettings start = new_plugin_settings(editing_, to_, {});
    edit::AddDevice add{.track = track_.id,
                        .type = to_.name,
                        .name = device_.name,
                        .before = device_.id,
                        .parameters = values(),
                        .files = {},
                        .seed = device_.seed,
                        .plugin = base::Box<devices::DeviceType>(to_)};
    for (const auto& [slot, file] : start.files) {
      if (file) add.files.emplace(slot, *file);
    }
    const document::DeviceId made{editing_.project().next_id};
    Commands commands{add};
    if (!device_.on) commands.push_back(edit::SetDeviceOn{track_.id, made, false});
    if (device_.side_chain && to_.side_chain)
      commands.push_back(edit::SetSideChain{track_.id, made, device_.side_chain});
    add_automation(commands, made);
    commands.push_back(edit::RemoveDevice{track_.id, device_.id});
    // It took a name of its own beside the other.
    commands.push_back(edit::RenameDevice{track_.id, made, device_.name});
    say_what_is_lost();
    return commands;
  }

 private:
  const devices::Parameter* counterpart_of(std::size_t parameter) const {
    const int place = places_[parameter];
    return place < 0 ? nullptr : &to_.parameters[static_cast<std::size_t>(place)];
  }

  std::map<std::string, double> values() const {
    std::map<std::string, double> values;
    const devices::Settings settings = plan::settings_of(editing_.project(), device_);
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (const devices::Parameter* to = counterpart_of(i))
        values[to->name] = plugins::carried(from_.parameters[i], *to, settings.values[i]);
    }
    return values;
  }

  void add_automation(Commands& commands, document::DeviceId made) const {
    for (const document::Automation& automation : track_.automation) {
      const auto* target = std::get_if<document::DeviceTarget>(&automation.target);
      if (target == nullptr || target->device != device_.id) continue;
      if (target->parameter == "on") {
        commands.push_back(edit::SetAutomation{track_.id, document::DeviceTarget{made, "on"}, automation.points});
        continue;
      }
      const int index = devices::index_of(from_, target->parameter);
      const devices::Parameter* to = index < 0 ? nullptr : counterpart_of(static_cast<std::size_t>(index));
      if (to == nullptr) continue;
      if (!to->automatable) {
        editing_.remarks.push_back(fmt::format("{} does not automate {}: its automation is lost.",
                                               plugins::format_title(to_.plugin->format), to->name));
        continue;
      }
      auto points = automation.points;
      for (document::Breakpoint& point : points)
        point.value = plugins::carried(from_.parameters[static_cast<std::size_t>(index)], *to, point.value);
      commands.push_back(edit::SetAutomation{track_.id, document::DeviceTarget{made, to->name}, std::move(points)});
    }
  }

  void say_what_is_lost() const {
    if (device_.side_chain && !to_.side_chain) {
      editing_.remarks.push_back(fmt::format("{} has no side-chain: what was connected to it is lost.",
                                             plugins::format_title(to_.plugin->format)));
    }
    std::vector<std::string> lost;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (counterpart_of(i) == nullptr) lost.push_back(from_.parameters[i].name);
    }
    if (lost.empty()) return;
    editing_.remarks.push_back(fmt::format("{} has no {}: what was set of {} is lost, as is its automation.",
                                           plugins::format_title(to_.plugin->format), fmt::join(lost, ", "),
                                           lost.size() == 1 ? "it" : "them"));
  }

  Editing& editing_;
  const document::Track& track_;
  const document::Device& device_;
  const devices::DeviceType& from_;
  const devices::DeviceType& to_;
  const std::vector<int> places_;
};

}  // namespace

Commands format_changed(Editing& editing, const document::Track& track, const document::Device& device,
                        const devices::DeviceType& to) {
  return Reformatting(editing, track, device, to).commands();
}

}  // namespace firn::cli
