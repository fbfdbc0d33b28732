// Ports: the names of MIDI inputs, by midi::Message::port.
//
// One thread adds to them while any others read; none waits.
#pragma once

#include <array>
#include <atomic>
#include <initializer_list>
#include <optional>
#include <string>

namespace firn::midi {

class Ports {
 public:
  static constexpr int most = 128;

  Ports() = default;
  Ports(std::initializer_list<std::string> names);

  // Its number: the one that it has had before, or the next. None where there are too many.
  std::optional<int> add(const std::string& name);

  int count() const noexcept { return count_.load(std::memory_order_acquire); }
  // Of one of count().
  const std::string& name(int port) const noexcept { return names_[static_cast<std::size_t>(port)]; }

 private:
  std::array<std::string, most> names_;
  std::atomic<int> count_{0};
};

}  // namespace firn::midi
