#include "plugins/host/channel.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace firn::plugins::host {
namespace {

constexpr std::uint32_t most_json = 64u << 20u;
constexpr std::uint32_t most_bytes = 1u << 30u;

bool receive_all(int descriptor, void* to, std::size_t size) {
  auto* next = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = recv(descriptor, next, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    next += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool send_all(int descriptor, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t more = ::send(descriptor, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) return false;
    sent += static_cast<std::size_t>(more);
  }
  return true;
}

std::uint32_t little_endian(const std::uint8_t* bytes) {
  return bytes[0] | std::uint32_t{bytes[1]} << 8u | std::uint32_t{bytes[2]} << 16u | std::uint32_t{bytes[3]} << 24u;
}

void put_little_endian(std::string& to, std::size_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8) to += static_cast<char>(number >> shift & 0xffu);
}

}  // namespace

std::optional<Message> Channel::receive() const {
  std::array<std::uint8_t, 8> sizes{};
  if (!receive_all(descriptor_, sizes.data(), sizes.size())) return std::nullopt;
  const std::uint32_t json_size = little_endian(sizes.data());
  const std::uint32_t byte_count = little_endian(sizes.data() + 4);
  if (json_size > most_json || byte_count > most_bytes) return std::nullopt;
  std::string text(json_size, '\0');
  Message message;
  message.bytes.resize(byte_count);
  if (!receive_all(descriptor_, text.data(), text.size())) return std::nullopt;
  if (!receive_all(descriptor_, message.bytes.data(), message.bytes.size())) return std::nullopt;
  message.json = nlohmann::json::parse(text, nullptr, false);
  if (!message.json.is_object()) return std::nullopt;
  return message;
}

bool Channel::send(const Message& message) const {
  // A plug-in's texts need not be UTF-8; what is not is replaced.
  const std::string text = message.json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string head;
  put_little_endian(head, text.size());
  put_little_endian(head, message.bytes.size());
  return send_all(descriptor_, head + text) && send_all(descriptor_, message.bytes);
}

}  // namespace firn::plugins::host
