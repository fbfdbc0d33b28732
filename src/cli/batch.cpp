#include "cli/batch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/exit_status.hpp"
#include "cli/must.hpp"
#include "cli/program.hpp"
#include "cli/progress.hpp"
#include "files/project_file.hpp"

namespace firn::cli {

namespace fs = std::filesystem;
using base::Descriptor;
using base::ErrorKind;
using Clock = std::chrono::steady_clock;
using State = BatchResult::State;

namespace {

constexpr int steps_descriptor = 3;  // on which a child says what it has done, and hears that it is noted
constexpr int tick_milliseconds = 100;
constexpr double patience = 5.0;  // seconds for a child to end itself, having been told to
constexpr std::size_t longest_complaint = 1 << 16;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Two descriptors that are connected: what is written to one is read from the other.
struct Connection {
  Descriptor here;
  Descriptor there;

  Connection() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw Failure{base::io_error("start", "a process", errno)};
    here = Descriptor(ends[0]);
    there = Descriptor(ends[1]);
  }
};

// The message in what a child said on standard error: what follows the last "firn: " at the start of a line.
std::string message_of(const std::string& complaint) {
  const auto at = ("\n" + complaint).rfind("\nfirn: ");
  if (at == std::string::npos) return {};
  std::string message = complaint.substr(at + std::strlen("firn: "));
  message.erase(message.find_last_not_of('\n') + 1);
  return message;
}

class Child {
 public:
  Child(std::size_t song, const std::vector<std::string>& words) : song_(song) {
    Connection complaints;
    Connection steps;
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ < 0) throw Failure{base::io_error("start", "a process", errno)};
    if (process_ == 0) become(arguments.data(), parent, complaints.there.number(), steps.there.number());
    complaints_ = std::move(complaints.here);
    steps_ = std::move(steps.here);
  }

  std::size_t song() const { return song_; }
  pid_t process() const { return process_; }
  double seconds() const { return seconds_since(start_); }
  const std::string& complaint() const { return complaint_; }
  bool was_late() const { return was_late_; }
  std::array<pollfd, 2> polls() const {
    return {pollfd{complaints_.number(), POLLIN, 0}, pollfd{steps_.number(), POLLIN, 0}};
  }

  // Takes what there is to read; calls each(line) for what it has done. False when there will be no more.
  template <class Each>
  bool take(const std::array<short, 2>& events, const Each& each) {
    if (events[0] != 0) take(complaints_, complaint_);
    if (events[1] != 0) take(steps_, said_);
    for (auto end = said_.find('\n'); end != said_.npos; end = said_.find('\n')) {
      each(said_.substr(0, end));
      said_.erase(0, end + 1);
      static_cast<void>(!::send(steps_.number(), "\n", 1, MSG_NOSIGNAL));  // it may go on
    }
    if (complaint_.size() > longest_complaint) complaint_.erase(0, complaint_.size() - longest_complaint / 2);
    return complaints_ || steps_;
  }

  void stop() {
    if (told_) {
      if (seconds_since(*told_) > patience) ::kill(process_, SIGKILL);
      return;
    }
    told_ = Clock::now();
    ::kill(process_, SIGINT);
  }

  void stop_if_late(double timeout) {
    was_late_ = was_late_ || (timeout > 0.0 && seconds() > timeout);
    if (was_late_) stop();
  }

  // As the system gives it (wait(2)).
  int wait() const {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
    return status;
  }

 private:
  // In the child: between fork and exec, only what a signal handler may do.
  [[noreturn]] static void become(char** arguments, pid_t parent, int complaints, int steps) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a batch that is killed leaves nobody at work
    if (::getppid() != parent) ::_exit(exit_fault);
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(complaints, STDERR_FILENO);
    if (steps == steps_descriptor) {
      ::fcntl(steps, F_SETFD, 0);
    } else {
      ::dup2(steps, steps_descriptor);
    }
    // Where memory runs out, the song goes and not the batch.
    if (const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); score >= 0) {
      static_cast<void>(!::write(score, "500", 3));
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execv("/proc/self/exe", arguments);
    ::_exit(exit_fault);
  }

  static void take(Descriptor& from, std::string& to) {
    std::array<char, 4096> part;
    const ssize_t count = ::read(from.number(), part.data(), part.size());
    if (count > 0) to.append(part.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) from = Descriptor();
  }

  std::size_t song_;
  pid_t process_ = -1;
  Descriptor complaints_;
  Descriptor steps_;
  std::string complaint_;
  std::string said_;
  Clock::time_point start_ = Clock::now();
  std::optional<Clock::time_point> told_;
  bool was_late_ = false;
};

class Batch {
 public:
  Batch(const BatchRequest& request, BatchJournal& journal, Console& console)
      : request_(request),
        journal_(journal),
        results_(request.songs.size()),
        notes_(request.songs.size()),
        is_being_made_(request.songs.size()),
        progress_(console, "Batch", {48000}) {
    for (const BatchCommand& command : request.commands) commands_.push_back(command.text());
  }

  std::vector<BatchResult> run() {
    while (true) {
      while (children_.size() < static_cast<std::size_t>(request_.jobs) && next_ < results_.size() &&
             !request_.stop.stop_requested()) {
        begin(next_++);
      }
      if (children_.empty()) return std::move(results_);
      wait();
      show();
    }
  }

 private:
  bool is_made(const BatchSong& song) const {
    std::error_code error;
    return fs::exists(song.directory / files::project_file_name, error);
  }

  void fail(std::size_t song, ErrorKind kind, std::string message) {
    results_[song] = {State::failed, 0.0, exit_status(kind), {}, std::move(message)};
    ++ended_;
    ++failed_;
  }

  void begin(std::size_t index) {
    const BatchSong& song = request_.songs[index];
    const bool made = is_made(song);
    if (!made && song.midi.empty()) {
      return fail(index, ErrorKind::not_found,
                  fmt::format("{} holds no project: there is no project.json in it.", song.directory.string()));
    }
    if (made && journal_.is_outdated(song)) {
      return fail(index, ErrorKind::refused,
                  fmt::format("{} has changed since the project {} was made of it. Move the project away, to have it "
                              "made again.",
                              song.midi.string(), song.directory.string()));
    }
    if (made && !song.midi.empty() && !journal_.is_made_with(song, request_.making)) {
      return fail(index, ErrorKind::refused,
                  fmt::format("The project {} is there already, and was not made with {}. Move it away, to have it "
                              "made again, or leave that out.",
                              song.directory.string(), fmt::join(request_.making, " ")));
    }
    BatchNote& note = notes_[index];
    note.commands = commands_;
    note.done = request_.again ? 0 : journal_.done(song, commands_);
    if (note.done == commands_.size()) {
      results_[index].state = State::skipped;
      ++ended_;
      return;
    }
    if (!song.midi.empty()) note.midi = stamp_now(song.midi);
    note.made_with = made ? journal_.made_with(song) : request_.making;

    std::vector<std::string> words = {"firn", "batch-song", song.directory.string()};
    const auto add = [&](const std::vector<std::string>& command) {
      words.push_back(nlohmann::json(command).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    };
    if (!made) {
      std::vector<std::string> making = {"new", "-o", song.directory.string()};
      making.insert(making.end(), request_.making.begin(), request_.making.end());
      making.insert(making.end(), {"--", song.midi.string()});
      add(making);
    }
    is_being_made_[index] = !made;
    for (std::size_t i = note.done; i < commands_.size(); ++i) add(request_.commands[i].words(song, request_.threads));
    if (made) note.project = stamp_now(song.directory / files::project_file_name);
    children_.push_back(std::make_unique<Child>(index, words));
    note.process = children_.back()->process();
    if (made) journal_.add(song, note);
  }

  // Until something has happened, or a tick has passed.
  void wait() {
    std::vector<pollfd> polls;
    for (const auto& child : children_) {
      for (const pollfd& poll : child->polls()) polls.push_back(poll);
    }
    ::poll(polls.data(), polls.size(), tick_milliseconds);
    for (std::size_t i = children_.size(); i-- > 0;) {
      Child& child = *children_[i];
      const bool goes_on = child.take({polls[2 * i].revents, polls[2 * i + 1].revents},
                                      [&](const std::string& line) { note_step(child.song(), line); });
      if (goes_on) {
        child.stop_if_late(request_.timeout);
        if (request_.stop.stop_requested()) child.stop();
        continue;
      }
      finish(child);
      children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  // A command is done; the line says how it left the project.
  void note_step(std::size_t index, const std::string& line) {
    const nlohmann::json said = nlohmann::json::parse(line, nullptr, false);
    if (!said.is_array() || said.size() != 3) return;
    BatchNote& note = notes_[index];
    note.project =
        store::FileStamp{said[0].get<std::int64_t>(), said[1].get<std::int64_t>(), said[2].get<std::int64_t>()};
    if (is_being_made_[index]) {
      is_being_made_[index] = false;
    } else {
      ++note.done;
    }
    journal_.add(request_.songs[index], note);
  }

  void finish(const Child& child) {
    const std::size_t index = child.song();
    const int status = child.wait();
    BatchResult& result = results_[index];
    BatchNote& note = notes_[index];
    result.seconds = child.seconds();
    ++ended_;
    if (note.done < commands_.size() && journal_.done(request_.songs[index], commands_) == commands_.size()) {
      note.done = commands_.size();  // it was ended before it could say so
      note.project = stamp_now(request_.songs[index].directory / files::project_file_name);
      journal_.add(request_.songs[index], note);
    }
    if (note.done == commands_.size()) {  // however it ended then
      result.state = State::done;
      return;
    }
    if (request_.stop.stop_requested() && !child.was_late()) return;
    result.state = State::failed;
    ++failed_;
    result.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (!is_being_made_[index] && note.done < commands_.size()) result.command = commands_[note.done];
    result.message = child.was_late()      ? fmt::format("It was not done after {:g} seconds.", request_.timeout)
                     : WIFSIGNALED(status) ? fmt::format("Firn was ended by signal {} ({}){}.", WTERMSIG(status),
                                                         ::strsignal(WTERMSIG(status)),
                                                         WTERMSIG(status) == SIGKILL ? "; perhaps memory ran out" : "")
                                           : message_of(child.complaint());
    if (WIFEXITED(status)) note.process = 0;  // it ended by itself, and what fails saves nothing
    note.exit = result.exit;
    note.message = result.message;
    journal_.add(request_.songs[index], note);
  }

  void show() {
    progress_.rename(fmt::format("Batch: {} of {} songs{}", ended_, results_.size(),
                                 failed_ == 0 ? "" : fmt::format(", {} failed", failed_)));
    progress_.report(static_cast<double>(ended_) / static_cast<double>(results_.size()));
  }

  const BatchRequest& request_;
  BatchJournal& journal_;
  std::vector<std::string> commands_;
  std::vector<BatchResult> results_;
  std::vector<BatchNote> notes_;
  std::vector<bool> is_being_made_;
  std::vector<std::unique_ptr<Child>> children_;
  std::size_t next_ = 0;
  std::size_t ended_ = 0;
  std::size_t failed_ = 0;
  Progress progress_;
};

}  // namespace

std::vector<BatchResult> run_batch(const BatchRequest& request, BatchJournal& journal, Console& console) {
  return Batch(request, journal, console).run();
}

int run_batch_song(const std::vector<std::string>& words) {
  const fs::path project = fs::path(words.front()) / files::project_file_name;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const nlohmann::json command = nlohmann::json::parse(words[i], nullptr, false);
    if (!command.is_array()) return exit_status(ErrorKind::usage);
    if (const int status = run(command.get<std::vector<std::string>>()); status != 0) return status;
    const auto stamp = stamp_now(project).value_or(store::FileStamp{});
    const std::string line = fmt::format("[{},{},{}]\n", stamp.bytes, stamp.changed, stamp.inode);
    static_cast<void>(!::write(steps_descriptor, line.data(), line.size()));
    char noted = 0;
    // Whoever was to note it is gone: no further, or it could not be known what is done.
    if (::read(steps_descriptor, &noted, 1) != 1) return exit_fault;
  }
  return 0;
}

}  // namespace firn::cli
