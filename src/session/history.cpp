#include "session/history.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "base/file.hpp"
#include "files/project_writer.hpp"
#include "session/delta.hpp"

namespace firn::session {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr int version = 1;
constexpr std::int64_t longest_history = 256 * 1024 * 1024;
constexpr std::int64_t longest_delta = 1024 * 1024 * 1024;
constexpr const char* index_file = "index.json";

tl::unexpected<base::Error> damaged(const fs::path& path, std::string_view how) {
  return base::fail(
      ErrorKind::malformed,
      fmt::format("The undo history is damaged: {}: {}. The project itself is whole; its next edit starts a new "
                  "history.",
                  path.string(), how));
}

std::string text_of(const HistoryIndex& index) {
  files::Writer out;
  out.open_object();
  out.name("firn-history").whole(version);
  out.name("at").whole(index.at);
  out.name("replaced").text(base::hex(index.replaced));
  out.name("steps").open_array();
  for (const Step& step : index.steps) {
    out.open_object();
    out.name("label").text(step.label);
    out.name("number").whole(step.number);
    out.name("bytes").whole(step.bytes);
    out.name("before").text(base::hex(step.before));
    out.name("after").text(base::hex(step.after));
    out.name("files").open_array();
    for (const auto& file : step.files) out.text(file);
    out.close().close();
  }
  out.close().close();
  return std::move(out).finish();
}

base::Digest digest_in(const json& object, const char* name) {
  return base::digest_of_hex(object.at(name).get_ref<const std::string&>()).value_or(base::Digest{});
}

Step step_of(const json& object) {
  Step step;
  step.label = object.at("label").get<std::string>();
  step.number = object.at("number").get<std::uint64_t>();
  step.bytes = object.at("bytes").get<std::int64_t>();
  step.before = digest_in(object, "before");
  step.after = digest_in(object, "after");
  step.files = object.at("files").get<std::set<std::string>>();
  return step;
}

// Throws what the JSON library throws.
HistoryIndex index_of(const json& object) {
  HistoryIndex index;
  index.at = object.at("at").get<std::size_t>();
  index.replaced = digest_in(object, "replaced");
  for (const json& step : object.at("steps")) index.steps.push_back(step_of(step));
  return index;
}

bool is_consistent(const HistoryIndex& index) {
  if (index.at > index.steps.size()) return false;
  for (std::size_t i = 0; i < index.steps.size(); ++i) {
    if (index.steps[i].number == 0) return false;
    if (i > 0 && index.steps[i - 1].after != index.steps[i].before) return false;
  }
  return true;
}

}  // namespace

base::Digest digest_of_text(std::string_view text) {
  return base::digest_of(std::as_bytes(std::span(text.data(), text.size())));
}

Result<HistoryIndex> History::read() const {
  const fs::path path = directory_ / index_file;
  const auto text = base::read_whole(path, longest_history);
  if (!text && text.error().kind == ErrorKind::not_found) return HistoryIndex{};
  if (!text) return tl::unexpected(text.error());
  try {
    const json object = json::parse(*text);
    if (object.at("firn-history") != version) return damaged(path, "its version is unknown");
    HistoryIndex index = index_of(object);
    if (!is_consistent(index)) return damaged(path, "its steps do not fit together");
    return index;
  } catch (const json::exception&) {
    return damaged(path, "it is not what Firn writes");
  }
}

Result<void> History::write(const HistoryIndex& index) const {
  return base::replace_file(directory_ / index_file, text_of(index), directory_ / "index.json.new");
}

Result<void> History::write_deltas(Step& step, std::uint64_t number, std::string_view before,
                                   std::string_view after) const {
  const std::string undo = delta_of(after, before);
  const std::string redo = delta_of(before, after);
  const auto write = [&](Direction direction, std::string_view delta) {
    const fs::path path = delta_path(number, direction);
    return base::write_whole(path, delta, path);
  };
  return write(Direction::undo, undo)
      .and_then([&] { return write(Direction::redo, redo); })
      .and_then([&] { return base::sync_directory(directory_); })
      .map([&] {
        step.number = number;
        step.bytes = static_cast<std::int64_t>(undo.size() + redo.size());
      });
}

Result<std::string> History::apply(const Step& step, Direction direction, std::string_view text) const {
  const fs::path path = delta_path(step.number, direction);
  const auto delta = base::read_whole(path, longest_delta);
  if (!delta) return damaged(path, "it can't be read");
  auto other = apply_delta(text, *delta);
  if (!other) return damaged(path, other.error().message);
  const base::Digest expected = direction == Direction::undo ? step.before : step.after;
  if (digest_of_text(*other) != expected) return damaged(path, "it gives another text than it should");
  return other;
}

Result<void> History::forget() const {
  std::error_code error;
  fs::remove(directory_ / index_file, error);
  if (error) return tl::unexpected(base::io_error("remove", directory_ / index_file, error.value()));
  if (auto synced = base::sync_directory(directory_); !synced) return synced;
  tidy({});
  return {};
}

void History::tidy(const HistoryIndex& index) const {
  std::set<fs::path> named{directory_ / index_file};
  for (const Step& step : index.steps) {
    named.insert(delta_path(step.number, Direction::undo));
    named.insert(delta_path(step.number, Direction::redo));
  }
  std::error_code ignored;  // what can't be removed now is removed another time
  std::vector<fs::path> found;
  for (fs::directory_iterator each(directory_, ignored), end; each != end; each.increment(ignored))
    found.push_back(each->path());
  for (const auto& path : found) {
    if (!named.contains(path)) fs::remove(path, ignored);
  }
}

fs::path History::delta_path(std::uint64_t number, Direction direction) const {
  return directory_ / fmt::format("{}.{}", number, direction == Direction::undo ? "undo" : "redo");
}

}  // namespace firn::session
