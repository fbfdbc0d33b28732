#include "store/journal.hpp"

#include <fcntl.h>

#include <cerrno>
#include <span>
#include <string_view>

namespace firn::store {
namespace {

using nlohmann::json;

// A path need not be UTF-8. Such a one is spelt with question marks, and so is not found again.
std::string line_of(const json& object) { return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

}  // namespace

std::vector<json> read_journal(const std::filesystem::path& path) {
  constexpr std::int64_t limit = std::int64_t{1} << 28;
  const auto content = base::read_whole(path, limit);
  std::vector<json> objects;
  if (!content) return objects;
  for (std::string_view rest = *content; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    auto object = json::parse(rest.substr(0, end + 1), nullptr, false);
    if (object.is_object()) objects.push_back(std::move(object));
    rest.remove_prefix(end + 1);
  }
  return objects;
}

base::Result<void> add_to_journal(const std::filesystem::path& path, const json& object) {
  const base::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file) return tl::unexpected(base::io_error("write", path, errno));
  // The line before may have been cut short by a crash: an empty line does no harm.
  const std::string line = "\n" + line_of(object);
  return base::write_all(file, std::as_bytes(std::span(line.data(), line.size())), path);
}

base::Result<void> replace_journal(const std::filesystem::path& path, const std::vector<json>& objects,
                                   const std::filesystem::path& temporary) {
  std::string content;
  for (const auto& object : objects) content += line_of(object);
  return base::replace_file(path, content, temporary);
}

std::optional<std::string> text_at(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

std::optional<std::int64_t> number_at(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number_integer()) return std::nullopt;
  return member->get<std::int64_t>();
}

std::optional<base::Digest> digest_at(const json& object, const char* name) {
  const auto text = text_at(object, name);
  return text ? base::digest_of_hex(*text) : std::nullopt;
}

}  // namespace firn::store
