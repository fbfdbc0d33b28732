// Digest: 256 bits of BLAKE2b (RFC 7693, by libsodium), the identity of content. Any thread.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace firn::base {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  explicit operator bool() const { return *this != Digest{}; }
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

std::string hex(const Digest&);                         // 64 lower-case digits
std::optional<Digest> digest_of_hex(std::string_view);  // nothing unless it is 64 hexadecimal digits
Digest digest_of(std::span<const std::byte>);

// Feeds values one after another into a digest. Each is written with its width, little-endian; a string with its length
// first, so that two different sequences of calls never feed the same bytes by accident of concatenation.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& bytes(std::span<const std::byte>);
  Hasher& text(std::string_view);
  Hasher& number(std::int64_t);
  Hasher& real(double);  // by its bits; -0.0 counts as 0.0
  Hasher& digest(const Digest&);

  Digest finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firn::base
