#include "plugins/host/clap_library.hpp"

#include <algorithm>

#include "plugins/host/clap_plugin.hpp"
#include "plugins/host/formats.hpp"
#include "plugins/host/search.hpp"

namespace firn::plugins::host {

Result<std::shared_ptr<ClapLibrary>> ClapLibrary::open(const std::string& file) {
  auto library = Library::open(file);
  if (!library) return tl::unexpected(library.error());
  const auto* entry = library->find<const clap_plugin_entry_t*>("clap_entry");
  if (entry == nullptr) return fail(file + " holds no CLAP plug-ins.");
  if (!clap_version_is_compatible(entry->clap_version)) return fail(file + " is of a CLAP before version 1.");
  if (!entry->init(file.c_str())) return fail(file + " refuses to be used.");
  const auto* factory = static_cast<const clap_plugin_factory_t*>(entry->get_factory(CLAP_PLUGIN_FACTORY_ID));
  if (factory == nullptr) {
    entry->deinit();
    return fail(file + " makes no plug-ins.");
  }
  return std::shared_ptr<ClapLibrary>(new ClapLibrary(*library, *entry, *factory));
}

std::vector<std::string> ClapLibrary::ids() const {
  std::vector<std::string> ids;
  for (std::uint32_t i = 0; i < factory_->get_plugin_count(factory_); ++i) {
    const auto* descriptor = factory_->get_plugin_descriptor(factory_, i);
    if (descriptor != nullptr && descriptor->id != nullptr) ids.emplace_back(descriptor->id);
  }
  return ids;
}

// Some factories make their only plug-in whatever id they are given.
const clap_plugin_t* ClapLibrary::make(const clap_host_t* host, const std::string& id) const {
  const auto known = ids();
  if (std::find(known.begin(), known.end(), id) == known.end()) return nullptr;
  return factory_->create_plugin(factory_, host, id.c_str());
}

std::vector<Candidate> list_clap() {
  std::vector<Candidate> candidates;
  for (const auto& path : find_plugins(plugin_folders("CLAP_PATH", "clap"), ".clap")) {
    candidates.push_back({path.string(), path.string()});
  }
  return candidates;
}

Result<void> scan_clap(const std::string& file, const Scanning& scanning) {
  const auto library = ClapLibrary::open(file);
  if (!library) return tl::unexpected(library.error());
  for (const std::string& id : (*library)->ids()) {
    if (std::ranges::find(scanning.without, id) != scanning.without.end()) continue;
    scanning.begin(id);
    const auto plugin = ClapPlugin::make(*library, file, id, Setup{});
    const auto ready = plugin ? (*plugin)->activate() : tl::unexpected(plugin.error());
    if (ready) {
      scanning.found((*plugin)->description());
    } else {
      scanning.cannot_be(id, ready.error());
    }
  }
  return {};
}

Result<std::unique_ptr<HostedPlugin>> load_clap(const Source& source, const Setup& setup) {
  auto library = ClapLibrary::open(source.file);
  if (!library) return tl::unexpected(library.error());
  return ClapPlugin::make(std::move(*library), source.file, source.id, setup);
}

}  // namespace firn::plugins::host
