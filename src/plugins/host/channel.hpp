// Channel: the socket to Firn, message by message (../protocol.md, "Run"). Main thread.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace firn::plugins::host {

struct Message {
  nlohmann::json json;
  std::string bytes;
};

class Channel {
 public:
  explicit Channel(int descriptor) : descriptor_(descriptor) {}

  // Waits for a whole message. Nothing once Firn is gone, or where it sends what is no message.
  std::optional<Message> receive() const;
  bool send(const Message&) const;  // false once Firn is gone

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace firn::plugins::host
