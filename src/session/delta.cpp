#include "session/delta.hpp"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>

namespace firn::session {
namespace {

constexpr std::size_t number_bytes = 8;
constexpr std::size_t header_bytes = 3 * number_bytes;
constexpr std::uint64_t longest_text = std::uint64_t{1} << 30;

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

void append_number(std::string& out, std::uint64_t number) {
  for (std::size_t i = 0; i < number_bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

std::uint64_t number_at(std::string_view bytes, std::size_t place) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < number_bytes; ++i) {
    number |= std::uint64_t{static_cast<unsigned char>(bytes[place * number_bytes + i])} << (8 * i);
  }
  return number;
}

std::string compressed(std::string_view text, std::string_view prefix) {
  const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  // The window must reach from the text's end to the prefix's start.
  const int window = std::clamp(static_cast<int>(std::bit_width(text.size() + prefix.size())), 10, 31);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, 1);
  ZSTD_CCtx_refPrefix(context.get(), prefix.data(), prefix.size());
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress2(context.get(), frame.data(), frame.size(), text.data(), text.size());
  assert(!ZSTD_isError(size));
  frame.resize(size);
  return frame;
}

std::optional<std::string> decompressed(std::string_view frame, std::string_view prefix, std::size_t size) {
  const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 31);
  ZSTD_DCtx_refPrefix(context.get(), prefix.data(), prefix.size());
  std::string text(size, '\0');
  const std::size_t got = ZSTD_decompressDCtx(context.get(), text.data(), text.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) || got != size) return std::nullopt;
  return text;
}

}  // namespace

std::string delta_of(std::string_view from, std::string_view to) {
  const auto [from_start, to_start] = std::mismatch(from.begin(), from.end(), to.begin(), to.end());
  const auto start = static_cast<std::size_t>(from_start - from.begin());
  from.remove_prefix(start);
  to.remove_prefix(start);
  const auto [from_end, to_end] = std::mismatch(from.rbegin(), from.rend(), to.rbegin(), to.rend());
  const auto end = static_cast<std::size_t>(from_end - from.rbegin());
  from.remove_suffix(end);
  to.remove_suffix(end);
  std::string delta;
  append_number(delta, start);
  append_number(delta, end);
  append_number(delta, to.size());
  return delta + compressed(to, from);
}

base::Result<std::string> apply_delta(std::string_view from, std::string_view delta) {
  const auto malformed = [](std::string message) { return base::fail(base::ErrorKind::malformed, std::move(message)); };
  if (delta.size() < header_bytes) return malformed("it is cut short");
  const std::uint64_t start = number_at(delta, 0);
  const std::uint64_t end = number_at(delta, 1);
  const std::uint64_t between = number_at(delta, 2);
  if (start > from.size() || end > from.size() - start || between > longest_text) {
    return malformed("it does not fit the text");
  }
  const std::string_view old = from.substr(start, from.size() - start - end);
  const auto text = decompressed(delta.substr(header_bytes), old, between);
  if (!text) return malformed("its content is damaged");
  std::string to(from.substr(0, start));
  to += *text;
  to += from.substr(from.size() - end);
  return to;
}

}  // namespace firn::session
