// The mixer, and where a track's signal comes from and goes to.
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
using document::TrackId;

namespace {

// The words at the end that are NAME=VALUE; those before are tracks.
struct TracksAndSettings {
  std::vector<TrackId> tracks;
  std::vector<Setting> settings;
};

TracksAndSettings tracks_and_settings(Editing& editing) {
  TracksAndSettings taken;
  std::vector<std::string> names;
  for (const std::string& word : editing.arguments.take_rest()) {
    if (word.find('=') == std::string::npos) {
      if (!taken.settings.empty())
        refuse(ErrorKind::usage, fmt::format("\"{}\" sets nothing: tracks come first, then NAME=VALUE.", word));
      names.push_back(word);
    } else {
      taken.settings.push_back(must(parse_setting(word)));
    }
  }
  if (names.empty()) refuse(ErrorKind::usage, "TRACK is missing.");
  if (taken.settings.empty()) refuse(ErrorKind::usage, "Nothing is set: give NAME=VALUE behind the tracks.");
  taken.tracks = tracks_of(editing.project(), names);
  return taken;
}

constexpr std::string_view send_prefix = "send:";

// "send:A=-12dB", "send:A=pre", "send:A=off", or several: "send:A=-12dB,pre".
void add_send(Commands& commands, const Project& project, TrackId track, const Setting& setting) {
  const TrackId to = track_of(project, setting.name.substr(send_prefix.size())).id;
  std::string_view rest = setting.value;
  do {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part == "pre" || part == "post") {
      commands.push_back(edit::SetSendPoint{track, to, part == "pre"});
    } else if (part == "on" || part == "off") {
      commands.push_back(edit::SetSendOn{track, to, part == "on"});
    } else {
      const auto level = parse_decibels(setting.name, part);
      if (!level) {
        refuse(ErrorKind::usage,
               fmt::format("{} can't be \"{}\": it is -inf to 6 dB, pre, post, on or off.", setting.name, part));
      }
      commands.push_back(edit::SetSendLevel{track, to, *level});
    }
  } while (!rest.empty());
}

void add_mixer_setting(Commands& commands, const Project& project, TrackId track, const Setting& setting) {
  if (setting.name == "volume") {
    commands.push_back(edit::SetVolume{track, must(parse_decibels("volume", setting.value))});
  } else if (setting.name == "pan") {
    commands.push_back(edit::SetPan{track, must(parse_pan(setting.value))});
  } else if (setting.name == "activator") {
    commands.push_back(edit::SetActivator{track, must(parse_switch("activator", setting.value))});
  } else if (setting.name == "mute") {
    commands.push_back(edit::SetActivator{track, !must(parse_switch("mute", setting.value))});
  } else if (setting.name == "solo") {
    commands.push_back(edit::SetSolo{track, must(parse_switch("solo", setting.value))});
  } else if (setting.name.substr(0, send_prefix.size()) == send_prefix) {
    add_send(commands, project, track, setting);
  } else {
    refuse(ErrorKind::usage,
           fmt::format("The mixer has no \"{}\": it has volume, pan, activator, mute, solo and send:RETURN.",
                       setting.name));
  }
}

void add_route_setting(Commands& commands, const Project& project, TrackId track, const Setting& setting) {
  if (setting.name == "input") {
    commands.push_back(edit::SetInput{track, must(parse_input(project, setting.value))});
  } else if (setting.name == "output") {
    commands.push_back(edit::SetOutput{track, must(parse_output(project, setting.value))});
  } else if (setting.name == "monitor") {
    commands.push_back(edit::SetMonitor{track, must(parse_monitor(setting.value))});
  } else if (setting.name == "arm") {
    commands.push_back(edit::SetArmed{track, must(parse_switch("arm", setting.value))});
  } else {
    refuse(ErrorKind::usage,
           fmt::format("A route has no \"{}\": it has input, output, monitor and arm.", setting.name));
  }
}

using AddSetting = void (*)(Commands&, const Project&, TrackId, const Setting&);

Run setting_verb(CLI::App& app, AddSetting add_setting) {
  return editing_verb(app, [add_setting](Editing& editing) {
    const TracksAndSettings taken = tracks_and_settings(editing);
    Commands commands;
    for (const TrackId track : taken.tracks) {
      for (const Setting& setting : taken.settings) add_setting(commands, editing.project(), track, setting);
    }
    return commands;
  });
}

Run mixer(CLI::App& app) { return setting_verb(app, add_mixer_setting); }
Run route(CLI::App& app) { return setting_verb(app, add_route_setting); }

}  // namespace

Family mixer_verbs() {
  return {
      "Mixer and routing",
      {{"mixer", "[DIR] TRACK… NAME=VALUE…", "Set volume, pan, sends, mute and solo",
        "    volume=-6dB      -inf to 6 dB\n"
        "    pan=20L          50L to 50R, C for the centre\n"
        "    send:A=-12dB     to the return A: -inf to 6 dB, pre or post, on or off; several with commas\n"
        "    mute=on          on or off; activator=off is the same\n"
        "    solo=on          on or off",
        "firn mixer song Bass volume=-6dB pan=20L send:A=-12dB\nfirn mixer song Kick Snare solo=on\nfirn mixer song "
        "Pad send:Hall=-9dB,pre",
        mixer},
       {"route", "[DIR] TRACK… NAME=VALUE…", "Set where a track's signal comes from and goes to",
        "    input=resampling     none, resampling (Main), TRACK:pre-fx, TRACK:post-fx, TRACK:post-mixer, TRACK:PAD, "
        "hw:1-2 (channels of the device),\n"
        "                         midi, midi:NAME or midi#10 (what is played on keyboards), or ext:NAME\n"
        "    output=parent        parent (its group, or Main), sends-only, past-main, or a track\n"
        "    monitor=auto         in, auto or off\n"
        "    arm=on               on or off\n"
        "\n"
        "A routing that makes a cycle is refused.",
        "firn route song Take input=resampling arm=on\nfirn route song Bass output=Bus\nfirn route song Ghost "
        "input=Kick:post-fx monitor=in",
        route}}};
}

}  // namespace firn::cli
