#include "plugins/host/lv2_state_files.hpp"

#include <lv2/atom/atom.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "plugins/host/lv2_world.hpp"

namespace firn::plugins::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_head = "file";
constexpr std::string_view bundle_head = "bundle/";
constexpr std::uintmax_t longest_text = 1 << 20;  // bytes; what is longer holds its matter itself

bool is_file_named_in(const fs::path& folder, std::string_view words) {
  const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  if (words.find_first_of("./\\") == std::string_view::npos || std::none_of(words.begin(), words.end(), is_letter))
    return false;
  std::string name(words);
  std::replace(name.begin(), name.end(), '\\', '/');
  std::error_code error;
  return fs::exists(folder / name, error);
}

// Is it a text, as those of sampled instruments are, in which a file or a folder beside it is named? Names stand between quotes, brackets, equals signs
// or spaces.
bool names_others(const fs::path& path) {
  std::error_code error;
  if (fs::file_size(path, error) > longest_text || error) return false;
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.find('\0') != std::string::npos) return false;
  const fs::path folder = path.parent_path();
  const auto any_between = [&](const char* marks) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find_first_of(marks, at), text.size());
      std::string_view words = std::string_view(text).substr(at, end - at);
      while (words.starts_with(' ')) words.remove_prefix(1);
      while (words.ends_with(' ')) words.remove_suffix(1);
      if (is_file_named_in(folder, words)) return true;
      at = end + 1;
    }
    return false;
  };
  return any_between("\"'<>=\n\r\t") || any_between("\"'<>=\n\r\t ");
}

char* copy_of(const std::string& text) { return strdup(text.c_str()); }

}  // namespace

Lv2StateFiles::Lv2StateFiles(Lv2Instance& plugin, fs::path bundle)
    : plugin_(plugin),
      bundle_(std::move(bundle)),
      interface_(static_cast<const LV2_State_Interface*>(
          lilv_instance_get_extension_data(plugin.lilv(), LV2_STATE__interface))),
      path_type_(Lv2World::instance().map(LV2_ATOM__Path)),
      descriptor_(*lilv_instance_get_descriptor(plugin.lilv())),
      instance_{&descriptor_, this, nullptr},
      map_path_{this,
                [](LV2_State_Map_Path_Handle self, const char* path) {
                  return copy_of(static_cast<Lv2StateFiles*>(self)->name_of(path));
                },
                [](LV2_State_Map_Path_Handle self, const char* name) {
                  return copy_of(static_cast<Lv2StateFiles*>(self)->known_path_of(name));
                }},
      free_path_{nullptr, [](LV2_State_Free_Path_Handle, char* path) { std::free(path); }},
      map_path_feature_{LV2_STATE__mapPath, &map_path_},
      free_path_feature_{LV2_STATE__freePath, &free_path_} {
  descriptor_.extension_data = [](const char* uri) -> const void* {
    static const LV2_State_Interface ours{save, restore};
    return std::string_view(uri) == LV2_STATE__interface ? &ours : nullptr;
  };
}

void Lv2StateFiles::begin_restore(std::vector<std::string> files) {
  files_ = std::move(files);
  missing_.clear();
  given_.clear();
}

std::string Lv2StateFiles::name_of(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error || !fs::is_regular_file(real, error)) return path;
  const fs::path in_bundle = real.lexically_relative(fs::weakly_canonical(bundle_, error));
  if (!in_bundle.empty() && *in_bundle.begin() != "..") return std::string(bundle_head) + in_bundle.string();
  if (names_others(real)) return path;
  auto found = std::find(files_.begin(), files_.end(), real);
  if (found == files_.end()) found = files_.insert(found, real.string());
  return std::string(file_head) + std::to_string(found - files_.begin() + 1);
}

std::optional<std::string> Lv2StateFiles::path_of(std::string_view name) const {
  if (name.starts_with(bundle_head)) return (bundle_ / name.substr(bundle_head.size())).string();
  if (!name.starts_with(file_head)) return std::string(name);
  std::size_t number = 0;
  const char* end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + file_head.size(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::string(name);
  if (number < 1 || number > files_.size() || files_[number - 1].empty()) return std::nullopt;
  return files_[number - 1];
}

std::string Lv2StateFiles::known_path_of(const std::string& name) {
  const auto path = path_of(name);
  if (!path) missing_ = name;
  return path.value_or(name);
}

std::vector<const LV2_Feature*> Lv2StateFiles::features() const {
  std::vector<const LV2_Feature*> features;
  for (const auto* feature = plugin_.features(); *feature != nullptr; ++feature) features.push_back(*feature);
  features.insert(features.end(), {&map_path_feature_, &free_path_feature_, nullptr});
  return features;
}

// A value that is a path is mapped too where the plug-in leaves that to the host.
LV2_State_Status Lv2StateFiles::save(LV2_Handle handle, LV2_State_Store_Function store, LV2_State_Handle state,
                                     std::uint32_t flags, const LV2_Feature* const*) {
  struct Storing {
    Lv2StateFiles& self;
    LV2_State_Store_Function store;
    LV2_State_Handle state;
  };
  auto& self = *static_cast<Lv2StateFiles*>(handle);
  Storing storing{self, store, state};
  const auto store_mapped = [](LV2_State_Handle to, std::uint32_t key, const void* value, std::size_t size,
                               std::uint32_t type, std::uint32_t value_flags) {
    const auto& [files, next, next_state] = *static_cast<Storing*>(to);
    const bool is_path = type == files.path_type_ && value != nullptr && *static_cast<const char*>(value) == '/';
    if (!is_path) return next(next_state, key, value, size, type, value_flags);
    const std::string name = files.name_of(static_cast<const char*>(value));
    return next(next_state, key, name.c_str(), name.size() + 1, type, value_flags);
  };
  return self.interface_->save(lilv_instance_get_handle(self.plugin_.lilv()), store_mapped, &storing, flags,
                               self.features().data());
}

LV2_State_Status Lv2StateFiles::restore(LV2_Handle handle, LV2_State_Retrieve_Function retrieve, LV2_State_Handle state,
                                        std::uint32_t flags, const LV2_Feature* const*) {
  struct Retrieving {
    Lv2StateFiles& self;
    LV2_State_Retrieve_Function retrieve;
    LV2_State_Handle state;
  };
  auto& self = *static_cast<Lv2StateFiles*>(handle);
  Retrieving retrieving{self, retrieve, state};
  const auto retrieve_mapped = [](LV2_State_Handle from, std::uint32_t key, std::size_t* size, std::uint32_t* type,
                                  std::uint32_t* value_flags) -> const void* {
    const auto& [files, next, next_state] = *static_cast<Retrieving*>(from);
    const void* value = next(next_state, key, size, type, value_flags);
    if (value == nullptr || *type != files.path_type_) return value;
    const std::string& path = files.given_.emplace_back(files.known_path_of(static_cast<const char*>(value)));
    *size = path.size() + 1;
    return path.c_str();
  };
  return self.interface_->restore(lilv_instance_get_handle(self.plugin_.lilv()), retrieve_mapped, &retrieving, flags,
                                  self.features().data());
}

}  // namespace firn::plugins::host
