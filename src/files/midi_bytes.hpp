// MidiBytes: a place in the bytes of a MIDI file, that never goes past its end. A value; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace firn::files {

struct MidiBytes {
  std::span<const std::byte> file;
  std::size_t at = 0;
  std::size_t end = 0;  // at most file.size()

  std::size_t left() const { return end - at; }
  std::uint8_t peek(std::size_t ahead = 0) const { return static_cast<std::uint8_t>(file[at + ahead]); }
  std::uint8_t take() { return static_cast<std::uint8_t>(file[at++]); }

  std::span<const std::byte> take(std::size_t size) {
    const auto bytes = file.subspan(at, size);
    at += size;
    return bytes;
  }

  bool starts_with(std::string_view id) const {
    if (left() < id.size()) return false;
    for (std::size_t i = 0; i < id.size(); ++i) {
      if (peek(i) != static_cast<std::uint8_t>(id[i])) return false;
    }
    return true;
  }

  // A variable-length quantity: seven bits a byte, the high bit set on all but the last. The format allows four bytes;
  // nothing if there are more than `longest`, or if it runs past the end.
  std::optional<std::int64_t> take_variable(int longest) {
    std::int64_t value = 0;
    for (; longest > 0 && at < end; --longest) {
      const std::uint8_t byte = take();
      value = value << 7 | (byte & 0x7F);
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::uint32_t take_big_endian(int bytes) {
    std::uint32_t value = 0;
    for (; bytes > 0; --bytes) value = value << 8 | take();
    return value;
  }
};

}  // namespace firn::files
