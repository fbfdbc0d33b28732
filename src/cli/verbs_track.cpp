// Tracks: adding, removing, naming, moving; switching tracks, devices and sends on and off.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/must.hpp"
#include "cli/notation.hpp"
#include "cli/values.hpp"
#include "cli/workspace.hpp"

namespace firn::cli {

using base::ErrorKind;
using document::Project;
using document::Track;
using document::TrackId;
using document::TrackKind;

namespace {

// Where a track is to stand.
struct PlaceOptions {
  std::string group;
  std::string before;
};

void add_place_options(CLI::App& app, PlaceOptions& options) {
  add_text(app, "--in", options.group, "GROUP", "Into this group");
  add_text(app, "--before", options.before, "TRACK", "Before this track");
}

edit::Place place_of(const Project& project, const PlaceOptions& options) {
  edit::Place place;
  if (!options.before.empty()) {
    const Track& before = track_of(project, options.before);
    place = {before.group, before.id};
  }
  if (!options.group.empty()) place.group = track_of(project, options.group).id;
  return place;
}

Run add_tracks(CLI::App& app) {
  struct Options {
    std::optional<std::string> names[4];  // by kind: MIDI, audio, group, return
    PlaceOptions place;
    std::string color;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  const char* const abouts[] = {"A MIDI track", "An audio track", "A group, with the tracks named in it", "A return"};
  const char* const flags[] = {"--midi", "--audio", "--group", "--return"};
  for (std::size_t i = 0; i < 4; ++i) add_text(app, flags[i], options->names[i], "NAME", abouts[i]);
  add_place_options(app, options->place);
  add_text(app, "--color", options->color, "RRGGBB", "Its colour");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const Project& project = editing.project();
      constexpr TrackKind kinds[] = {TrackKind::midi, TrackKind::audio, TrackKind::group, TrackKind::return_};
      Commands commands;
      edit::AddTrack track;
      for (std::size_t i = 0; i < 4; ++i) {
        if (!options->names[i]) continue;
        if (!commands.empty()) refuse(ErrorKind::usage, "Give one of --midi, --audio, --group and --return.");
        track.kind = kinds[i];
        track.name = *options->names[i];
        if (!options->color.empty()) track.color = must(parse_color(options->color));
        track.place = place_of(project, options->place);
        commands.emplace_back(track);
      }
      if (commands.empty())
        refuse(ErrorKind::usage, "Which kind? Give --midi, --audio, --group or --return with a name.");
      if (track.kind != TrackKind::group) return commands;
      for (const TrackId member : tracks_of(project, editing.arguments.take_rest())) {
        commands.push_back(edit::MoveTrack{member, {TrackId{project.next_id}, {}}});
      }
      return commands;
    });
  };
}

Run remove_tracks(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const Project& project = editing.project();
    const auto tracks = tracks_of(project, editing.arguments.take_all("TRACK"));
    Commands commands;
    for (const TrackId track : tracks) {
      // What goes with its group is not removed again.
      const bool goes_along = std::any_of(tracks.begin(), tracks.end(), [&](TrackId other) {
        return other != track && document::is_within(project, track, other);
      });
      if (!goes_along) commands.push_back(edit::RemoveTrack{track});
    }
    return commands;
  });
}

Run rename_track(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const TrackId track = track_of(editing.project(), editing.arguments.take("TRACK")).id;
    return Commands{edit::RenameTrack{track, editing.arguments.take("NAME")}};
  });
}

Run color_tracks(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const document::Color color = must(parse_color(editing.arguments.take("RRGGBB")));
    Commands commands;
    for (const TrackId track : tracks_of(editing.project(), editing.arguments.take_all("TRACK")))
      commands.push_back(edit::RecolorTrack{track, color});
    return commands;
  });
}

Run move_tracks(CLI::App& app) {
  struct Options {
    PlaceOptions place;
    bool top = false;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_place_options(app, options->place);
  add_flag(app, "--top", options->top, "Out of its group, to the end of the tracks");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const bool somewhere = options->top || !options->place.group.empty() || !options->place.before.empty();
      if (!somewhere) refuse(ErrorKind::usage, "Where to? Give --in GROUP, --before TRACK or --top.");
      const edit::Place place = place_of(editing.project(), options->place);
      Commands commands;
      for (const TrackId track : tracks_of(editing.project(), editing.arguments.take_all("TRACK")))
        commands.push_back(edit::MoveTrack{track, place});
      return commands;
    });
  };
}

// Switches whole tracks; or devices or sends of tracks, named or all of them.
Run switch_on(CLI::App& app, bool on) {
  struct Options {
    std::vector<std::string> devices;
    bool sends = false;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_list(app, "--device", options->devices, "DEVICE",
           "This device of the tracks instead; may be given several times");
  add_flag(app, "--sends", options->sends, "The sends of the tracks instead");
  add_json(app, options->json);
  return [options, on](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      Commands commands;
      for (const TrackId id : tracks_of(editing.project(), editing.arguments.take_all("TRACK"))) {
        const Track& track = *document::find(editing.project(), id);
        for (const std::string& name : options->devices)
          commands.push_back(edit::SetDeviceOn{id, device_of(track, name).id, on});
        if (options->sends) {
          for (const document::Send& send : track.mixer.sends) commands.push_back(edit::SetSendOn{id, send.to, on});
        }
        if (options->devices.empty() && !options->sends) commands.push_back(edit::SetTrackActive{id, on});
      }
      return commands;
    });
  };
}

Run activate(CLI::App& app) { return switch_on(app, true); }
Run deactivate(CLI::App& app) { return switch_on(app, false); }

}  // namespace

Family track_verbs() {
  return {"Tracks",
          {{"track add", "[DIR] --midi NAME | --audio NAME | --group NAME [TRACK…] | --return NAME", "Add a track", "",
            "firn track add song --midi Bass\nfirn track add song --group Drums Kick Snare Hats\nfirn track add song "
            "--return Hall --color 88aaff",
            add_tracks},
           {"track remove", "[DIR] TRACK…", "Remove tracks; a group with all that is in it", "",
            "firn track remove song Bass", remove_tracks},
           {"track rename", "[DIR] TRACK NAME", "Give a track another name", "",
            "firn track rename song 3 \"Sub Bass\"", rename_track},
           {"track color", "[DIR] RRGGBB TRACK…", "Give tracks another colour", "",
            "firn track color song ff8800 Bass Pad", color_tracks},
           {"track move", "[DIR] TRACK… --in GROUP | --before TRACK | --top", "Put tracks in another place", "",
            "firn track move song Bass --before Pad\nfirn track move song Kick Snare --in Drums\nfirn track move song "
            "Kick --top",
            move_tracks},
           {"activate", "[DIR] TRACK… [--device DEVICE]… [--sends]", "Switch tracks, devices or sends on again", "",
            "firn activate song Bass Pad\nfirn activate song Bass --device Reverb", activate},
           {"deactivate", "[DIR] TRACK… [--device DEVICE]… [--sends]",
            "Switch tracks, devices or sends off: they cost nothing then", "",
            "firn deactivate song Bass Pad\nfirn deactivate song Bass --device Reverb --device Chorus\nfirn deactivate "
            "song Bass --sends",
            deactivate}}};
}

}  // namespace firn::cli
