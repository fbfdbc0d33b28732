#include "store/file_name.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace firn::store {
namespace {

// The bytes of the character that `text` starts with; 0 if it is broken UTF-8 (RFC 3629).
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::size_t count = byte(0) < 0x80 ? 1 : byte(0) < 0xc2 ? 0 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
  if (byte(0) > 0xf4 || count > text.size()) return 0;
  std::uint32_t code = count < 2 ? byte(0) : byte(0) & (0x7fu >> count);
  for (std::size_t i = 1; i < count; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr std::array<std::uint32_t, 5> lowest = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code < 0xe000;
  return code < lowest[count] || code > 0x10ffff || is_surrogate ? 0 : count;
}

bool is_fit(std::string_view character) {
  const auto first = static_cast<std::uint8_t>(character[0]);
  constexpr std::string_view reserved = "/\\:*?\"<>|";
  if (character.size() == 1) return first >= 0x20 && first != 0x7f && reserved.find(character) == reserved.npos;
  return !(first == 0xc2 && static_cast<std::uint8_t>(character[1]) < 0xa0);  // the other control characters
}

}  // namespace

std::string file_name_of(std::string_view text) {
  constexpr std::size_t limit = 120;
  std::string name;
  while (!text.empty()) {
    const std::size_t bytes = std::max<std::size_t>(1, character_bytes(text));
    const std::string_view character = text.substr(0, bytes);
    text.remove_prefix(bytes);
    const bool good = character_bytes(character) != 0 && is_fit(character);
    if (name.empty() && (character == "." || character == " ")) continue;
    if (name.size() + (good ? bytes : 1) > limit) break;
    name += good ? character : "_";
  }
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.pop_back();
  return name.empty() ? "untitled" : name;
}

}  // namespace firn::store
