#include "plugins/catalogue.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/file.hpp"

namespace firn::plugins {
namespace {

constexpr int cache_version = 3;
constexpr std::int64_t largest_catalogue = 1LL << 28;
constexpr std::int64_t largest_binary = 1LL << 31;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

int preference_of(std::string_view format) {
  constexpr std::array<std::string_view, 4> order{"vst3", "clap", "lv2", "ladspa"};
  return static_cast<int>(std::find(order.begin(), order.end(), format) - order.begin());
}

// All plug-ins that `fits` takes, the preferred formats first.
template <class Fits>
std::vector<Found> all_of(const Catalogue& catalogue, Fits&& fits) {
  std::vector<Found> found;
  for (const Shelf& shelf : catalogue.shelves) {
    for (const Description& plugin : shelf.plugins) {
      if (fits(plugin.type)) found.push_back({&shelf, &plugin});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return preference_of(a.shelf->format) < preference_of(b.shelf->format);
  });
  return found;
}

// What makes a plug-in what it is: its program, and in an LV2 bundle the texts beside it, which describe it.
std::vector<std::filesystem::path> parts_of(const std::filesystem::path& binary) {
  std::vector<std::filesystem::path> parts{binary};
  const auto folder = binary.parent_path();
  std::error_code error;
  if (!std::filesystem::exists(folder / "manifest.ttl", error)) return parts;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".ttl") parts.push_back(entry->path());
  }
  std::sort(parts.begin() + 1, parts.end());
  return parts;
}

Shelf shelf_of(const Json& json) {
  Shelf shelf;
  shelf.format = text_in(json, "format");
  shelf.file = text_in(json, "file");
  shelf.binary = text_in(json, "binary");
  shelf.stamp = {whole_in(json, "size"), whole_in(json, "modified"),
                 base::digest_of_hex(text_in(json, "digest")).value_or(base::Digest{})};
  shelf.fault = text_in(json, "fault");
  if (const auto faults = json.find("faults"); faults != json.end() && faults->is_array()) {
    for (const Json& fault : *faults) shelf.faults.push_back({text_in(fault, "id"), text_in(fault, "why")});
  }
  if (const auto plugins = json.find("plugins"); plugins != json.end() && plugins->is_array()) {
    for (const Json& plugin : *plugins) {
      if (auto description = description_of(plugin)) shelf.plugins.push_back(std::move(*description));
    }
  }
  return shelf;
}

Json json_of(const Shelf& shelf) {
  Json plugins = Json::array();
  for (const Description& plugin : shelf.plugins) plugins.push_back(json_of(plugin));
  Json faults = Json::array();
  for (const PluginFault& fault : shelf.faults) faults.push_back(Json{{"id", fault.id}, {"why", fault.why}});
  return {{"format", shelf.format},
          {"file", shelf.file},
          {"binary", shelf.binary},
          {"size", shelf.stamp.size},
          {"modified", shelf.stamp.modified},
          {"digest", base::hex(shelf.stamp.digest)},
          {"fault", shelf.fault},
          {"faults", std::move(faults)},
          {"plugins", std::move(plugins)}};
}

}  // namespace

std::optional<Found> find(const Catalogue& catalogue, const devices::PluginOrigin& origin) {
  const auto found = all_of(catalogue, [&](const devices::DeviceType& type) {
    return type.plugin->format == origin.format && type.plugin->id == origin.id;
  });
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::string fault_of(const Catalogue& catalogue, const devices::PluginOrigin& origin) {
  for (const Shelf& shelf : catalogue.shelves) {
    if (shelf.format != origin.format) continue;
    if (!shelf.fault.empty() && shelf.file == origin.id) return shelf.fault;  // of LV2, where each has its own
    for (const PluginFault& fault : shelf.faults) {
      if (fault.id == origin.id) return fault.why;
    }
  }
  return {};
}

std::vector<Found> named(const Catalogue& catalogue, std::string_view name, std::string_view format) {
  const std::string wanted = lower(name);
  const auto in_format = [&](const devices::DeviceType& type) {
    return format.empty() || type.plugin->format == format;
  };
  auto found = all_of(catalogue, [&](const devices::DeviceType& type) {
    return in_format(type) && (lower(type.title) == wanted || type.plugin->id == name || type.name == name);
  });
  if (!found.empty()) return found;
  return all_of(catalogue, [&](const devices::DeviceType& type) {
    return in_format(type) && lower(type.title).find(wanted) != std::string::npos;
  });
}

std::vector<Found> siblings(const Catalogue& catalogue, const devices::DeviceType& of) {
  return all_of(catalogue, [&](const devices::DeviceType& type) {
    const std::string one = lower(type.plugin->maker);
    const std::string other = lower(of.plugin->maker);
    return type.plugin->format != of.plugin->format && lower(type.title) == lower(of.title) &&
           type.device_class == of.device_class && (one == other || one.empty() || other.empty());
  });
}

std::optional<Stamp> look_at(const std::filesystem::path& path) {
  Stamp stamp;
  for (const auto& part : parts_of(path)) {
    struct stat status {};
    if (::stat(part.c_str(), &status) != 0) return std::nullopt;
    stamp.size += status.st_size;
    stamp.modified =
        std::max<std::int64_t>(stamp.modified, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec);
  }
  return stamp;
}

base::Result<Stamp> stamp_of(const std::filesystem::path& path) {
  Stamp stamp = look_at(path).value_or(Stamp{});
  base::Hasher hasher;
  for (const auto& part : parts_of(path)) {
    const auto content = base::read_whole(part, largest_binary);
    if (!content) return tl::unexpected(content.error());
    hasher.bytes(std::as_bytes(std::span(*content)));
  }
  stamp.digest = hasher.finish();
  return stamp;
}

Catalogue read_catalogue(const std::filesystem::path& path) {
  Catalogue catalogue;
  const auto text = base::read_whole(path, largest_catalogue);
  if (!text) return catalogue;
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object() || whole_in(json, "version") != cache_version || !json.contains("shelves")) return catalogue;
  for (const Json& shelf : json["shelves"]) catalogue.shelves.push_back(shelf_of(shelf));
  return catalogue;
}

base::Result<void> write_catalogue(const std::filesystem::path& path, const Catalogue& catalogue) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  Json shelves = Json::array();
  for (const Shelf& shelf : catalogue.shelves) shelves.push_back(json_of(shelf));
  const Json json{{"version", cache_version}, {"shelves", std::move(shelves)}};
  return base::replace_file(path, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n",
                            path.string() + fmt::format(".{}", ::getpid()));
}

}  // namespace firn::plugins
