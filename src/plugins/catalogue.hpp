// Catalogue: the plug-ins of a machine as the last scan found them, and the file that remembers it. Values; any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "plugins/description.hpp"

namespace firn::plugins {

// What tells whether a file has changed, without reading it; and, where that says so, its digest.
struct Stamp {
  std::int64_t size = 0;
  std::int64_t modified = 0;  // nanoseconds since 1970
  base::Digest digest{};

  bool looks_like(const Stamp& other) const { return size == other.size && modified == other.modified; }
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

// A plug-in that can't be had though its file holds it, and why, as a clause.
struct PluginFault {
  std::string id;
  std::string why;

  friend bool operator==(const PluginFault&, const PluginFault&) = default;
};

// One file, bundle or, of LV2, plug-in that was looked at, with what it holds, or why that could not be found out; or, without a binary, why a whole
// format could not be listed.
struct Shelf {
  std::string format;
  std::string file;    // as the host is told of it
  std::string binary;  // the program in it
  Stamp stamp;         // of the binary, with what describes it
  std::vector<Description> plugins;
  std::vector<PluginFault> faults;  // of single ones
  std::string fault;                // of all of it, as a clause; empty if there is none

  friend bool operator==(const Shelf&, const Shelf&) = default;
};

struct Catalogue {
  std::vector<Shelf> shelves;  // by format; within it as they are listed, the user's own folder first

  friend bool operator==(const Catalogue&, const Catalogue&) = default;
};

struct Found {
  const Shelf* shelf;
  const Description* plugin;
};

// The plug-in of that origin: its format and id; the first, where it lies in several places. Nothing if it is not there.
std::optional<Found> find(const Catalogue&, const devices::PluginOrigin&);
// Why the plug-in of that origin can't be had though it is there, as a clause; empty if nothing is known.
std::string fault_of(const Catalogue&, const devices::PluginOrigin&);

// Those called so, whatever their case, in any format or in the one given; else those whose name has the words in it. VST3 comes first,
// then CLAP, LV2 and LADSPA.
std::vector<Found> named(const Catalogue&, std::string_view name, std::string_view format = {});
// The same plug-in in other formats, as its name and maker tell.
std::vector<Found> siblings(const Catalogue&, const devices::DeviceType&);

// The size and time of a plug-in's program, with those of its bundle's descriptions in LV2; nothing if it is not there. And its digest besides; fails with io.
std::optional<Stamp> look_at(const std::filesystem::path&);
base::Result<Stamp> stamp_of(const std::filesystem::path&);

// A file that is not there or not whole is an empty catalogue: it is made again.
Catalogue read_catalogue(const std::filesystem::path&);
base::Result<void> write_catalogue(const std::filesystem::path&, const Catalogue&);

}  // namespace firn::plugins
