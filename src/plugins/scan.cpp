#include "plugins/scan.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "base/file.hpp"
#include "plugins/host_process.hpp"

extern char** environ;

namespace firn::plugins {
namespace {

using base::ErrorKind;
using std::chrono::steady_clock;

constexpr std::array formats{"vst3", "clap", "lv2", "ladspa"};
constexpr std::size_t files_at_a_time = 16;
constexpr std::size_t longest_line = std::size_t{1} << 26;

// A host that writes lines to a pipe. Its own descriptor 3, so that what plug-ins print is not among them.
class Lines {
 public:
  Lines(const std::filesystem::path& host, const std::vector<std::string>& words) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    from_ = base::Descriptor(ends[0]);
    const base::Descriptor to(::fcntl(ends[1], F_DUPFD_CLOEXEC, 10));
    ::close(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions, to.number(), 3);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::vector<std::string> texts{host.string()};
    texts.insert(texts.end(), words.begin(), words.end());
    std::vector<char*> arguments;
    for (std::string& text : texts) arguments.push_back(text.data());
    arguments.push_back(nullptr);
    if (::posix_spawn(&process_, host.c_str(), &actions, &attributes, arguments.data(), environ) != 0) process_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  ~Lines() { static_cast<void>(end()); }
  Lines(const Lines&) = delete;

  enum class Read { line, ended, hangs, stopped };
  Read next(std::string& line, steady_clock::time_point until, const std::stop_token& stop) {
    for (;;) {
      if (const auto end = rest_.find('\n'); end != std::string::npos) {
        line = rest_.substr(0, end);
        rest_.erase(0, end + 1);
        return Read::line;
      }
      if (stop.stop_requested()) return Read::stopped;
      if (steady_clock::now() >= until || rest_.size() > longest_line) return Read::hangs;
      pollfd waiting{from_.number(), POLLIN, 0};
      if (::poll(&waiting, 1, 100) <= 0) continue;
      std::array<char, 65536> bytes;
      const ssize_t got = ::read(from_.number(), bytes.data(), bytes.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return Read::ended;
      rest_.append(bytes.data(), static_cast<std::size_t>(got));
    }
  }

  // Ends the process where it runs on; how it ended.
  int end() {
    if (process_ < 0) return status_;
    // It may have closed its end a moment before it dies.
    for (int i = 0; i < 50; ++i) {
      if (::waitpid(process_, &status_, WNOHANG) == process_) {
        process_ = -1;
        return status_;
      }
      ::poll(nullptr, 0, 10);
    }
    return kill();
  }
  int kill() {
    if (process_ < 0) return status_;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, &status_, 0);
    process_ = -1;
    return status_;
  }

 private:
  pid_t process_ = -1;
  int status_ = 0;
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
  std::vector<Shelf> list() const {
    std::vector<Shelf> shelves;
    for (const char* format : formats) {
      Lines lines(options_.host, {"list", format});
      std::string line;
      while (lines.next(line, steady_clock::now() + std::chrono::seconds(60), options_.stop) == Lines::Read::line) {
        const Json json = Json::parse(line, nullptr, false);
        if (!json.is_object()) continue;
        Shelf shelf;
        shelf.format = format;
        shelf.file = text_in(json, "file");
        shelf.binary = text_in(json, "binary");
        if (shelf.binary.empty()) shelf.binary = shelf.file;
        if (!shelf.file.empty()) shelves.push_back(std::move(shelf));
      }
    }
    std::sort(shelves.begin(), shelves.end(),
              [](const Shelf& a, const Shelf& b) { return std::tie(a.format, a.file) < std::tie(b.format, b.file); });
    return shelves;
  }

  void look_into(const std::vector<Shelf*>& shelves) {
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
    std::vector<std::jthread> threads;
    for (int i = 0; i < processes; ++i) threads.emplace_back([this] { work(); });
  }

 private:
  void work() {
    while (auto batch = take()) {
      while (!batch->shelves.empty() && !options_.stop.stop_requested()) look_into(*batch);
    }
  }

  std::optional<Batch> take() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    Batch batch = std::move(waiting_.back());
    waiting_.pop_back();
    return batch;
  }

  // Looks into files until one takes the host down, which is noted of it; those done with are taken out of the batch.
  void look_into(Batch& batch) {
    std::vector<std::string> words{"scan", batch.format};
    for (const std::string& id : batch.without) words.insert(words.end(), {"--without", id});
    for (const Shelf* shelf : batch.shelves) words.push_back(shelf->file);
    Lines lines(options_.host, words);
    const auto limit = [&] { return steady_clock::now() + std::chrono::seconds(options_.seconds_for_each); };
    auto until = limit();
    std::string begun;  // the plug-in that is being made
    while (!batch.shelves.empty()) {
      Shelf& shelf = *batch.shelves.front();
      std::string line;
      const auto read = lines.next(line, until, options_.stop);
      if (read == Lines::Read::stopped) return;
      if (read != Lines::Read::line) {
        const bool hangs = read == Lines::Read::hangs;
        const std::string why =
            hangs ? fmt::format("it did not answer for {} seconds", options_.seconds_for_each) : end_text(lines.end());
        if (hangs) lines.kill();
        return go_on_without(begun, why, batch);
      }
      const Json json = Json::parse(line, nullptr, false);
      if (!json.is_object()) continue;
      if (json.contains("done")) {
        shelf.fault = clause_of(text_in(json, "error"));
        finish(batch);
        begun.clear();
        until = limit();
      } else if (json.contains("begin")) {
        begun = text_in(json, "begin");
        until = limit();
      } else if (json.contains("fault")) {
        shelf.faults.push_back({text_in(json, "fault"), clause_of(text_in(json, "why"))});
      } else if (auto description = description_of(json)) {
        shelf.plugins.push_back(std::move(*description));
        until = limit();
      }
    }
  }

  // After a host has died: the plug-in that it was making is at fault, or else the whole file.
  void go_on_without(const std::string& id, const std::string& why, Batch& batch) {
    Shelf& shelf = *batch.shelves.front();
    shelf.plugins.clear();
    const bool is_new = std::find(batch.without.begin(), batch.without.end(), id) == batch.without.end();
    if (id.empty() || !is_new) {
      shelf.fault = why;
      finish(batch);
      return;
    }
    // Those that said themselves that they can't be had are asked again.
    std::erase_if(shelf.faults, [&](const PluginFault& fault) {
      return std::find(batch.without.begin(), batch.without.end(), fault.id) == batch.without.end();
    });
    shelf.faults.push_back({id, why});
    batch.without.push_back(id);
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
  int done_ = 0;
  int total_ = 0;
};

}  // namespace

base::Result<Catalogue> scan(const Catalogue& known, const ScanOptions& options) {
  if (std::error_code error; !std::filesystem::exists(options.host, error)) {
    return base::fail(
        ErrorKind::not_found,
        fmt::format("The program that runs plug-ins is not at {}. Install Firn whole.", options.host.string()));
  }
  std::map<std::pair<std::string, std::string>, const Shelf*> before;
  for (const Shelf& shelf : known.shelves) before[{shelf.format, shelf.file}] = &shelf;
  Scan scan(options);
  Catalogue catalogue{scan.list()};
  std::vector<Shelf*> changed;
  for (Shelf& shelf : catalogue.shelves) {
    const auto found = before.find({shelf.format, shelf.file});
    const Shelf* old = found == before.end() ? nullptr : found->second;
    const auto here = look_at(shelf.binary);
    if (!options.rescan && old && here && old->binary == shelf.binary && old->stamp.looks_like(*here)) {
      shelf = *old;
      continue;
    }
    auto stamp = stamp_of(shelf.binary);
    if (!stamp) {
      shelf.fault = stamp.error().message;
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
  scan.look_into(changed);
  if (options.stop.stop_requested()) return base::fail(ErrorKind::cancelled, "Cancelled.");
  return catalogue;
}

}  // namespace firn::plugins
