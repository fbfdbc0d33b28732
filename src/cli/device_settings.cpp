#include "cli/device_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <span>

#include "base/file.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/notation.hpp"
#include "cli/plugin_state.hpp"
#include "cli/plugin_values.hpp"
#include "cli/suggest.hpp"
#include "cli/values.hpp"

namespace firn::cli {

using base::ErrorKind;
using devices::DeviceType;

namespace {

// Is what a file or an id says of a plug-in about this name? Letters and digits count.
bool is_about(std::string_view text, std::string_view name) {
  const auto plain = [](std::string_view words) {
    std::string letters;
    for (const char c : words) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0)
        letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return letters;
  };
  return !plain(name).empty() && plain(text).find(plain(name)) != std::string::npos;
}

// A list that a person will still read.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 12;
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(most, names.size()));
  const std::string rest = names.size() > most ? fmt::format(" and {} more", names.size() - most) : "";
  return fmt::format("{}{}", fmt::join(names.begin(), end, ", "), rest);
}

std::optional<document::FileRef> file_for(Editing& editing, const DeviceType& type, const Setting& setting) {
  store::Store& store = editing.session.store();
  if (setting.value == "none") return std::nullopt;
  if (setting.name == "soundfont") return soundfont_from(store, setting.value);
  if (type.plugin) return must(store.adopt(setting.value));
  return sample_from(editing.console, store, setting.value);
}

// The words of one device. A plug-in is loaded the first time that it is needed.
class Taking {
 public:
  Taking(Editing& editing, const devices::Settings& as_it_is)
      : editing_(editing), as_it_is_(as_it_is), type_(*devices::type_of(as_it_is)), values_(editing, as_it_is) {}

  DeviceSettings take(const std::vector<std::string>& words) {
    for (const std::string& word : words) take(must(parse_setting(word)));
    return std::move(settings_);
  }

  // The same for a new device, whose state is what it starts with, where no word gives another.
  DeviceSettings take_new(const std::vector<std::string>& words) {
    plugin();
    for (const std::string& word : words) take(must(parse_setting(word)));
    if (!settings_.files.contains(std::string(devices::state_slot))) keep_state(must(named(plugin().state())));
    return std::move(settings_);
  }

 private:
  void take(const Setting& setting) {
    const int index = index_of(setting.name);
    if (index >= 0) {
      settings_.parameters[type_.parameters[static_cast<std::size_t>(index)].name] =
          values_.value_of(index, setting.value);
    } else if (type_.plugin && setting.name == devices::state_slot && setting.value != "none") {
      take_state(setting.value);
    } else if (devices::has_file_slot(type_, setting.name)) {
      settings_.files[setting.name] = file_for(editing_, type_, setting);
    } else if (setting.name == "preset" && type_.plugin) {
      choose_preset(setting.value);
    } else if (setting.name == "on") {
      settings_.on = must(parse_switch("on", setting.value));
    } else if (setting.name == "seed") {
      constexpr std::int64_t largest = std::int64_t{1} << 53;
      settings_.seed = static_cast<std::uint64_t>(must(parse_whole("seed", setting.value, 0, largest)));
    } else if (setting.name == "side-chain") {
      settings_.sets_side_chain = true;
      if (setting.value != "none") settings_.side_chain = must(parse_tap(editing_.project(), setting.value));
    } else if (loads(setting.name)) {
      load_file(setting);
    } else {
      refuse(ErrorKind::not_found, fmt::format("{} has no \"{}\": it has {}.", type_.title, setting.name, names()));
    }
  }

  std::string names() {
    std::vector<std::string> names = {"on", "seed"};
    if (type_.plugin) names.emplace_back("preset");
    if (type_.side_chain) names.emplace_back("side-chain");
    for (const auto& slot : type_.files) names.push_back(slot.name);
    if (can_be_asked()) names.insert(names.end(), plugin().files.begin(), plugin().files.end());
    for (const auto& parameter : type_.parameters) names.push_back(parameter.name);
    return fmt::format("{}", fmt::join(names, ", "));
  }

  bool can_be_asked() const { return type_.plugin && editing_.machine.obstacle(type_).empty(); }

  // Can the plug-in be told to load a file by that name?
  bool loads(const std::string& name) {
    return can_be_asked() && std::find(plugin().files.begin(), plugin().files.end(), name) != plugin().files.end();
  }

  void load_file(const Setting& setting) {
    const auto path = std::filesystem::weakly_canonical(setting.value);
    if (!std::filesystem::is_regular_file(path))
      refuse(ErrorKind::not_found, fmt::format("There is no file {}.", setting.value));
    must(named(plugin().load_file(setting.name, path)));
    keep_state(must(named(plugin().state())));
  }

  // By its name, or by what a plug-in calls it.
  int index_of(const std::string& name) const {
    if (const int index = devices::index_of(type_, name); index >= 0) return index;
    const auto found = std::find_if(type_.parameters.begin(), type_.parameters.end(),
                                    [&](const devices::Parameter& p) { return !p.title.empty() && p.title == name; });
    return found == type_.parameters.end() ? -1 : static_cast<int>(found - type_.parameters.begin());
  }

  void choose_preset(const std::string& name) {
    if (const auto chosen = plugin().choose_preset(name); !chosen) {
      const auto presets = plugin().presets();
      const std::string known = !presets           ? chosen.error().message
                                : presets->empty() ? "it has no presets"
                                                   : fmt::format("it has {}", some_of(*presets));
      refuse(ErrorKind::not_found, fmt::format("{} has no preset \"{}\": {}.", type_.title, name, known));
    }
    take_values(plugin());
    keep_state(must(named(plugin().state())));
  }

  void take_values(const plugins::LoadedPlugin& plugin) {
    for (std::size_t i = 0; i < type_.parameters.size(); ++i) {
      const int place = plugin.places[i];
      if (place < 0) continue;
      settings_.parameters[type_.parameters[i].name] =
          plugin.value_there(i, plugin.values[static_cast<std::size_t>(place)]);
    }
  }

  void keep_state(const plugins::PluginState& state) {
    if (state.bytes.empty()) return;
    for (auto& [slot, file] : adopt_state(editing_.session.store(), state, as_it_is_))
      settings_.files.insert_or_assign(slot, std::move(file));
  }

  // As the plug-in takes it in: one that it can't read is refused before it is the project's.
  void take_state(const std::string& path) {
    const auto own = files_of(editing_.session.directory(), editing_.project());
    const std::string bytes = must(base::read_whole(path, plugins::largest_state));
    if (bytes.empty()) refuse(ErrorKind::malformed, fmt::format("{} is empty: it is no state of a plug-in.", path));
    const base::Digest content = base::digest_of(std::as_bytes(std::span(bytes)));
    devices::Settings with_it = as_it_is_;
    with_it.files[std::string(devices::state_slot)] = content;
    with_it.values.clear();  // those of the state hold
    const auto find = [&](const base::Digest& wanted) {
      return wanted == content ? base::Result<std::string>(path) : own(wanted);
    };
    // One that is not here can't be asked.
    if (can_be_asked()) {
      auto loaded = must(editing_.machine.open(with_it, editing_.project().rate, find));
      take_values(loaded);
      // What it refers to, the project has to hold too.
      if (const auto state = loaded.state(); state && !state->files.empty()) return keep_state(*state);
    }
    settings_.files[std::string(devices::state_slot)] = must(editing_.session.store().adopt(path));
  }

  plugins::LoadedPlugin& plugin() { return values_.plugin(); }

  template <class T>
  base::Result<T> named(base::Result<T> result) const {
    if (result) return result;
    return base::fail(result.error().kind, fmt::format("{} failed: {}.", type_.title, result.error().message));
  }

  Editing& editing_;
  const devices::Settings& as_it_is_;
  const DeviceType& type_;
  PluginValues values_;
  DeviceSettings settings_;
};

// Why what may be meant can't be used, a sentence for each.
std::string faults_about(const plugins::Catalogue& catalogue, const std::string& name, const std::string& format) {
  std::string faults;
  for (const plugins::Shelf& shelf : catalogue.shelves) {
    if (!format.empty() && shelf.format != format) continue;
    if (!shelf.fault.empty() && is_about(shelf.file, name))
      faults += fmt::format(" {} can't be used: {}.", shelf.file, shelf.fault);
    for (const plugins::PluginFault& fault : shelf.faults) {
      if (is_about(fault.id, name))
        faults += fmt::format(" {} in {} can't be used: {}.", fault.id, shelf.file, fault.why);
    }
  }
  return faults;
}

}  // namespace

DeviceSettings take_settings(Editing& editing, const devices::Settings& as_it_is,
                             const std::vector<std::string>& words) {
  return Taking(editing, as_it_is).take(words);
}

DeviceSettings new_plugin_settings(Editing& editing, const DeviceType& type, const std::vector<std::string>& words) {
  devices::Settings settings = devices::default_settings(type);
  settings.grid = editing.project().plugin_grid;
  return Taking(editing, settings).take_new(words);
}

const DeviceType& plugin_named(const plugins::Catalogue& catalogue, const std::string& name,
                               const std::string& format) {
  const auto found = plugins::named(catalogue, name, format);
  if (found.empty()) {
    std::string formats;  // that it has, but not this one
    for (const auto& other : format.empty() ? std::vector<plugins::Found>{} : plugins::named(catalogue, name))
      formats += (formats.empty() ? "" : " and ") + plugins::format_title(other.shelf->format);
    const std::string faults = faults_about(catalogue, name, format);
    if (!formats.empty()) {
      refuse(ErrorKind::not_found, fmt::format("There is no {} plug-in \"{}\" on this machine, but as {} it is here.{}",
                                               plugins::format_title(format), name, formats, faults));
    }
    std::vector<std::string> names;
    if (format.empty()) {
      for (const DeviceType& type : devices::catalogue()) names.push_back(type.name);
    }
    for (const plugins::Shelf& shelf : catalogue.shelves) {
      for (const auto& plugin : shelf.plugins) names.push_back(plugin.type.title);
    }
    const auto near = nearest(name, names);
    refuse(
        ErrorKind::not_found,
        fmt::format("There is no {} \"{}\" on this machine.{}{} `firn devices` and `firn plugins` list what there is.",
                    format.empty() ? "device" : plugins::format_title(format) + " plug-in", name,
                    near ? fmt::format(" Did you mean \"{}\"?", *near) : "", faults));
  }
  // The same plug-in in other formats stands behind the preferred one.
  const DeviceType& first = found.front().plugin->type;
  std::vector<std::string> titles;
  std::set<std::string> namesakes;  // of one format; the same plug-in may lie in two places
  for (const auto& other : found) {
    const DeviceType& type = other.plugin->type;
    if (std::find(titles.begin(), titles.end(), type.title) == titles.end()) titles.push_back(type.title);
    if (type.title == first.title && type.plugin->format == first.plugin->format) namesakes.insert(type.name);
  }
  if (titles.size() > 1)
    refuse(ErrorKind::ambiguous, fmt::format("\"{}\" fits several plug-ins: {}. Name one.", name, some_of(titles)));
  if (namesakes.size() > 1) {
    refuse(ErrorKind::ambiguous, fmt::format("Several plug-ins are called {}: name one by {}.", first.title,
                                             some_of({namesakes.begin(), namesakes.end()})));
  }
  return first;
}

std::string parse_format(const std::string& word) {
  std::string format = word;
  for (char& c : format) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::array<std::string_view, 5> formats{"", "vst3", "lv2", "clap", "ladspa"};
  if (std::find(formats.begin(), formats.end(), format) == formats.end())
    refuse(ErrorKind::usage, fmt::format("There is no format \"{}\": choose vst3, lv2, clap or ladspa.", word));
  return format;
}

}  // namespace firn::cli
