// Automation of mixer and device parameters on the Arrangement.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/must.hpp"
#include "cli/notation.hpp"
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

std::vector<Breakpoint> take_points(Editing& editing, const AutomatedTarget& subject) {
  const edit::TargetRange range = must(range_of_target(subject.track, subject.target));
  std::vector<Breakpoint> points;
  for (const std::string& word : editing.arguments.take_all("POS=VALUE")) {
    points.push_back(must(parse_point(word, editing.project().tempo, range, subject.target)));
  }
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
