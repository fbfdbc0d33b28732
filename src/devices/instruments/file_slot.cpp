#include "devices/instruments/file_slot.hpp"

#include <fmt/format.h>

namespace firn::devices {

base::Result<std::string> path_of(const Settings& settings, std::string_view slot, const FileFinder& find_file) {
  const auto file = settings.files.find(std::string(slot));
  if (file == settings.files.end()) {
    return base::fail(base::ErrorKind::not_found,
                      fmt::format("The device \"{}\" has no file for \"{}\": choose one.", settings.type, slot));
  }
  return find_file(file->second);
}

}  // namespace firn::devices
