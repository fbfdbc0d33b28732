// The timeline: tempo, time signatures, locators.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/must.hpp"
#include "cli/notation.hpp"
#include "cli/workspace.hpp"
#include "edit/find.hpp"

namespace firn::cli {

namespace {

// Points in order of position; of several at one, the last given.
template <class Point>
std::vector<Point> merged(std::vector<Point> points) {
  std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.at < b.at; });
  std::vector<Point> unique;
  for (const Point& point : points) {
    if (!unique.empty() && unique.back().at == point.at) unique.pop_back();
    unique.push_back(point);
  }
  return unique;
}

// The timeline with these in the place of its own; as it was, where they don't make one: the edit will say why.
time::TempoMap with(const time::TempoMap& map, const std::vector<time::TempoPoint>& tempos) {
  return time::TempoMap::make(tempos, map.signatures()).value_or(map);
}

time::TempoMap with(const time::TempoMap& map, const std::vector<time::TimeSignature>& signatures) {
  return time::TempoMap::make(map.tempos(), signatures).value_or(map);
}

// Adds what the words say to `points`. Each position is one of the timeline that those before it have made: in
// "5=7/8 9=3/4", bar 9 comes after four bars of 7/8.
template <class Point>
std::vector<Point> taken(Editing& editing, std::string_view what, std::vector<Point> points,
                         base::Result<Point> (*parse)(std::string_view, const time::TempoMap&)) {
  time::TempoMap map = editing.project().tempo;
  for (const std::string& word : editing.arguments.take_all(what)) {
    points.push_back(must(parse(word, map)));
    points = merged(std::move(points));
    map = with(map, points);
  }
  return points;
}

std::vector<time::TempoPoint> take_tempos(Editing& editing, std::vector<time::TempoPoint> points) {
  return taken(editing, "[POS=]BPM", std::move(points), parse_tempo);
}

std::vector<time::TimeSignature> take_signatures(Editing& editing, std::vector<time::TimeSignature> signatures) {
  return taken(editing, "[POS=]BEATS/UNIT", std::move(signatures), parse_signature);
}

// Takes what begins at these positions away; what begins the song stays.
template <class Point>
std::vector<Point> without(Editing& editing, std::vector<Point> points) {
  for (const std::string& word : editing.arguments.take_all("POS")) {
    const time::Beats at = must(time::parse_position(word, editing.project().tempo));
    if (at == time::Beats{})
      refuse(base::ErrorKind::refused, "What begins the song can't be removed; set another in its place.");
    if (std::erase_if(points, [&](const Point& point) { return point.at == at; }) == 0) {
      refuse(base::ErrorKind::not_found, fmt::format("There is none at {}. `firn show` lists them.", word));
    }
  }
  return points;
}

Run set_tempo(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) { return Commands{edit::SetTempo{take_tempos(editing, {})}}; });
}

Run add_tempo(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    return Commands{edit::SetTempo{take_tempos(editing, editing.project().tempo.tempos())}};
  });
}

Run remove_tempo(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    return Commands{edit::SetTempo{without(editing, editing.project().tempo.tempos())}};
  });
}

Run set_signature(CLI::App& app) {
  return editing_verb(app,
                      [](Editing& editing) { return Commands{edit::SetTimeSignatures{take_signatures(editing, {})}}; });
}

Run add_signature(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    return Commands{edit::SetTimeSignatures{take_signatures(editing, editing.project().tempo.signatures())}};
  });
}

Run remove_signature(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    return Commands{edit::SetTimeSignatures{without(editing, editing.project().tempo.signatures())}};
  });
}

time::Beats take_position(Editing& editing) {
  return must(time::parse_position(editing.arguments.take("POS"), editing.project().tempo));
}

document::LocatorId take_locator(Editing& editing) {
  return must(edit::find_locator(editing.project(), editing.arguments.take("LOCATOR")));
}

Run add_locator(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const time::Beats at = take_position(editing);
    return Commands{edit::AddLocator{at, editing.arguments.take("NAME")}};
  });
}

Run remove_locator(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    Commands commands;
    for (const std::string& name : editing.arguments.take_all("LOCATOR")) {
      commands.push_back(edit::RemoveLocator{must(edit::find_locator(editing.project(), name))});
    }
    return commands;
  });
}

Run rename_locator(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const document::LocatorId locator = take_locator(editing);
    return Commands{edit::RenameLocator{locator, editing.arguments.take("NAME")}};
  });
}

Run move_locator(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const document::LocatorId locator = take_locator(editing);
    return Commands{edit::MoveLocator{locator, take_position(editing)}};
  });
}

}  // namespace

Family tempo_verbs() {
  return {
      "Timeline",
      {{"tempo set", "[DIR] [POS=]BPM[,ramp]…", "Give the song these tempos and no others",
        "The first begins the song: without POS, at 1.1.1. From a tempo with ,ramp on, it moves to the next one.",
        "firn tempo set song 96\nfirn tempo set song 1=96 17=96,ramp 25=72", set_tempo},
       {"tempo add", "[DIR] POS=BPM[,ramp]…", "Add tempos; they replace those at the same position", "",
        "firn tempo add song 17=100", add_tempo},
       {"tempo remove", "[DIR] POS…", "Remove the tempos at positions", "", "firn tempo remove song 17", remove_tempo},
       {"signature set", "[DIR] [POS=]BEATS/UNIT…", "Give the song these time signatures and no others",
        "The first begins the song: without POS, at 1.1.1. Bars are counted by the signatures given so far.",
        "firn signature set song 3/4\nfirn signature set song 1=4/4 9=7/8", set_signature},
       {"signature add", "[DIR] POS=BEATS/UNIT…", "Add time signatures", "", "firn signature add song 9=7/8",
        add_signature},
       {"signature remove", "[DIR] POS…", "Remove the time signatures at positions", "", "firn signature remove song 9",
        remove_signature},
       {"locator add", "[DIR] POS NAME", "Add a locator", "", "firn locator add song 17 Chorus", add_locator},
       {"locator remove", "[DIR] LOCATOR…", "Remove locators", "", "firn locator remove song Chorus", remove_locator},
       {"locator rename", "[DIR] LOCATOR NAME", "Give a locator another name", "",
        "firn locator rename song Chorus \"Chorus 1\"", rename_locator},
       {"locator move", "[DIR] LOCATOR POS", "Move a locator", "", "firn locator move song Chorus 18.1.1",
        move_locator}}};
}

}  // namespace firn::cli
