#include "cli/machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <optional>

#include "base/file.hpp"
#include "cli/interrupts.hpp"
#include "cli/progress.hpp"
#include "plugins/outside_files.hpp"
#include "store/digests.hpp"
#include "store/store.hpp"

namespace firn::cli {
namespace {

std::filesystem::path cache_folder() {
  if (const char* own = std::getenv("XDG_CACHE_HOME"); own != nullptr && *own == '/')
    return std::filesystem::path(own) / "firn";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::filesystem::path(home) / ".cache/firn";
  return std::filesystem::temp_directory_path() / "firn-cache";
}

std::filesystem::path host_program() {
  if (const char* own = std::getenv("FIRN_PLUGIN_HOST"); own != nullptr && *own != '\0') return own;
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "firn-plugin-host";
}

bool has_prints(const document::Project& project) {
  return std::any_of(project.tracks.begin(), project.tracks.end(), [](const auto& track) {
    return track->frozen() || std::any_of(track->clips.begin(), track->clips.end(), [](const auto& clip) {
             const auto* body = std::get_if<document::AudioClip>(&clip->body);
             return body != nullptr && body->bounce;
           });
  });
}

}  // namespace

std::shared_ptr<plugins::Machine> this_machine() {
  return std::make_shared<plugins::Machine>(plugins::Places{host_program(), cache_folder()});
}

base::Result<plugins::Catalogue> scan_plugins(Call& call, Rescan rescan) {
  Interrupts interrupts;
  Progress progress(call.console, "Scanning plug-ins", {48000});
  return call.machine.rescan(
      rescan == Rescan::all,
      [&](int done, int total, const std::string&) { progress.report(static_cast<double>(done) / total); },
      interrupts.token());
}

devices::FileFinder files_of(const std::filesystem::path& directory, const document::Project& project) {
  struct Files {
    std::map<base::Digest, base::FileRef> named;
    std::mutex mutex;                       // of what follows
    std::optional<store::Digests> digests;  // read when first asked for
  };
  const auto files = std::make_shared<Files>();
  document::for_each_device(project, [&](const document::Track&, const document::Device& device) {
    for (const auto& [slot, file] : device.files) files->named[file.content] = file;
  });
  return [files, directory](const base::Digest& content) -> base::Result<std::string> {
    const auto found = files->named.find(content);
    if (found == files->named.end())
      return base::fail(base::ErrorKind::not_found, "The project names no file with this content.");
    const std::lock_guard lock(files->mutex);
    if (!files->digests) files->digests.emplace(directory / ".firn/digests.jsonl", directory);
    return store::path_of(found->second, directory, *files->digests).map([](const auto& path) {
      return path.string();
    });
  };
}

std::map<document::DeviceId, std::set<std::string>> outside_files_in(const std::filesystem::path& directory,
                                                                     const document::Project& project) {
  std::map<document::DeviceId, std::set<std::string>> outside;
  document::for_each_device(project, [&](const document::Track&, const document::Device& device) {
    const auto state = device.files.find(std::string(devices::state_slot));
    if (!device.plugin || state == device.files.end()) return;
    const auto bytes = base::read_whole(directory / state->second.path, plugins::largest_state);
    if (!bytes) return;  // what is missing is said of it as of any file
    if (auto files = plugins::outside_files(*bytes); !files.empty()) outside[device.id] = std::move(files);
  });
  return outside;
}

std::map<document::DeviceId, std::string> obstacles_in(plugins::Machine& machine, const document::Project& project) {
  std::map<document::DeviceId, std::string> obstacles;
  document::for_each_device(project, [&](const document::Track&, const document::Device& device) {
    if (!device.plugin) return;
    if (std::string why = machine.obstacle(**device.plugin); !why.empty()) obstacles[device.id] = std::move(why);
  });
  return obstacles;
}

std::map<document::DeviceId, std::vector<std::string>> texts_in(plugins::Machine& machine,
                                                                const std::filesystem::path& directory,
                                                                const document::Project& project,
                                                                const std::vector<document::TrackId>& tracks) {
  std::map<document::DeviceId, std::vector<std::string>> texts;
  const devices::FileFinder files = files_of(directory, project);
  for (const document::TrackId id : tracks) {
    for (const document::Device& device : document::find(project, id)->devices) {
      if (!device.plugin) continue;
      texts[device.id] = machine.texts(plan::settings_of(project, device), project.rate, files);
    }
  }
  return texts;
}

plan::DeviceFacts facts_of(plugins::Machine& machine, const std::filesystem::path& directory,
                           const document::Project& project) {
  const devices::FileFinder files = files_of(directory, project);
  const devices::Plugins plugins = machine.devices();
  return plan::facts_of(
      project, [&](const devices::Settings& settings) { return plugins.facts(settings, project.rate, files); });
}

plan::DeviceFacts facts_for_prints(plugins::Machine& machine, const std::filesystem::path& directory,
                                   const document::Project& project) {
  return has_prints(project) ? facts_of(machine, directory, project) : plan::DeviceFacts{};
}

}  // namespace firn::cli
