// A project file of any bytes is refused, or opens as a project whose text opens as the same project.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "files/project_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto project = firn::files::parse_project({reinterpret_cast<const char*>(data), size});
  if (!project) return 0;
  const std::string text = firn::files::text_of(*project);
  const auto again = firn::files::parse_project(text);
  if (!again || *again != *project || firn::files::text_of(*again) != text) std::abort();
  firn::files::files_of(*project);
  return 0;
}
