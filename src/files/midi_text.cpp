#include "files/midi_text.hpp"

#include <iconv.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "document/check.hpp"

namespace firn::files {
namespace {

constexpr std::size_t longest_read = 1024;
constexpr std::size_t longest_kept = 256;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// Windows-1252 for 0x80 to 0x9F; the rest of it is Latin-1. The five bytes it leaves open become U+FFFD.
constexpr std::array<std::uint16_t, 32> windows_1252{0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                                     0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

std::string of_windows_1252(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint8_t byte = byte_at(text, i);
    append_utf8(out, byte >= 0x80 && byte < 0xA0 ? windows_1252[byte - 0x80u] : byte);
  }
  return out;
}

// Japanese text is mostly pairs that begin with 0x81 to 0x9F (kana, signs, the common kanji), bytes that Western text
// hardly ever has; accented Western letters are 0xC0 and above and stand between plain ones.
bool looks_like_shift_jis(std::string_view text) {
  int typical = 0;
  int other = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint8_t lead = byte_at(text, i);
    if (lead < 0x80 || (lead >= 0xA1 && lead <= 0xDF)) {
      other += lead >= 0x80;
      continue;
    }
    if (i + 1 == text.size() || lead == 0x80 || lead == 0xA0 || lead > 0xFC) return false;
    const std::uint8_t trail = byte_at(text, ++i);
    if (trail < 0x40 || trail == 0x7F || trail > 0xFC) return false;
    (lead <= 0x9F ? typical : other) += 1;
  }
  return typical > 0 && typical >= other;
}

class Iconv {
 public:
  explicit Iconv(const char* from) : handle_(iconv_open("UTF-8", from)) {}
  ~Iconv() {
    if (*this) iconv_close(handle_);
  }
  Iconv(const Iconv&) = delete;
  Iconv& operator=(const Iconv&) = delete;

  explicit operator bool() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  std::optional<std::string> convert(std::string text) {
    std::string out(text.size() * 4, '\0');
    char* from = text.data();
    char* to = out.data();
    std::size_t left = text.size();
    std::size_t room = out.size();
    if (iconv(handle_, &from, &left, &to, &room) != 0 || left != 0) return std::nullopt;
    out.resize(out.size() - room);
    return out;
  }

 private:
  iconv_t handle_;
};

std::optional<std::string> of_shift_jis(std::string_view text) {
  if (!looks_like_shift_jis(text)) return std::nullopt;
  Iconv iconv("CP932");
  return iconv ? iconv.convert(std::string(text)) : std::nullopt;
}

std::string decoded(std::string_view text) {
  if (document::is_utf8(text)) return std::string(text);
  if (auto japanese = of_shift_jis(text)) return *std::move(japanese);
  return of_windows_1252(text);
}

// Nor with what means nothing at its ends: spaces, and byte order marks before it.
// Control characters: U+0000 to U+001F, U+007F, and U+0080 to U+009F (C2 80 to C2 9F).
std::string without_controls(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint8_t byte = byte_at(text, i);
    const bool second_set = byte == 0xC2 && i + 1 < text.size() && byte_at(text, i + 1) < 0xA0;
    out += byte < 0x20 || byte == 0x7F || second_set ? ' ' : text[i];
    if (second_set) ++i;
  }
  std::string_view rest = out;
  while (!rest.empty() && (rest.front() == ' ' || rest.starts_with(byte_order_mark)))
    rest.remove_prefix(rest.front() == ' ' ? 1 : byte_order_mark.size());
  while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
  return std::string(rest);
}

// The whole characters of a text that fit in `size` bytes.
std::string_view head(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (byte_at(text, size) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace

std::string utf8_of_midi_text(std::span<const std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.size() > longest_read) {
    // A character of at most four bytes may straddle the cut: without it, what is left can still be UTF-8.
    const std::string_view cut = text.substr(0, longest_read);
    text = head(text, longest_read);
    if (!document::is_utf8(text)) text = cut;
  }
  while (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::string clean = without_controls(decoded(text));
  if (clean.size() <= longest_kept) return clean;
  return std::string(head(clean, longest_kept - ellipsis.size())).append(ellipsis);
}

}  // namespace firn::files
