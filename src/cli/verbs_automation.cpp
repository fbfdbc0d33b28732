// Automation of mixer and device parameters on the Arrangement.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/must.hpp"
#include "cli/notation.hpp"
#include "cli/plugin_values.hpp"
#include "cli/workspace.hpp"

namespace firn::cli {

using document::AutomationTarget;
using document::Breakpoint;
using document::Track;

namespace {

struct AutomatedTarget {
  const Track& track;
  AutomationTarget target;
};

AutomatedTarget take_target(Editing& editing) {
  const Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
  return {track, must(parse_target(
                     editing.project(), track,
                     editing.arguments.take("TARGET (volume, pan, activator, send:RETURN or DEVICE:PARAMETER)")))};
}

// How a target's values are read: of a plug-in's parameter as `device set` does.
ReadValue reader_of(Editing& editing, const AutomatedTarget& subject) {
  const auto* target = std::get_if<document::DeviceTarget>(&subject.target);
  const document::Device* device = target == nullptr ? nullptr : document::find(subject.track, target->device);
  const devices::DeviceType* type = device == nullptr ? nullptr : document::type_of(*device);
  const int index = type == nullptr ? -1 : devices::index_of(*type, target->parameter);
  if (index < 0 || !type->plugin) {
    return [range = must(range_of_target(subject.track, subject.target)),
            target = subject.target](std::string_view text) { return parse_target_value(range, target, text); };
  }
  auto values = std::make_shared<PluginValues>(editing, plan::settings_of(editing.project(), *device));
  return [values, index](std::string_view text) -> base::Result<double> {
    return values->value_of(index, std::string(text));
  };
}

std::vector<Breakpoint> take_points(Editing& editing, const AutomatedTarget& subject) {
  const ReadValue read = reader_of(editing, subject);
  std::vector<Breakpoint> points;
  for (const std::string& word : editing.arguments.take_all("POS=VALUE"))
    points.push_back(must(parse_point(word, editing.project().tempo, read)));
  std::stable_sort(points.begin(), points.end(), [](const Breakpoint& a, const Breakpoint& b) { return a.at < b.at; });
  return points;
}

Run set_automation(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const AutomatedTarget subject = take_target(editing);
    return Commands{edit::SetAutomation{subject.track.id, subject.target, take_points(editing, subject)}};
  });
}

Run add_points(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const AutomatedTarget subject = take_target(editing);
    Commands commands;
    for (const Breakpoint& point : take_points(editing, subject))
      commands.push_back(edit::AddPoint{subject.track.id, subject.target, point});
    return commands;
  });
}

Run remove_points(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const AutomatedTarget subject = take_target(editing);
    Commands commands;
    for (const std::string& word : editing.arguments.take_all("POS")) {
      commands.push_back(edit::RemovePoint{subject.track.id, subject.target,
                                           must(time::parse_position(word, editing.project().tempo))});
    }
    return commands;
  });
}

Run clear_automation(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
    Commands commands;
    for (const std::string& word : editing.arguments.take_all("TARGET")) {
      commands.push_back(edit::ClearAutomation{track.id, must(parse_target(editing.project(), track, word))});
    }
    return commands;
  });
}

}  // namespace

Family automation_verbs() {
  const std::string targets =
      "TARGET is volume, pan, activator, send:RETURN, DEVICE:PARAMETER, or DEVICE:on for a device's switch. A "
      "breakpoint is POS=VALUE; "
      "behind it, ,hold keeps the value until the next one, and ,curve=C (-1 to 1) bends the way there.";
  return {
      "Automation",
      {{"automate set", "[DIR] TRACK TARGET POS=VALUE…", "Give a parameter these breakpoints and no others", targets,
        "firn automate set song Bass volume 1=-inf 5=0dB\nfirn automate set song Pad Filter:cutoff 9=200Hz "
        "17=8kHz,hold\n"
        "firn automate set song Pad send:Hall 9=-24dB,curve=0.5 17=-6dB",
        set_automation},
       {"automate add", "[DIR] TRACK TARGET POS=VALUE…", "Add breakpoints; they replace those at the same position",
        targets, "firn automate add song Bass volume 13.1.1=-3dB", add_points},
       {"automate remove", "[DIR] TRACK TARGET POS…", "Remove the breakpoints at positions", "",
        "firn automate remove song Bass volume 13.1.1", remove_points},
       {"automate clear", "[DIR] TRACK TARGET…", "Remove a parameter's automation whole", "",
        "firn automate clear song Bass volume pan", clear_automation}}};
}

}  // namespace firn::cli
