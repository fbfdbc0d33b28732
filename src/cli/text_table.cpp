#include "cli/text_table.hpp"

#include <algorithm>
#include <array>

namespace firn::cli {
namespace {

struct Span {
  char32_t first;
  char32_t last;
};

// Combining marks, and what Unicode's EastAsianWidth calls wide, by blocks.
constexpr std::array combining = {Span{0x300, 0x36f}, Span{0x200b, 0x200f}, Span{0x20d0, 0x20f0}, Span{0xfe00, 0xfe0f}};
constexpr std::array wide = {Span{0x1100, 0x115f}, Span{0x2e80, 0xa4cf},   Span{0xac00, 0xd7a3},
                             Span{0xf900, 0xfaff}, Span{0xfe30, 0xfe6f},   Span{0xff00, 0xff60},
                             Span{0xffe0, 0xffe6}, Span{0x1f300, 0x1faff}, Span{0x20000, 0x3fffd}};

template <class Spans>
bool is_in(char32_t c, const Spans& spans) {
  return std::any_of(spans.begin(), spans.end(), [&](const Span& span) { return c >= span.first && c <= span.last; });
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

char32_t code_point(std::string_view text, std::size_t& at) {
  const auto head = static_cast<unsigned char>(text[at++]);
  char32_t c = head < 0x80 ? head : head < 0xe0 ? head & 0x1f : head < 0xf0 ? head & 0x0f : head & 0x07;
  while (at < text.size() && continues(text[at])) c = (c << 6) | (static_cast<unsigned char>(text[at++]) & 0x3f);
  return c;
}

}  // namespace

int width_of(std::string_view utf8) {
  int width = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const char32_t c = code_point(utf8, at);
    width += is_in(c, combining) ? 0 : is_in(c, wide) ? 2 : 1;
  }
  return width;
}

std::string table_text(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths(columns.size(), 0);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (const auto& row : rows) widths[i] = std::max(widths[i], width_of(row[i]));
    if (widths[i] > 0) widths[i] = std::max(widths[i], width_of(columns[i].title));
  }
  std::string text;
  const auto add_line = [&](const auto& cell_at) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (widths[i] == 0) continue;
      const std::string& cell = cell_at(i);
      const std::string space(static_cast<std::size_t>(widths[i] - width_of(cell)), ' ');
      if (!line.empty()) line += "  ";
      line += columns[i].align == Align::right ? space + cell : cell + space;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_line([&](std::size_t i) -> const std::string& { return columns[i].title; });
  for (const auto& row : rows) add_line([&](std::size_t i) -> const std::string& { return row[i]; });
  return text;
}

std::string wrapped(std::string_view text, int indent, int width) {
  std::string lines;
  std::string line;
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  const auto end_line = [&] {
    if (!line.empty()) lines += margin + line + "\n";
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (!line.empty() && indent + width_of(line) + 1 + width_of(word) > width) end_line();
    if (!line.empty()) line += ' ';
    line += word;
  }
  end_line();
  return lines;
}

}  // namespace firn::cli
