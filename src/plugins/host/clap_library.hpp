// ClapLibrary: a .clap file, open and initialised while it lives, and the plug-ins that it can make. Main thread.
#pragma once

#include <clap/entry.h>
#include <clap/plugin-factory.h>

#include <memory>
#include <string>
#include <vector>

#include "plugins/host/library.hpp"

namespace firn::plugins::host {

class ClapLibrary {
 public:
  static Result<std::shared_ptr<ClapLibrary>> open(const std::string& file);
  ~ClapLibrary() { entry_->deinit(); }
  ClapLibrary(const ClapLibrary&) = delete;
  ClapLibrary& operator=(const ClapLibrary&) = delete;

  std::vector<std::string> ids() const;
  const clap_plugin_t* make(const clap_host_t*, const std::string& id) const;  // null if it has none of that id

 private:
  ClapLibrary(Library library, const clap_plugin_entry_t& entry, const clap_plugin_factory_t& factory)
      : library_(library), entry_(&entry), factory_(&factory) {}

  Library library_;
  const clap_plugin_entry_t* entry_;
  const clap_plugin_factory_t* factory_;
};

}  // namespace firn::plugins::host
