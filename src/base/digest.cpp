#include "base/digest.hpp"

#include <sodium.h>

#include <bit>
#include <cassert>

namespace firn::base {

struct Hasher::State {
  crypto_generichash_state blake;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  [[maybe_unused]] static const int ready = sodium_init();  // chooses the processor's fastest instructions
  assert(ready >= 0);
  crypto_generichash_init(&state_->blake, nullptr, 0, Digest{}.bytes.size());
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::bytes(std::span<const std::byte> data) {
  crypto_generichash_update(&state_->blake, reinterpret_cast<const unsigned char*>(data.data()), data.size());
  return *this;
}

Hasher& Hasher::text(std::string_view text) {
  number(static_cast<std::int64_t>(text.size()));
  return bytes(std::as_bytes(std::span(text.data(), text.size())));
}

Hasher& Hasher::number(std::int64_t value) {
  std::array<std::byte, 8> little;
  for (std::size_t i = 0; i < little.size(); ++i) {
    little[i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
  return bytes(little);
}

Hasher& Hasher::real(double value) { return number(std::bit_cast<std::int64_t>(value == 0.0 ? 0.0 : value)); }

Hasher& Hasher::digest(const Digest& digest) { return bytes(std::as_bytes(std::span(digest.bytes))); }

Digest Hasher::finish() {
  Digest digest;
  crypto_generichash_final(&state_->blake, digest.bytes.data(), digest.bytes.size());
  return digest;
}

Digest digest_of(std::span<const std::byte> data) { return Hasher().bytes(data).finish(); }

std::string hex(const Digest& digest) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest.bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::optional<Digest> digest_of_hex(std::string_view text) {
  const auto value_of = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  Digest digest;
  if (text.size() != 2 * digest.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const int high = value_of(text[2 * i]);
    const int low = value_of(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

}  // namespace firn::base
