#include "plugins/host/state_file.hpp"

#include <zlib.h>

#include <array>
#include <cstdio>
#include <sstream>
#include <string_view>

namespace firn::plugins::host {
namespace {

constexpr std::string_view state_head = "firn plug-in state ";

std::string checksum_of(const std::string& bytes) {
  std::array<char, 9> digits{};
  const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  std::snprintf(digits.data(), digits.size(), "%08lx", sum);
  return digits.data();
}

}  // namespace

std::string text_of(const StateFile& state) {
  return std::string(state_head) + "2 " + state.kind + ' ' + checksum_of(state.bytes) + '\n' + state.bytes;
}

Result<StateFile> read_state_file(const std::string& text) {
  const auto line_end = text.find('\n');
  if (text.compare(0, state_head.size(), state_head) != 0 || line_end == std::string::npos) {
    return fail("The state is not one that Firn's plug-in host wrote.");
  }
  std::istringstream head(text.substr(state_head.size(), line_end - state_head.size()));
  int version = 0;
  std::string checksum;
  StateFile state{{}, text.substr(line_end + 1)};
  head >> version >> state.kind >> checksum;
  if (version == 1) return state;  // of before there were checksums
  if (version != 2) return fail("The state is one of another version of Firn.");
  if (checksum != checksum_of(state.bytes)) return fail("The state is damaged: it is not as the plug-in gave it.");
  return state;
}

}  // namespace firn::plugins::host
