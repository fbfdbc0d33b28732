#include "base/build.hpp"

#include <elf.h>
#include <link.h>

#include <cstring>

namespace firn::base {
namespace {

// The description of the note that the GNU linker leaves, in one of the program's segments of notes.
std::string id_in(const std::byte* notes, std::size_t bytes) {
  constexpr auto padded = [](std::size_t count) { return (count + 3) / 4 * 4; };
  while (bytes >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes, sizeof header);
    const std::size_t name_at = sizeof header;
    const std::size_t id_at = name_at + padded(header.n_namesz);
    const std::size_t end = id_at + padded(header.n_descsz);
    if (end > bytes) return {};
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 && std::memcmp(notes + name_at, "GNU", 4) == 0) {
      std::string id;
      for (std::size_t i = 0; i < header.n_descsz; ++i) {
        constexpr const char* digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned>(notes[id_at + i]);
        id += {digits[byte / 16], digits[byte % 16]};
      }
      return id;
    }
    notes += end;
    bytes -= end;
  }
  return {};
}

// The first object is the program itself.
int find_id(dl_phdr_info* object, std::size_t, void* id) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* notes = reinterpret_cast<const std::byte*>(object->dlpi_addr + segment.p_vaddr);
    auto& found = *static_cast<std::string*>(id);
    found = id_in(notes, segment.p_memsz);
    if (!found.empty()) break;
  }
  return 1;
}

}  // namespace

std::string build_id() {
  std::string id;
  ::dl_iterate_phdr(find_id, &id);
  return id;
}

}  // namespace firn::base
