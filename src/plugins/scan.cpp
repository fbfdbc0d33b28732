#include "plugins/scan.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/file.hpp"
#include "plugins/host_process.hpp"

namespace firn::plugins {
namespace {

using base::ErrorKind;
using std::chrono::steady_clock;

constexpr std::array formats{"vst3", "clap", "lv2", "ladspa"};
constexpr std::size_t files_at_a_time = 16;
constexpr std::size_t longest_line = std::size_t{1} << 26;
constexpr std::size_t most_plugins = 10'000;  // of one file
constexpr std::chrono::seconds most_starved(60);

// A host that writes lines to a pipe. Its own descriptor 3, so that what plug-ins print is not among them.
class Lines {
 public:
  static base::Result<Lines> of(const std::filesystem::path& host, const std::vector<std::string>& words) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return tl::unexpected(base::io_error("start", host, errno));
    base::Descriptor from(ends[0]);
    const base::Descriptor to(ends[1]);
    return HostProgram::start(host, words, {to.number()}).map([&](HostProgram&& program) {
      return Lines(std::move(program), std::move(from));
    });
  }

  // From now on it has this long. What it waits for a core meanwhile does not count: a machine that is busy is no fault of a plug-in.
  void allow(std::chrono::seconds limit) {
    limit_ = limit;
    until_ = steady_clock::now() + limit;
    starved_ = program_.starved();
  }

  enum class Read { line, ended, hangs, stopped };
  Read next(std::string& line, const std::stop_token& stop) {
    for (;;) {
      // Before lines that are there: there may be no end of them.
      if (stop.stop_requested()) return Read::stopped;
      if (is_late()) return Read::hangs;
      if (const auto end = rest_.find('\n'); end != std::string::npos) {
        line = rest_.substr(0, end);
        rest_.erase(0, end + 1);
        return Read::line;
      }
      if (rest_.size() > longest_line) return Read::hangs;
      const bool has_ended = program_.has_ended();  // programs that a plug-in started may hold its output open
      pollfd waiting{from_.number(), POLLIN, 0};
      if (::poll(&waiting, 1, has_ended ? 0 : 100) <= 0) {
        if (has_ended) return Read::ended;
        continue;
      }
      std::array<char, 65536> bytes;
      const ssize_t got = ::read(from_.number(), bytes.data(), bytes.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return Read::ended;
      rest_.append(bytes.data(), static_cast<std::size_t>(got));
    }
  }

  // Why there is no next line, as a clause.
  std::string end(Read why) const {
    if (why == Read::hangs) return fmt::format("it did not answer for {} seconds", limit_.count());
    program_.ends_within(std::chrono::milliseconds(500));  // it closes its end a moment before
    const std::string end = program_.end();
    return end.empty() ? "it closed its output" : end;
  }

 private:
  Lines(HostProgram program, base::Descriptor from) : program_(std::move(program)), from_(std::move(from)) {}

  bool is_late() const {
    const std::chrono::nanoseconds late = steady_clock::now() - until_;
    if (late < std::chrono::nanoseconds(0)) return false;
    return late >= std::min<std::chrono::nanoseconds>(program_.starved() - starved_, most_starved);
  }

  HostProgram program_;
  std::chrono::seconds limit_{};
  steady_clock::time_point until_{};
  std::chrono::nanoseconds starved_{};
  base::Descriptor from_;
  std::string rest_;
};

// One host's work: files of one format.
struct Batch {
  std::string format;
  std::vector<Shelf*> shelves;
  std::vector<std::string> without = {};  // plug-ins of the first that took a host down
};

class Scan {
 public:
  explicit Scan(const ScanOptions& options) : options_(options) {}

  // Everything there is to be looked at, nothing loaded.
  base::Result<std::vector<Shelf>> list(const Catalogue& known) const {
    std::vector<Shelf> shelves;
    for (const char* format : formats) {
      if (auto listed = list(format, known, shelves); !listed) return tl::unexpected(listed.error());
    }
    std::stable_sort(shelves.begin(), shelves.end(),
                     [](const Shelf& a, const Shelf& b) { return a.format < b.format; });
    return shelves;
  }

  base::Result<void> look_into(const std::vector<Shelf*>& shelves) {
    total_ = static_cast<int>(shelves.size());
    std::map<std::string, std::vector<Shelf*>> by_format;
    for (Shelf* shelf : shelves) by_format[shelf->format].push_back(shelf);
    for (auto& [format, all] : by_format) {
      for (std::size_t i = 0; i < all.size(); i += files_at_a_time) {
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(i);
        const auto count = std::min(files_at_a_time, all.size() - i);
        waiting_.push_back({format, {first, first + static_cast<std::ptrdiff_t>(count)}});
      }
    }
    const int processes = options_.processes > 0 ? options_.processes
                                                 : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < processes; ++i) threads.emplace_back([this] { work(); });
    }
    if (error_) return tl::unexpected(*error_);
    return {};
  }

 private:
  void work() {
    while (auto batch = take()) {
      while (!batch->shelves.empty() && !options_.stop.stop_requested()) {
        if (auto looked = look_into(*batch); !looked) return fail(looked.error());
      }
    }
  }

  // Of a format that can't be listed, a shelf without a binary says why, and what was known of it stays.
  base::Result<void> list(const std::string& format, const Catalogue& known, std::vector<Shelf>& shelves) const {
    auto lines = Lines::of(options_.host, {"list", format});
    if (!lines) return tl::unexpected(lines.error());
    constexpr std::chrono::seconds limit(60);
    std::vector<Shelf> listed;
    std::string line;
    for (;;) {
      lines->allow(limit);
      const auto read = lines->next(line, options_.stop);
      if (read == Lines::Read::stopped) return {};
      if (read != Lines::Read::line) {
        listed.clear();
        std::copy_if(known.shelves.begin(), known.shelves.end(), std::back_inserter(listed),
                     [&](const Shelf& shelf) { return shelf.format == format && !shelf.binary.empty(); });
        Shelf shelf;
        shelf.format = format;
        shelf.file = format_title(format) + " plug-ins";
        shelf.fault = "the program that lists them failed: " + lines->end(read);
        listed.insert(listed.begin(), std::move(shelf));
        break;
      }
      const Json json = Json::parse(line, nullptr, false);
      if (!json.is_object()) continue;
      if (json.contains("done")) break;
      Shelf shelf;
      shelf.format = format;
      shelf.file = text_in(json, "file");
      shelf.binary = text_in(json, "binary");
      if (shelf.binary.empty()) shelf.binary = shelf.file;
      if (!shelf.file.empty()) listed.push_back(std::move(shelf));
    }
    std::move(listed.begin(), listed.end(), std::back_inserter(shelves));
    return {};
  }

  std::optional<Batch> take() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    Batch batch = std::move(waiting_.back());
    waiting_.pop_back();
    return batch;
  }

  // No plug-in's fault: nothing more is looked into, and nothing noted.
  void fail(const base::Error& error) {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
    if (!error_) error_ = error;
  }

  // Looks into files until one takes the host down, which is noted of it; those done with are taken out of the batch.
  base::Result<void> look_into(Batch& batch) {
    std::vector<std::string> words{"scan", batch.format};
    for (const std::string& id : batch.without) words.insert(words.end(), {"--without", id});
    for (const Shelf* shelf : batch.shelves) words.push_back(shelf->file);
    auto lines = Lines::of(options_.host, words);
    if (!lines) return tl::unexpected(lines.error());
    const std::chrono::seconds for_each(options_.seconds_for_each);
    lines->allow(for_each);
    std::string begun;  // the plug-in that is being made
    while (!batch.shelves.empty()) {
      Shelf& shelf = *batch.shelves.front();
      std::string line;
      const auto read = lines->next(line, options_.stop);
      if (read == Lines::Read::stopped) return {};
      if (read != Lines::Read::line) {
        go_on_without(begun, lines->end(read), batch);
        return {};
      }
      const Json json = Json::parse(line, nullptr, false);
      if (!json.is_object()) continue;
      if (json.contains("done")) {
        shelf.fault = clause_of(text_in(json, "error"));
        finish(batch);
        begun.clear();
        lines->allow(for_each);
      } else if (json.contains("begin")) {
        begun = text_in(json, "begin");
        lines->allow(for_each);
      } else if (json.contains("fault")) {
        shelf.faults.push_back({text_in(json, "fault"), clause_of(text_in(json, "why"))});
      } else if (auto description = description_of(json)) {
        shelf.plugins.push_back(std::move(*description));
        lines->allow(for_each);
      }
      if (shelf.plugins.size() + shelf.faults.size() > most_plugins) {
        give_up(fmt::format("it goes on past {} plug-ins", most_plugins), batch);
        return {};
      }
    }
    return {};
  }

  // After a host has died: the plug-in that it was making is at fault, or else the whole file. How an LV2 plug-in ends does not matter, once it has
  // been described: it is the only one in its file.
  void go_on_without(const std::string& id, const std::string& why, Batch& batch) {
    Shelf& shelf = *batch.shelves.front();
    if (shelf.format == "lv2" && !shelf.plugins.empty()) return finish(batch);
    const bool is_new = std::find(batch.without.begin(), batch.without.end(), id) == batch.without.end();
    if (id.empty() || !is_new) return give_up(why, batch);
    shelf.plugins.clear();
    // Those that said themselves that they can't be had are asked again.
    std::erase_if(shelf.faults, [&](const PluginFault& fault) {
      return std::find(batch.without.begin(), batch.without.end(), fault.id) == batch.without.end();
    });
    shelf.faults.push_back({id, why});
    batch.without.push_back(id);
  }

  void give_up(const std::string& why, Batch& batch) {
    Shelf& shelf = *batch.shelves.front();
    shelf.plugins.clear();
    shelf.fault = why;
    finish(batch);
  }

  void finish(Batch& batch) {
    const std::lock_guard lock(mutex_);
    if (options_.progress) options_.progress(++done_, total_, batch.shelves.front()->file);
    batch.shelves.erase(batch.shelves.begin());
    batch.without.clear();
  }

  const ScanOptions& options_;
  std::mutex mutex_;
  std::vector<Batch> waiting_;
  std::optional<base::Error> error_;
  int done_ = 0;
  int total_ = 0;
};

}  // namespace

base::Result<Catalogue> scan(const Catalogue& known, const ScanOptions& options) {
  std::map<std::pair<std::string, std::string>, const Shelf*> before;
  for (const Shelf& shelf : known.shelves) before[{shelf.format, shelf.file}] = &shelf;
  Scan scan(options);
  auto listed = scan.list(known);
  if (!listed) return tl::unexpected(listed.error());
  Catalogue catalogue{std::move(*listed)};
  std::vector<Shelf*> changed;
  for (Shelf& shelf : catalogue.shelves) {
    if (shelf.binary.empty()) continue;
    const auto found = before.find({shelf.format, shelf.file});
    const Shelf* old = found == before.end() ? nullptr : found->second;
    const auto here = look_at(shelf.binary);
    if (!options.rescan && old && here && old->binary == shelf.binary && old->stamp.looks_like(*here)) {
      shelf = *old;
      continue;
    }
    auto stamp = stamp_of(shelf.binary);
    if (!stamp) {
      shelf.fault = clause_of(stamp.error().message);
      continue;
    }
    shelf.stamp = *stamp;
    if (!options.rescan && old && old->stamp.digest == stamp->digest) {
      shelf.plugins = old->plugins;
      shelf.faults = old->faults;
      shelf.fault = old->fault;
    } else {
      changed.push_back(&shelf);
    }
  }
  if (auto looked = scan.look_into(changed); !looked) return tl::unexpected(looked.error());
  if (options.stop.stop_requested()) return base::fail(ErrorKind::cancelled, "Cancelled.");
  return catalogue;
}

}  // namespace firn::plugins
