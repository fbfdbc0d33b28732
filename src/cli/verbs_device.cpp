// Devices of a track, and the catalogue of those there are.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/device_settings.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/suggest.hpp"
#include "cli/values.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"
#include "devices/device_type.hpp"

namespace firn::cli {

using base::ErrorKind;
using document::Device;
using document::Track;

namespace {

// A type's name as `firn show` writes titles is welcome too: "Drum Rack" is drum_rack.
std::string type_name_of(std::string words) {
  for (char& c : words) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == ' ' || c == '-' ? '_' : c;
  return words;
}

const devices::DeviceType& built_in_named(const std::string& name) {
  const devices::DeviceType* type = devices::find_type(type_name_of(name));
  if (type != nullptr) return *type;
  std::vector<std::string> names;
  for (const auto& known : devices::catalogue()) names.push_back(known.name);
  const auto near = nearest(name, names);
  refuse(ErrorKind::not_found,
         fmt::format("There is no built-in device \"{}\".{} There are: {}; `firn plugins` lists plug-ins.", name,
                     near ? fmt::format(" Did you mean \"{}\"?", *near) : "", fmt::join(names, ", ")));
}

// All but what AddDevice itself takes.
void add_switches(Commands& commands, const DeviceSettings& settings, document::TrackId track,
                  document::DeviceId device) {
  if (settings.on) commands.push_back(edit::SetDeviceOn{track, device, *settings.on});
  if (settings.sets_side_chain) commands.push_back(edit::SetSideChain{track, device, settings.side_chain});
}

document::DeviceId before_of(const Track& track, const std::string& before) {
  return before.empty() ? document::DeviceId{} : device_of(track, before).id;
}

// A device's built-in type, or else the plug-in of that name; in a format, a plug-in.
base::Box<devices::DeviceType> type_named(Call& call, const std::string& name, const std::string& format) {
  if (format.empty()) {
    if (const auto* type = devices::find_type(type_name_of(name))) return *type;
  }
  // A Firn without the program that runs plug-ins still has its own devices.
  auto known = scan_plugins(call, Rescan::changed);
  if (!known && known.error().kind == ErrorKind::not_found && format.empty()) known = plugins::Catalogue{};
  return plugin_named(must(known), name, format);
}

Run add_device(CLI::App& app) {
  struct Options {
    std::string name;
    std::string before;
    std::string format;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_text(app, "--name", options->name, "NAME", "Its name; the device's own without it");
  add_text(app, "--before", options->before, "DEVICE", "Before this device; without it, behind the last of its class");
  add_text(app, "--format", options->format, "vst3|lv2|clap|ladspa", "A plug-in in this format");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
      const std::string wanted = editing.arguments.take("DEVICE (`firn devices` and `firn plugins` list them)");
      const base::Box<devices::DeviceType> type = type_named(call, wanted, parse_format(options->format));
      const std::vector<std::string> words = editing.arguments.take_rest();
      const DeviceSettings settings = type->plugin ? new_plugin_settings(editing, *type, words)
                                                   : take_settings(editing, devices::default_settings(*type), words);
      edit::AddDevice command{.track = track.id,
                              .type = type->name,
                              .name = options->name,
                              .before = before_of(track, options->before),
                              .parameters = settings.parameters,
                              .files = {},
                              .seed = settings.seed};
      if (type->plugin) command.plugin = type;
      for (const auto& [slot, file] : settings.files) {
        if (file) command.files.emplace(slot, *file);
      }
      const document::DeviceId device{editing.project().next_id};
      Commands commands{command};
      add_switches(commands, settings, track.id, device);
      return commands;
    });
  };
}

Run set_device(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
    const Device& device = device_of(track, editing.arguments.take("DEVICE"));
    const devices::Settings as_it_is = plan::settings_of(editing.project(), device);
    if (devices::type_of(as_it_is) == nullptr) built_in_named(device.type);  // says that there is none
    const DeviceSettings settings = take_settings(editing, as_it_is, editing.arguments.take_all("NAME=VALUE"));
    Commands commands;
    if (!settings.parameters.empty()) commands.push_back(edit::SetParameters{track.id, device.id, settings.parameters});
    for (const auto& [slot, file] : settings.files)
      commands.push_back(edit::SetDeviceFile{track.id, device.id, slot, file});
    if (settings.seed) commands.push_back(edit::SetDeviceSeed{track.id, device.id, *settings.seed});
    add_switches(commands, settings, track.id, device.id);
    return commands;
  });
}

Run remove_devices(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
    Commands commands;
    for (const std::string& name : editing.arguments.take_all("DEVICE"))
      commands.push_back(edit::RemoveDevice{track.id, device_of(track, name).id});
    return commands;
  });
}

Run move_device(CLI::App& app) {
  struct Options {
    std::string before;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_text(app, "--before", options->before, "DEVICE", "Before this device; without it, behind the last of its class");
  add_json(app, options->json);
  return [options](Call& call) {
    edit_project(call, options->json, [&](Editing& editing) {
      const Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
      const document::DeviceId device = device_of(track, editing.arguments.take("DEVICE")).id;
      return Commands{edit::MoveDevice{track.id, device, before_of(track, options->before)}};
    });
  };
}

Run rename_device(CLI::App& app) {
  return editing_verb(app, [](Editing& editing) {
    const Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
    const document::DeviceId device = device_of(track, editing.arguments.take("DEVICE")).id;
    return Commands{edit::RenameDevice{track.id, device, editing.arguments.take("NAME")}};
  });
}

Run list_devices(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json](Call& call) {
    Arguments arguments(call.words);
    std::vector<const devices::DeviceType*> types;
    for (const std::string& name : arguments.take_rest()) types.push_back(&built_in_named(name));
    if (types.empty()) {
      for (const devices::DeviceType& type : devices::catalogue()) types.push_back(&type);
    }
    if (*json) {
      Json all = Json::array();
      for (const auto* type : types) all.push_back(type_json(*type));
      call.console.print_json(Json{{"devices", all}});
      return;
    }
    for (std::size_t i = 0; i < types.size(); ++i) call.console.print((i == 0 ? "" : "\n") + type_text(*types[i]));
  };
}

}  // namespace

Family device_verbs() {
  return {"Devices",
          {{"device add", "[DIR] TRACK TYPE [NAME=VALUE…]", "Add an instrument or effect to a track's devices",
            "`firn devices` lists the types, and what each has to set.",
            "firn device add song Bass reverb\nfirn device add song Lead synth cutoff=1.2kHz --name Lead\n"
            "firn device add song Drums compressor side-chain=Kick:post-fx\nfirn device add song Keys soundfont "
            "soundfont=Piano.sf2 program=4",
            add_device},
           {"device set", "[DIR] TRACK DEVICE NAME=VALUE…", "Set a device's parameters, files and switches",
            "Beside its parameters and files, every device has on=on|off and seed=N, and one with a second input "
            "side-chain=TRACK:TAP|none. A plug-in has preset=NAME, and an LV2 plug-in that loads a person's files, a "
            "sampler or a convolution, takes each by its own name for it. Such files become the project's, as file1, "
            "file2 and so on, also those that are chosen in the plug-in's window.",
            "firn device set song Bass reverb decay=2.4s mix=30%\nfirn device set song Bass reverb on=off\n"
            "firn device set song Snare 'LV2 Convolution Stereo' impulse=hall.wav",
            set_device},
           {"device remove", "[DIR] TRACK DEVICE…", "Remove devices", "", "firn device remove song Bass Reverb",
            remove_devices},
           {"device move", "[DIR] TRACK DEVICE [--before DEVICE]", "Put a device in another place of the chain", "",
            "firn device move song Bass Reverb --before Delay", move_device},
           {"device rename", "[DIR] TRACK DEVICE NAME", "Give a device another name", "",
            "firn device rename song Bass Reverb Hall", rename_device},
           {"devices", "[TYPE…]", "List every device and its parameters", "",
            "firn devices\nfirn devices reverb\nfirn devices --json", list_devices}}};
}

}  // namespace firn::cli
