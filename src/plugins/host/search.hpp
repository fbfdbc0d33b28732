// Where plug-ins are installed, and what is there. Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace firn::plugins::host {

// The colon-separated folders of `variable` or, where it is not set, those of the FHS: for ("CLAP_PATH", "clap") they are ~/.clap,
// /usr/local/lib/clap, /usr/lib/clap, and their likes for 64-bit and multiarch systems.
std::vector<std::filesystem::path> plugin_folders(const char* variable, std::string_view name);

// All files and folders in them, and below, with that extension, each once, sorted within each of the folders. What is found is not searched further.
std::vector<std::filesystem::path> find_plugins(const std::vector<std::filesystem::path>& folders,
                                                std::string_view extension);

}  // namespace firn::plugins::host
