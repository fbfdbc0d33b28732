// Id<Tag>: the identity of a thing in a project, a number that is never reused there. Any thread. Zero means "none".
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace firn::base {

template <class Tag>
struct Id {
  std::uint64_t value = 0;

  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const Id&, const Id&) = default;
};

}  // namespace firn::base

template <class Tag>
struct std::hash<firn::base::Id<Tag>> {
  std::size_t operator()(firn::base::Id<Tag> id) const noexcept { return std::hash<std::uint64_t>{}(id.value); }
};
