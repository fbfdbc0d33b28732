// Place: where in a project something stands, written as a JSON pointer ("/tracks/3/clips/0"). Lives on the stack of a walk
// through the project and costs nothing until it is printed. One thread; a place must not outlive its parent.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace firn::document {

class Place {
 public:
  Place() = default;  // the project itself

  Place field(std::string_view name) const { return {this, name, no_index}; }
  Place element(std::size_t index) const { return {this, {}, index}; }

  // RFC 6901; control characters become '?', and names are cut at 60 bytes. The project itself is "/".
  std::string pointer() const;

 private:
  static constexpr std::size_t no_index = static_cast<std::size_t>(-1);

  Place(const Place* parent, std::string_view name, std::size_t index) : parent_(parent), name_(name), index_(index) {}
  void append_to(std::string&) const;

  const Place* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = no_index;
};

}  // namespace firn::document
