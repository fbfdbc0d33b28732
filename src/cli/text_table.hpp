// Tables for people: columns as wide as their widest cell. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firn::cli {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

// How many columns of a terminal a text takes: one for each character, two for East Asian wide ones, none for combining ones.
int width_of(std::string_view utf8);

// Two spaces between columns, none at line ends; columns whose cells are all empty are left out. Each line ends with "\n".
std::string table_text(const std::vector<Column>&, const std::vector<std::vector<std::string>>& rows);

// Words in lines of at most `width`, each after `indent` spaces.
std::string wrapped(std::string_view text, int indent, int width);

}  // namespace firn::cli
