#include "plugins/outside_files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace firn::plugins {
namespace {

constexpr std::size_t longest_path = 4096;
constexpr std::size_t most_ends = 64;      // of a path that may go on after a space
constexpr int most_looks = 65536;          // at the disk, for one state
constexpr std::size_t shortest_code = 16;  // of base64: what is shorter holds no path worth a name
constexpr int most_layers = 3;             // of base64 in base64

bool is_alphanumeric(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// "/a%20b" is "/a b".
std::string without_percents(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int code = 0;
    const char* digits = text.data() + i + 1;
    const bool is_code =
        text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2;
    plain += is_code ? static_cast<char>(code) : text[i];
    if (is_code) i += 2;
  }
  return plain;
}

// What may be a path that begins `text`, the longest first: it may go on after a space, or end there.
std::vector<std::string_view> paths_at_start_of(std::string_view text) {
  const auto ends_all = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '"' || c == '<' || c == '>'; };
  text = text.substr(0, longest_path);
  text = text.substr(0, static_cast<std::size_t>(std::find_if(text.begin(), text.end(), ends_all) - text.begin()));
  std::vector<std::string_view> paths;
  for (std::size_t end = 0; end < text.size() && paths.size() < most_ends; ++end) {
    end = std::min(text.find_first_of(" '&,;:|()[]{}", end), text.size());
    if (end > 1) paths.push_back(text.substr(0, end));
  }
  std::reverse(paths.begin(), paths.end());
  return paths;
}

// Bytes of digits of six bits each.
class SixBits {
 public:
  enum class Order { high_first, low_first };
  explicit SixBits(Order order) : order_(order) {}

  void add(int digit) {
    const auto bits = static_cast<std::uint32_t>(digit);
    held_ = order_ == Order::high_first ? held_ << 6 | bits : held_ | bits << count_;
    count_ += 6;
    if (count_ < 8) return;
    count_ -= 8;
    const std::uint32_t byte = order_ == Order::high_first ? held_ >> count_ : held_ & 0xff;
    bytes_ += static_cast<char>(byte);
    held_ = order_ == Order::high_first ? held_ & ((1u << count_) - 1) : held_ >> 8;
  }
  std::string take() { return std::move(bytes_); }

 private:
  const Order order_;
  std::uint32_t held_ = 0;
  int count_ = 0;  // bits held
  std::string bytes_;
};

// Of base64 as RFC 4648 has it, and as JUCE writes the states of VST3 plug-ins: "12.abcd", where bytes are counted first.
constexpr std::string_view usual_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view juce_digits = ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+";

class Search {
 public:
  void look_into(std::string_view bytes, int layer = 1) {
    for (std::size_t at = bytes.find('/'); at != std::string_view::npos; at = bytes.find('/', at + 1)) {
      const std::string_view before = bytes.substr(0, at);
      const bool is_uri = before.ends_with("file://");
      if (bytes.substr(at).starts_with("//")) continue;
      if (!is_uri && at > 0 && (is_alphanumeric(before.back()) || before.back() == '/')) continue;
      if (auto file = file_at_start_of(bytes.substr(at), is_uri)) found_.insert(std::move(*file));
      if (looks_ >= most_looks) return;
    }
    if (layer == most_layers) return;
    decode(bytes, usual_digits, SixBits::Order::high_first, layer);
    decode(bytes, juce_digits, SixBits::Order::low_first, layer);
  }

  std::set<std::string> take() { return std::move(found_); }

 private:
  std::optional<std::string> file_at_start_of(std::string_view text, bool is_uri) {
    for (const std::string_view words : paths_at_start_of(text)) {
      if (++looks_ > most_looks) break;
      const std::string path = is_uri ? without_percents(words) : std::string(words);
      std::error_code error;
      if (std::filesystem::is_regular_file(path, error)) return path;
    }
    return std::nullopt;
  }

  // Looks into each run of digits, which line ends may divide.
  void decode(std::string_view bytes, std::string_view digits, SixBits::Order order, int layer) {
    std::array<bool, 256> is_digit{};
    for (const char digit : digits) is_digit[static_cast<unsigned char>(digit)] = true;
    const auto is_inside = [&](char c) { return is_digit[static_cast<unsigned char>(c)] || c == '\n' || c == '\r'; };
    for (auto at = bytes.begin(); at != bytes.end();) {
      const auto end = std::find_if_not(at, bytes.end(), is_inside);
      std::string_view run =
          bytes.substr(static_cast<std::size_t>(at - bytes.begin()), static_cast<std::size_t>(end - at));
      if (order == SixBits::Order::low_first) run.remove_prefix(std::min(run.size(), run.find('.')));
      if (run.size() >= shortest_code) {
        if (order == SixBits::Order::low_first) run.remove_prefix(1);  // the dot behind the count, which is a digit too
        SixBits reader(order);
        for (const char c : run) {
          if (is_digit[static_cast<unsigned char>(c)]) reader.add(static_cast<int>(digits.find(c)));
        }
        look_into(reader.take(), layer + 1);
      }
      at = std::find_if(end, bytes.end(), is_inside);
    }
  }

  std::set<std::string> found_;
  int looks_ = 0;
};

}  // namespace

std::set<std::string> outside_files(std::string_view state) {
  Search search;
  search.look_into(state);
  return search.take();
}

}  // namespace firn::plugins
