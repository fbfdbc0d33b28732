#include "plugins/host_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "plugins/answer.hpp"

extern char** environ;

namespace firn::plugins {
namespace {

using base::ErrorKind;
using std::chrono::steady_clock;

constexpr int socket_number = 3;  // in the host
constexpr int memory_number = 4;
constexpr std::uint32_t longest_message = 1u << 30;
constexpr std::chrono::milliseconds look_again{20};  // how long a death may go unnoticed
constexpr std::chrono::seconds hand_off_limit{10};

base::Error device_error(std::string message) { return {ErrorKind::device, std::move(message)}; }

// A descriptor out of the way of the numbers that the host gets.
int moved_up(int number) {
  const int moved = ::fcntl(number, F_DUPFD_CLOEXEC, 10);
  ::close(number);
  return moved;
}

}  // namespace

std::string clause_of(std::string sentence) {
  while (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
  const bool begins = sentence.size() > 1 && sentence[0] >= 'A' && sentence[0] <= 'Z' &&
                      (sentence[1] == ' ' || (sentence[1] >= 'a' && sentence[1] <= 'z'));
  if (begins) sentence[0] = static_cast<char>(sentence[0] - 'A' + 'a');
  return sentence;
}

std::string end_text(int status) {
  if (WIFEXITED(status)) return fmt::format("it ended by itself (exit status {})", WEXITSTATUS(status));
  if (!WIFSIGNALED(status)) return "it ended";
  switch (WTERMSIG(status)) {
    case SIGSEGV:
    case SIGBUS: return "it crashed (segmentation fault)";
    case SIGABRT: return "it gave up (abort)";
    case SIGILL: return "it crashed (illegal instruction)";
    case SIGFPE: return "it crashed (arithmetic fault)";
    case SIGKILL: return "it was killed, as happens where memory runs out";
    default: return fmt::format("it was ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  }
}

base::Result<std::unique_ptr<HostProcess>> HostProcess::start(const std::filesystem::path& host) {
  if (std::error_code error; !std::filesystem::exists(host, error)) {
    return base::fail(ErrorKind::not_found,
                      fmt::format("The program that runs plug-ins is not at {}. Install Firn whole.", host.string()));
  }
  std::unique_ptr<HostProcess> started(new HostProcess());
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return tl::unexpected(base::io_error("start", host, errno));
  started->socket_ = base::Descriptor(moved_up(ends[0]));
  const base::Descriptor theirs(moved_up(ends[1]));
  const timeval patience{.tv_sec = 20, .tv_usec = 0};  // a host that hangs must not hold up who sends it a long state
  ::setsockopt(started->socket_.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int made = ::memfd_create("firn-plugin", MFD_CLOEXEC);
  if (made < 0) return tl::unexpected(base::io_error("start", host, errno));
  const base::Descriptor memory(moved_up(made));
  if (::ftruncate(memory.number(), sizeof(Exchange)) != 0) return tl::unexpected(base::io_error("start", host, errno));
  void* shared = ::mmap(nullptr, sizeof(Exchange), PROT_READ | PROT_WRITE, MAP_SHARED, memory.number(), 0);
  if (shared == MAP_FAILED) return tl::unexpected(base::io_error("start", host, errno));
  started->exchange_ = new (shared) Exchange();

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, theirs.number(), socket_number);
  posix_spawn_file_actions_adddup2(&actions, memory.number(), memory_number);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // a Ctrl-C in the terminal is Firn's to answer
  const std::string program = host.string();
  std::string verb = "run";
  std::array<char*, 3> arguments{const_cast<char*>(program.c_str()), verb.data(), nullptr};
  const int error =
      ::posix_spawn(&started->process_, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    started->process_ = -1;
    return tl::unexpected(base::io_error("start", host, error));
  }
  return started;
}

HostProcess::~HostProcess() {
  if (process_ > 0 && !reaped_) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  if (exchange_ != nullptr) ::munmap(exchange_, sizeof(Exchange));
}

bool HostProcess::has_ended() {
  const std::lock_guard lock(mutex_);
  if (reaped_) return true;
  int status = 0;
  if (::waitpid(process_, &status, WNOHANG) != process_) return false;
  reaped_ = true;
  status_ = status;
  return true;
}

void HostProcess::kill_for(std::string reason) {
  const std::lock_guard lock(mutex_);
  if (!reaped_ && reason_.empty()) reason_ = std::move(reason);
  kill();
}

void HostProcess::give_up() {
  const std::lock_guard lock(mutex_);
  hangs_ = !reaped_;
  kill();
}

void HostProcess::kill() {
  if (reaped_) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, &status_, 0);
  reaped_ = true;
}

std::string HostProcess::end() const {
  const std::lock_guard lock(mutex_);
  if (!reason_.empty()) return reason_;
  if (hangs_) return fmt::format("it did not answer for {} seconds", hand_off_limit.count());
  return reaped_ ? end_text(status_) : "";
}

base::Result<void> HostProcess::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return tl::unexpected(device_error("it ended"));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

base::Result<std::string> HostProcess::receive(std::size_t count, steady_clock::time_point until) {
  std::string bytes(count, '\0');
  for (std::size_t have = 0; have < count;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now()).count();
    pollfd waiting{socket_.number(), POLLIN, 0};
    const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return tl::unexpected(device_error("it does not answer"));
    const ssize_t got = ::recv(socket_.number(), bytes.data() + have, count - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return tl::unexpected(device_error("it ended"));
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

base::Result<Answer> HostProcess::ask(const Json& question, std::string_view bytes, std::chrono::milliseconds at_most) {
  const std::string text = question.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::array<std::uint32_t, 2> lengths{static_cast<std::uint32_t>(text.size()),
                                             static_cast<std::uint32_t>(bytes.size())};
  std::string message(sizeof lengths, '\0');
  std::memcpy(message.data(), lengths.data(), sizeof lengths);
  message += text;
  message += bytes;
  const auto until = steady_clock::now() + at_most;
  auto answer = send(message).and_then([&]() -> base::Result<Answer> {
    const auto head = receive(sizeof lengths, until);
    if (!head) return tl::unexpected(head.error());
    std::array<std::uint32_t, 2> theirs{};
    std::memcpy(theirs.data(), head->data(), sizeof theirs);
    if (theirs[0] > longest_message || theirs[1] > longest_message)
      return tl::unexpected(device_error("its host's answer is none"));
    const auto answered = receive(theirs[0], until);
    if (!answered) return tl::unexpected(answered.error());
    auto body = receive(theirs[1], until);
    if (!body) return tl::unexpected(body.error());
    Json json = Json::parse(*answered, nullptr, false);
    if (!json.is_object()) return tl::unexpected(device_error("its host's answer is none"));
    return Answer{std::move(json), std::move(*body)};
  });
  if (!answer) {
    // Its socket closes a moment before it can be asked how it died.
    for (int i = 0; i < 200 && answer.error().message == "it ended" && !has_ended(); ++i) ::poll(nullptr, 0, 5);
    kill_for(answer.error().message);
    return tl::unexpected(device_error(end()));
  }
  if (const auto error = answer->json.find("error"); error != answer->json.end())
    return tl::unexpected(device_error(error->is_string() ? clause_of(error->get<std::string>()) : "it failed"));
  return answer;
}

void HostProcess::hand_off() {
  answers_ = exchange_->answered.load(std::memory_order_acquire);
  asked_until_ = steady_clock::now() + hand_off_limit;
  raise_and_wake(exchange_->asked);
}

HostProcess::Answered HostProcess::wait(std::chrono::nanoseconds patience) {
  const auto is_there = [&] { return exchange_->answered.load(std::memory_order_acquire) != answers_; };
  const auto until = steady_clock::now() + std::min<std::chrono::nanoseconds>(patience, 2 * hand_off_limit);
  while (!is_there()) {
    const auto left = std::chrono::nanoseconds(until - steady_clock::now());
    const auto sleep = std::clamp(left, std::chrono::nanoseconds(0), std::chrono::nanoseconds(look_again));
    if (sleep.count() > 0) wait_while(exchange_->answered, answers_, {0, static_cast<long>(sleep.count())});
    if (is_there()) break;
    if (has_ended()) return Answered::lost;
    if (steady_clock::now() >= asked_until_) {
      give_up();
      return Answered::lost;
    }
    if (steady_clock::now() >= until) return Answered::late;
  }
  return Answered::yes;
}

}  // namespace firn::plugins
