#include "midi/ports.hpp"

#include <algorithm>

namespace firn::midi {

Ports::Ports(std::initializer_list<std::string> names) {
  for (const std::string& name : names) add(name);
}

std::optional<int> Ports::add(const std::string& name) {
  const int count = count_.load(std::memory_order_relaxed);
  const auto end = names_.begin() + count;
  const auto found = std::find(names_.begin(), end, name);
  if (found != end) return static_cast<int>(found - names_.begin());
  if (count == most) return std::nullopt;
  *found = name;
  count_.store(count + 1, std::memory_order_release);
  return count;
}

}  // namespace firn::midi
