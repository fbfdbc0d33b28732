// Reader: a value of a project's JSON tree together with its place, read as one of the project file's words. One thread.
//
// What does not fit throws Malformed, which parse_project turns into an Error; it never leaves this room.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "document/ids.hpp"
#include "document/place.hpp"
#include "files/project_words.hpp"
#include "time/beats.hpp"
#include "time/frames.hpp"

namespace firn::files {

struct Malformed {
  std::string message;
};

class Reader {
 public:
  Reader(const nlohmann::json& value, document::Place place) : value_(value), place_(place) {}

  const nlohmann::json& value() const { return value_; }
  const document::Place& place() const { return place_; }
  [[noreturn]] void wrong(std::string_view expected) const;  // "<place>: expected <this>, found <that>"

  const std::string& text() const;
  bool flag() const;
  double real() const;  // "-inf" too
  time::Beats beats() const;
  time::Frames frames() const;
  base::Digest digest() const;
  document::Color color() const;
  std::uint64_t seed() const;
  std::pair<int, int> ratio() const;  // a time signature

  template <std::integral Whole>
  Whole whole(Whole least = std::numeric_limits<Whole>::min(), Whole most = std::numeric_limits<Whole>::max()) const {
    if (!value_.is_number_integer()) wrong("a whole number");
    const bool fits = value_.is_number_unsigned() ? std::cmp_less_equal(value_.get<std::uint64_t>(), most) &&
                                                        std::cmp_greater_equal(value_.get<std::uint64_t>(), least)
                                                  : std::cmp_less_equal(value_.get<std::int64_t>(), most) &&
                                                        std::cmp_greater_equal(value_.get<std::int64_t>(), least);
    if (!fits) wrong_range(std::to_string(least), std::to_string(most));
    return static_cast<Whole>(value_.get<std::int64_t>());
  }
  template <class Id>
  Id id() const {
    return Id{whole<std::uint64_t>(1, most_id)};
  }
  template <class Id>
  Id id_or_none() const {  // 0: none
    return Id{whole<std::uint64_t>(0, most_id)};
  }
  template <class Enum, std::size_t size>
  Enum word(const std::array<Word<Enum>, size>& words) const {
    if (value_.is_string()) {
      if (const auto found = value_of(words, text())) return *found;
    }
    std::string expected = "one of";
    for (const auto& each : words) expected += std::string(" \"") + std::string(each.text) + '"';
    wrong(expected);
  }

  // An array of `least` to `most` elements.
  std::size_t size(std::size_t least = 0, std::size_t most = std::numeric_limits<std::size_t>::max()) const;
  Reader operator[](std::size_t index) const {
    return {value_.get_ref<const nlohmann::json::array_t&>()[index], place_.element(index)};
  }

  static constexpr std::uint64_t most_id = std::uint64_t{1} << 53;

 private:
  [[noreturn]] void wrong_range(std::string_view least, std::string_view most) const;

  const nlohmann::json& value_;
  document::Place place_;
};

// An object's fields, taken by name; what is not taken is unknown.
class Fields {
 public:
  explicit Fields(const Reader&);

  bool has(std::string_view name) const;
  Reader operator[](std::string_view name);  // must be there
  // read(reader) if the field is there.
  template <class Read>
  void optional(std::string_view name, Read&& read) {
    if (has(name)) read((*this)[name]);
  }

  document::UnknownFields unknown() const;  // those not taken
  void end() const;                         // all must have been taken

 private:
  const nlohmann::json* find(std::string_view name) const;

  const Reader& object_;
  std::vector<std::string_view> taken_;
};

}  // namespace firn::files
