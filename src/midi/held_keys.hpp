// HeldKeys: the keys, pedals, wheels and pressures of a keyboard that are not at rest, to be let go of where it has gone. One thread's; allocates
// nothing.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <vector>

#include "midi/message.hpp"

namespace firn::midi {

class HeldKeys {
 public:
  void note(const Message&) noexcept;

  // Appends what brings them to rest, from that port at that frame, as far as it fits into the capacity. Is everything at rest then?
  bool let_go(int frame, int port, std::vector<Message>& messages) noexcept;

 private:
  struct Channel {
    std::array<std::uint8_t, 128> keys{};  // how often each was pressed, and not yet released
    std::bitset<128> pedals;               // by controller
    bool is_bent = false;
    bool is_pressed = false;  // pressure of the channel
  };
  std::array<Channel, 16> channels_;
};

}  // namespace firn::midi
