// Machine: the plug-ins of this machine: finds them, and gives them to the rest of Firn as devices. Any thread.
//
// What it finds out is kept in a cache folder that may be removed at any time.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "devices/plugins.hpp"
#include "plugins/catalogue.hpp"
#include "plugins/loaded_plugin.hpp"
#include "plugins/scan.hpp"

namespace firn::plugins {

struct Places {
  std::filesystem::path host;   // the program firn-plugin-host
  std::filesystem::path cache;  // a folder, made where it is missing
};

class Machine : public std::enable_shared_from_this<Machine> {
 public:
  explicit Machine(Places places) : places_(std::move(places)) {}

  // Looks for what is new, changed or gone, and remembers it. As scan().
  base::Result<Catalogue> rescan(bool all, const std::function<void(int, int, const std::string&)>& progress,
                                 std::stop_token);
  // As the last scan found it. The first call of a run looks for what has changed since.
  base::Result<Catalogue> catalogue();

  // As an earlier scan left it, of this run or another; nothing is looked at.
  Catalogue remembered();

  // A plug-in loaded to be asked things. Fails with not_found or device, in whole sentences.
  base::Result<LoadedPlugin> open(const devices::Settings&, time::SampleRate, const devices::FileFinder&);

  // The settings' values as the plug-in prints them, in their order; it is loaded where it was never asked before. None where its format, or
  // the plug-in, says no more of a value than Firn does, and where it can't be loaded.
  std::vector<std::string> texts(const devices::Settings&, time::SampleRate, const devices::FileFinder&);

  // Lets go of the plug-ins that were loaded to find out about them, and that nothing has been made of since.
  void unload_unused();

  // As devices; they keep this machine alive.
  devices::Plugins devices();

  // What keeps the settings' plug-in from being loaded, as a clause: it is not installed, with the formats in which it is; or what the
  // scan found wrong with it. Empty if nothing is known to.
  std::string obstacle(const devices::DeviceType&);

 private:
  // What is known of a plug-in, set like that.
  struct Known {
    time::Frames latency;
    time::Frames tail;
    std::string failure;                                 // why it can't be loaded, as a clause; of this run alone
    std::optional<std::vector<std::string>> texts = {};  // of its settings' values, if it was asked for them
  };
  struct Here {
    Description plugin;
    base::Digest build;
    std::string fault;  // of the scan
  };

  devices::Facts facts(const devices::Settings&, time::SampleRate, const devices::FileFinder&);
  base::Result<std::unique_ptr<devices::Processor>> make(const devices::Settings&, time::SampleRate,
                                                         const devices::FileFinder&);
  std::filesystem::path catalogue_file() const { return places_.cache / "plugins.json"; }
  const Catalogue& as_remembered();
  std::optional<Here> here(const devices::DeviceType&);
  void refresh();
  base::Result<LoadedPlugin> load(const Here&, const devices::Settings&, time::SampleRate, const devices::FileFinder&);
  std::optional<Known> known(const base::Digest& key);
  std::map<base::Digest, Known>& all_known();
  void remember(const base::Digest& key, const Known&);

  const Places places_;
  std::mutex scanning_;  // held through a scan
  std::mutex mutex_;     // of what follows
  std::optional<Catalogue> catalogue_;
  bool is_fresh_ = false;                                  // looked at in this run
  std::optional<std::map<base::Digest, Known>> known_;     // as the cache has it
  std::multimap<base::Digest, LoadedPlugin> loaded_ = {};  // to find out about them, and not yet used
};

}  // namespace firn::plugins
