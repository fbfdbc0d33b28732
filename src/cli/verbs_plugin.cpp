// The plug-ins of this machine.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/device_settings.hpp"
#include "cli/machine.hpp"
#include "cli/must.hpp"
#include "cli/plugin_format.hpp"
#include "cli/plugin_window.hpp"
#include "cli/text_table.hpp"
#include "cli/view.hpp"
#include "cli/workspace.hpp"

namespace firn::cli {

using base::ErrorKind;

namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// All words are in what is said of it: its name, maker, format, class and id; of a faulty one its file and format.
bool fits(const std::string& text, const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(),
                     [&](const std::string& word) { return lower(text).find(lower(word)) != std::string::npos; });
}

// What of a catalogue is asked for.
struct Listing {
  std::vector<plugins::Found> plugins;        // by name, then format
  std::vector<const plugins::Shelf*> faults;  // with a fault, or plug-ins that have one
};

Listing listing_of(const plugins::Catalogue& catalogue, const std::vector<std::string>& words) {
  Listing listing;
  for (const plugins::Shelf& shelf : catalogue.shelves) {
    const bool is_faulty = !shelf.fault.empty() || !shelf.faults.empty();
    if (is_faulty && fits(shelf.file + " " + shelf.format, words)) listing.faults.push_back(&shelf);
    for (const plugins::Description& plugin : shelf.plugins) {
      const auto& type = plugin.type;
      const std::string text = fmt::format("{} {} {} {} {}", type.title, type.plugin->maker, type.plugin->format,
                                           class_word(type.device_class), type.plugin->id);
      if (fits(text, words)) listing.plugins.push_back({&shelf, &plugin});
    }
  }
  std::stable_sort(listing.plugins.begin(), listing.plugins.end(), [](const auto& a, const auto& b) {
    return lower(a.plugin->type.title) < lower(b.plugin->type.title);
  });
  return listing;
}

std::string table_of(const Listing& listing) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [shelf, plugin] : listing.plugins) {
    const auto& type = plugin->type;
    rows.push_back({type.title, plugins::format_title(shelf->format), class_word(type.device_class), type.plugin->maker,
                    type.plugin->version, std::to_string(type.parameters.size())});
  }
  return table_text({{"Plug-in"}, {"Format"}, {"Kind"}, {"Maker"}, {"Version"}, {"Parameters", Align::right}}, rows);
}

Json json_of(const Listing& listing) {
  Json found = Json::array();
  for (const auto& [shelf, plugin] : listing.plugins) {
    Json json = type_json(plugin->type);
    json["format"] = shelf->format;
    json["id"] = plugin->type.plugin->id;
    json["maker"] = plugin->type.plugin->maker;
    json["plugin_version"] = plugin->type.plugin->version;
    json["file"] = plugin->file;
    json["ins"] = plugin->ins;
    json["outs"] = plugin->outs;
    found.push_back(std::move(json));
  }
  Json faults = Json::array();
  for (const plugins::Shelf* shelf : listing.faults) {
    if (!shelf->fault.empty())
      faults.push_back(Json{{"format", shelf->format}, {"file", shelf->file}, {"why", shelf->fault}});
    for (const plugins::PluginFault& fault : shelf->faults) {
      faults.push_back(Json{{"format", shelf->format}, {"file", shelf->file}, {"id", fault.id}, {"why", fault.why}});
    }
  }
  return Json{{"plugins", std::move(found)}, {"faults", std::move(faults)}};
}

Run list_plugins(CLI::App& app) {
  struct Options {
    bool rescan = false;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  add_flag(app, "--rescan", options->rescan, "Look at every plug-in again, also at those that failed");
  add_json(app, options->json);
  return [options](Call& call) {
    Arguments arguments(call.words);
    const auto words = arguments.take_rest();
    const plugins::Catalogue catalogue = must(scan_plugins(call, options->rescan ? Rescan::all : Rescan::changed));
    Listing listing = listing_of(catalogue, words);
    if (listing.plugins.empty() && listing.faults.empty() && !(options->json && words.empty())) {
      refuse(ErrorKind::not_found, words.empty() ? "There are no plug-ins on this machine."
                                                 : fmt::format("No plug-in fits \"{}\".", fmt::join(words, " ")));
    }
    if (options->json) {
      call.console.print_json(json_of(listing));
      return;
    }
    if (listing.plugins.size() == 1) {
      call.console.print(table_of(listing) + "\n" + type_text(listing.plugins.front().plugin->type));
    } else if (!listing.plugins.empty()) {
      call.console.print(table_of(listing));
    }
    // A format that could not be listed is listed again each time.
    const auto is_file = [](const plugins::Shelf* shelf) { return !shelf->binary.empty(); };
    const auto files = std::stable_partition(listing.faults.begin(), listing.faults.end(), std::not_fn(is_file));
    for (auto shelf = listing.faults.begin(); shelf != files; ++shelf)
      call.console.print(
          fmt::format("\n{} can't be listed: {}. The next scan tries again.", (*shelf)->file, (*shelf)->fault));
    if (files != listing.faults.end())
      call.console.print("\nThese can't be used; they are tried again once they change:");
    for (auto each = files; each != listing.faults.end(); ++each) {
      const plugins::Shelf* shelf = *each;
      const std::string format = plugins::format_title(shelf->format);
      if (!shelf->fault.empty()) call.console.print(fmt::format("  {} ({}): {}.", shelf->file, format, shelf->fault));
      for (const plugins::PluginFault& fault : shelf->faults)
        call.console.print(fmt::format("  {} ({}) in {}: {}.", fault.id, format, shelf->file, fault.why));
    }
  };
}

Run open_plugin(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json](Call& call) {
    Arguments arguments(call.words);
    session::Session session = open_session(call.console, arguments.take_directory());
    const document::Track& track = track_of(session.project(), arguments.take("TRACK"));
    const document::Device& device = device_of(track, arguments.take("DEVICE"));
    arguments.end();
    if (!device.plugin) {
      refuse(ErrorKind::unsupported,
             fmt::format("{} is one of Firn's own devices, which have no window of their own. `firn device set` sets "
                         "its values.",
                         device.name));
    }
    Json steps = Json::array();
    show_plugin_window(call, session, track.id, device.id, [&](const std::string& step) {
      if (*json) {
        steps.push_back(step);
      } else {
        call.console.print(step);
        must(call.console.flush());  // it may stay open for long
      }
    });
    if (*json) call.console.print_json(Json{{"steps", steps}});
  };
}

// The plug-in of a device, as it is here in another format.
const devices::DeviceType& sibling_in(const plugins::Catalogue& catalogue, const devices::DeviceType& type,
                                      const std::string& format) {
  std::vector<std::string> others;
  const plugins::Found* in_format = nullptr;
  const std::vector<plugins::Found> siblings = plugins::siblings(catalogue, type);
  for (const plugins::Found& sibling : siblings) {
    others.push_back(plugins::format_title(sibling.shelf->format));
    if (sibling.shelf->format == format && in_format == nullptr) in_format = &sibling;
  }
  if (in_format != nullptr) return in_format->plugin->type;
  refuse(
      ErrorKind::not_found,
      fmt::format("{} is not on this machine as {}; {}.", type.title, plugins::format_title(format),
                  others.empty() ? "nor in any other format" : fmt::format("it is as {}", fmt::join(others, " and "))));
}

Run reformat_plugin(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  add_json(app, *json);
  return [json](Call& call) {
    edit_project(call, *json, [&](Editing& editing) {
      const document::Track& track = track_of(editing.project(), editing.arguments.take("TRACK"));
      const document::Device& device = device_of(track, editing.arguments.take("DEVICE"));
      const std::string format = parse_format(editing.arguments.take("FORMAT"));
      if (!device.plugin)
        refuse(ErrorKind::unsupported, fmt::format("{} is one of Firn's own devices, not a plug-in.", device.name));
      const devices::DeviceType& type = *document::type_of(device);
      if (type.plugin->format == format) return Commands{};
      const plugins::Catalogue catalogue = must(scan_plugins(call, Rescan::changed));
      editing.label = fmt::format("Change {} to {}", device.name, plugins::format_title(format));
      return format_changed(editing, track, device, sibling_in(catalogue, type, format));
    });
  };
}

}  // namespace

Family plugin_verbs() {
  return {"Plug-ins",
          {{"plugins", "[SEARCH…]", "List the plug-ins of this machine",
            "VST3, LV2, CLAP and LADSPA plug-ins, each looked at in a process of its own, so that one that crashes or "
            "hangs is only "
            "listed as such. What was found is remembered until its file changes. A search for one alone shows its "
            "parameters.",
            "firn plugins\nfirn plugins zam comp\nfirn plugins instrument lv2\nfirn plugins --rescan", list_plugins},
           {"device open", "[DIR] TRACK DEVICE", "Show a plug-in's own window",
            "Until it is closed. Each gesture there is a step of the project's history, saved at once: `firn undo` "
            "takes it back. It needs a display.",
            "firn device open song Bass ZamComp", open_plugin},
           {"device format", "[DIR] TRACK DEVICE vst3|lv2|clap|ladspa", "Use the same plug-in in another format",
            "As where the one that a project uses is not on this machine, but another is. Values and automation are "
            "carried over where both formats have the parameter; where they measure it differently, to the same place "
            "in its range. What the plug-in keeps beside its parameters starts anew.",
            "firn device format song Bass ZamComp lv2", reformat_plugin}}};
}

}  // namespace firn::cli
