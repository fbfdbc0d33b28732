#include "store/checkpoints.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "store/journal.hpp"

namespace firn::store {

namespace fs = std::filesystem;
using base::Digest;
using nlohmann::json;

namespace {

constexpr std::int64_t largest_states = std::int64_t{1} << 30;

json line_of(const Take& take) {
  json line = json_of(take.print);
  line["cut"] = take.cut_short;
  json& blocks = line["blocks"] = json::array();
  for (const audio::AudioBlock& block : take.blocks)
    blocks.push_back({{"digest", base::hex(block.digest)}, {"peak", block.peak}});
  json& points = line["points"] = json::array();
  for (const Checkpoint& point : take.points) {
    points.push_back({{"point", point.point},
                      {"at", point.at.count},
                      {"before", base::hex(point.before)},
                      {"after", base::hex(point.after)},
                      {"states", base::hex(point.states)}});
  }
  return line;
}

std::vector<audio::AudioBlock> blocks_in(const json& line) {
  std::vector<audio::AudioBlock> blocks;
  for (const json& each : line.value("blocks", json::array())) {
    const auto digest = digest_at(each, "digest");
    const auto peak = each.is_object() ? each.find("peak") : each.end();
    if (!digest || peak == each.end() || !peak->is_number()) return {};
    blocks.push_back({*digest, peak->get<float>()});
  }
  return blocks;
}

std::optional<Take> take_in(const json& line) {
  const auto print = known_print_in(line);
  const auto points = line.find("points");
  if (!print || points == line.end() || !points->is_array()) return std::nullopt;
  Take take{*print, blocks_in(line), line.value("cut", json()) == true, {}};
  if (audio::AudioHasher::blocks_of(print->audio.frames) != std::ssize(take.blocks)) take.blocks.clear();
  for (const json& each : *points) {
    if (!each.is_object()) continue;
    const auto point = number_at(each, "point");
    const auto at = number_at(each, "at");
    const auto before = digest_at(each, "before");
    const auto after = digest_at(each, "after");
    const auto states = digest_at(each, "states");
    if (!point || !at || !before || !after || !states || *point < 1 || *at < 0 || *at > print->audio.frames.count)
      continue;
    take.points.push_back({*point, {*at}, *before, *after, *states});
  }
  return take;
}

}  // namespace

Checkpoints::Checkpoints(const fs::path& firn) : journal_(firn / "checkpoints.jsonl"), folder_(firn / "checkpoints") {
  for (const json& line : read_journal(journal_)) {
    if (auto take = take_in(line)) enter(std::move(*take));
  }
}

void Checkpoints::enter(Take added) {
  const Take& take = takes_.emplace_back(std::move(added));
  for (const Checkpoint& point : take.points) {
    by_before_[point.before] = {&take, point};
    by_after_[{point.after, point.states}] = {&take, point};
  }
}

std::optional<Checkpoints::Place> Checkpoints::find_before(const Digest& before) const {
  const auto found = by_before_.find(before);
  return found == by_before_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Checkpoints::Place> Checkpoints::find_after(const Digest& after, const Digest& states) const {
  const auto found = by_after_.find({after, states});
  return found == by_after_.end() ? std::nullopt : std::optional(found->second);
}

bool Checkpoints::knows_after(const Digest& after) const {
  const auto found = by_after_.lower_bound({after, Digest{}});
  return found != by_after_.end() && found->first.first == after;
}

base::Result<void> Checkpoints::add(Take take) {
  if (take.points.empty() || std::find(takes_.begin(), takes_.end(), take) != takes_.end()) return {};
  const json line = line_of(take);
  enter(std::move(take));
  return add_to_journal(journal_, line);
}

std::optional<std::vector<std::byte>> Checkpoints::states(const Digest& name) const {
  const auto text = base::read_whole(path_of(name), largest_states);
  if (!text) return std::nullopt;
  const auto bytes = std::as_bytes(std::span(*text));
  if (base::digest_of(bytes) != name) return std::nullopt;
  std::error_code error;
  fs::last_write_time(path_of(name), fs::file_time_type::clock::now(), error);  // for trim()
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

bool Checkpoints::has_states(const Digest& name) const {
  std::error_code error;
  return fs::is_regular_file(path_of(name), error);
}

// Not synced: what a crash leaves half written is recognized by its digest.
base::Result<void> Checkpoints::keep_states(const Digest& name, std::span<const std::byte> bytes,
                                            const fs::path& temporary) const {
  const auto file = base::open_to_write(temporary);
  if (!file) return tl::unexpected(file.error());
  if (auto written = base::write_all(*file, bytes, temporary); !written) return written;
  std::error_code error;
  fs::rename(temporary, path_of(name), error);
  return error ? tl::unexpected(base::io_error("write", path_of(name), error.value())) : base::Result<void>();
}

// The files that hold states. What else lies there, or where a link leads to, is not ours to remove.
std::vector<Checkpoints::File> Checkpoints::files() const {
  std::vector<File> files;
  std::error_code error;
  if (fs::is_symlink(folder_, error)) return files;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    std::error_code gone;
    if (!base::digest_of_hex(entry.path().filename().string()) || !entry.is_regular_file(gone)) continue;
    const auto used = entry.last_write_time(gone);
    const auto bytes = static_cast<std::int64_t>(entry.file_size(gone));
    if (!gone) files.push_back({used, entry.path(), bytes});
  }
  return files;
}

std::int64_t Checkpoints::remove_unnamed() const {
  std::set<std::string> named;
  for (const Take& take : takes_) {
    for (const Checkpoint& point : take.points) named.insert(base::hex(point.states));
  }
  std::int64_t freed = 0;
  for (const File& file : files()) {
    std::error_code error;
    if (!named.contains(file.path.filename().string()) && fs::remove(file.path, error)) freed += file.bytes;
  }
  return freed;
}

void Checkpoints::trim(std::int64_t bytes) const {
  remove_unnamed();
  auto files = this->files();
  std::int64_t total = 0;
  for (const File& file : files) total += file.bytes;
  // A time to come is a wrong clock's: it would never be the oldest.
  const auto now = fs::file_time_type::clock::now();
  for (File& file : files) {
    if (file.used > now) file.used = fs::file_time_type::min();
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.used < b.used; });
  for (auto file = files.begin(); total > bytes && file != files.end(); ++file) {
    std::error_code error;
    if (fs::remove(file->path, error)) total -= file->bytes;
  }
}

base::Result<std::int64_t> Checkpoints::retain(const Prints::Keep& keep, const fs::path& temporary) {
  std::vector<json> lines;
  by_before_.clear();
  by_after_.clear();
  for (Take& take : std::exchange(takes_, {})) {
    if (!keep(take.print.audio)) continue;
    lines.push_back(line_of(take));
    enter(std::move(take));
  }
  const std::int64_t freed = remove_unnamed();
  std::error_code error;
  if (lines.empty() && !fs::exists(journal_, error)) return freed;
  return replace_journal(journal_, lines, temporary).map([&] { return freed; });
}

}  // namespace firn::store
