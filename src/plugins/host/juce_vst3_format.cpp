#include <sys/utsname.h>

#include "plugins/host/formats.hpp"
#include "plugins/host/juce_vst3_plugin.hpp"
#include "plugins/host/search.hpp"

namespace firn::plugins::host {
namespace {

namespace fs = std::filesystem;

// In a bundle the library lies below Contents, where others may lie beside it; the bundle's folder itself keeps its date when it is replaced.
fs::path binary_of(const fs::path& bundle) {
  std::error_code failed;
  utsname machine{};
  uname(&machine);
  const auto usual = bundle / "Contents" / (machine.machine + std::string("-linux")) / bundle.stem().concat(".so");
  if (fs::exists(usual, failed)) return usual;
  for (const auto& entry : fs::recursive_directory_iterator(bundle / "Contents", failed)) {
    if (entry.path().extension() == ".so") return entry.path();
  }
  return bundle;
}

// Calls `visit` with each plug-in in the file, made and ready, until it returns true.
template <class Visit>
Result<void> for_each_plugin(const std::string& file, const Setup& setup, Visit&& visit) {
  juce::VST3PluginFormat format;
  juce::OwnedArray<juce::PluginDescription> found;
  format.findAllTypesForFile(found, juce::String::fromUTF8(file.c_str()));
  if (found.isEmpty()) return fail(file + " holds no VST3 plug-ins that can be loaded here.");
  for (const auto* about : found) {
    juce::String error;
    auto instance = format.createInstanceFromDescription(*about, setup.rate, setup.grid, error);
    if (instance == nullptr) return fail(about->name.toStdString() + ": " + error.toStdString());
    if (visit(std::make_unique<Vst3Plugin>(std::move(instance), *about, setup))) break;
  }
  return {};
}

}  // namespace

std::vector<Candidate> list_vst3() {
  std::vector<Candidate> candidates;
  for (const auto& path : find_plugins(plugin_folders("VST3_PATH", "vst3"), ".vst3")) {
    candidates.push_back({path.string(), binary_of(path).string()});
  }
  return candidates;
}

Result<void> scan_vst3(const std::string& file, const Scanning& scanning) {
  return for_each_plugin(file, Setup{}, [&](std::unique_ptr<Vst3Plugin> plugin) {
    if (plugin->activate()) scanning.found(plugin->description());
    return false;
  });
}

Result<std::unique_ptr<HostedPlugin>> load_vst3(const Source& source, const Setup& setup) {
  std::unique_ptr<HostedPlugin> wanted;
  const auto done = for_each_plugin(source.file, setup, [&](std::unique_ptr<Vst3Plugin> plugin) {
    if (plugin->description().id == source.id) wanted = std::move(plugin);
    return wanted != nullptr;
  });
  if (!done) return tl::unexpected(done.error());
  if (!wanted) return fail(source.file + " has no plug-in " + source.id + ".");
  return wanted;
}

}  // namespace firn::plugins::host
