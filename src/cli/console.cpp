#include "cli/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

namespace firn::cli {
namespace {

// False with errno set where not everything could be written.
bool write_whole(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Names come from files: what would move a terminal's cursor, or worse, becomes '?'.
std::string printable(std::string_view text) {
  std::string safe(text);
  for (std::size_t i = 0; i < safe.size(); ++i) {
    const auto byte = static_cast<unsigned char>(safe[i]);
    const bool is_line_break = byte == '\n' || byte == '\t';
    if ((byte < 0x20 && !is_line_break) || byte == 0x7f) safe[i] = '?';
    // U+0080 to U+009F, the other control characters.
    if (byte == 0xc2 && i + 1 < safe.size() && (static_cast<unsigned char>(safe[i + 1]) & 0xe0) == 0x80)
      safe.replace(i, 2, "?");
  }
  return safe;
}

}  // namespace

Console::Console() : interactive_(::isatty(STDERR_FILENO) != 0) {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) columns_ = size.ws_col;
}

void Console::print(std::string_view text) {
  results_ += printable(text);
  if (results_.empty() || results_.back() != '\n') results_ += '\n';
}

void Console::print_json(const nlohmann::ordered_json& value) {
  results_ += value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  results_ += '\n';
}

void Console::note(std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::string text = status_shown_ ? "\r\033[K" : "";
  status_shown_ = false;
  text += printable(line);
  text += '\n';
  write_whole(STDERR_FILENO, text);
}

void Console::status(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (!interactive_ || (line.empty() && !status_shown_)) return;
  status_shown_ = !line.empty();
  write_whole(STDERR_FILENO, fmt::format("\r{}\033[K", printable(line)));
}

base::Result<void> Console::flush() {
  const std::string text = std::exchange(results_, {});
  if (write_whole(STDOUT_FILENO, text) || errno == EPIPE) return {};
  return base::fail(base::ErrorKind::io,
                    fmt::format("Can't write the result to standard output: {}.", std::strerror(errno)));
}

}  // namespace firn::cli
