// Writer: JSON text with a layout that version control can show: a container that holds only scalars and fits in 100
// columns stands on one line; every other has one element a line. One thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "time/beats.hpp"

namespace firn::files {

// Calls come in the order of the text: in an object, each value after its `name`. Text must be UTF-8.
class Writer {
 public:
  Writer& open_object() { return open('{'); }
  Writer& open_array() { return open('['); }
  Writer& close();  // the innermost container
  Writer& name(std::string_view);

  Writer& text(std::string_view);
  Writer& flag(bool);
  Writer& null();
  Writer& real(double);  // the shortest decimal that reads back equal; "-inf" in quotes; not NaN
  Writer& number(std::string_view json) { return scalar(json); }
  Writer& whole(std::integral auto value) { return scalar(std::to_string(value)); }
  Writer& beats(time::Beats);  // quarter notes: 1.5 where decimals are exact, else "4/3"

  std::string finish() &&;  // after the last close: the text, with a final line break

 private:
  struct Container {
    char kind = '{';
    bool broken = false;  // one element a line
    bool empty = true;
    std::size_t start = 0;  // where its bracket stands
    std::size_t line = 0;   // where its line starts
  };

  Writer& open(char kind);
  Writer& scalar(std::string_view json);
  void start_element();
  void break_lines();
  void indent();

  std::string text_;
  std::vector<Container> open_;
  std::vector<std::size_t> elements_;  // where the elements of the innermost container start, while it is on one line
  std::size_t line_ = 0;               // where the current line starts
  bool named_ = false;                 // a name was written, its value was not
};

// Decimals are read as doubles, which tell one tick from the next up to here; further on, what is not whole is a fraction.
inline constexpr std::int64_t furthest_decimal = std::int64_t{1} << 24;  // quarter notes

// The JSON of a position or length: 1.5, -3, "4/3".
std::string text_of(time::Beats);

}  // namespace firn::files
