#include "plugins/host/search.hpp"

#include <cstdlib>
#include <set>
#include <sstream>

namespace firn::plugins::host {
namespace fs = std::filesystem;

namespace {

#if defined(__x86_64__)
constexpr const char* multiarch = "x86_64-linux-gnu";
#elif defined(__aarch64__)
constexpr const char* multiarch = "aarch64-linux-gnu";
#else
#error "Say here what Debian calls this processor's libraries."
#endif

void search(const fs::path& folder, std::string_view extension, std::set<fs::path>& real, std::set<fs::path>& found,
            int depth) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, fs::directory_options::skip_permission_denied, failed)) {
    std::error_code ignored;
    if (entry.path().extension() == extension) {
      if (real.insert(fs::weakly_canonical(entry.path(), ignored)).second) found.insert(entry.path());
    } else if (depth > 0 && entry.is_directory(ignored)) {
      search(entry.path(), extension, real, found, depth - 1);
    }
  }
}

}  // namespace

std::vector<fs::path> plugin_folders(const char* variable, std::string_view name) {
  std::vector<fs::path> folders;
  if (const char* set = std::getenv(variable); set != nullptr && *set != '\0') {
    std::istringstream list(set);
    for (std::string folder; std::getline(list, folder, ':');) {
      if (!folder.empty()) folders.emplace_back(folder);
    }
    return folders;
  }
  if (const char* home = std::getenv("HOME")) folders.push_back(fs::path(home) / ("." + std::string(name)));
  for (const fs::path prefix : {"/usr/local", "/usr"}) {
    for (const char* lib : {"lib", "lib64"}) folders.push_back(prefix / lib / name);
    folders.push_back(prefix / "lib" / multiarch / name);
  }
  return folders;
}

std::vector<fs::path> find_plugins(const std::vector<fs::path>& folders, std::string_view extension) {
  constexpr int deepest = 4;  // a maker's folder and some more; and an end for links that go round
  std::set<fs::path> real;
  std::vector<fs::path> all;
  for (const fs::path& folder : folders) {
    std::set<fs::path> found;
    search(folder, extension, real, found, deepest);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

}  // namespace firn::plugins::host
