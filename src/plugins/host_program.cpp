#include "plugins/host_program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/file.hpp"

extern char** environ;

namespace firn::plugins {
namespace {

constexpr int first_handed = 3;
constexpr int above_handed = 10;

// Nothing while it runs.
siginfo_t end_of(pid_t process) {
  siginfo_t end{};
  if (::waitid(P_PID, static_cast<id_t>(process), &end, WEXITED | WNOHANG | WNOWAIT) != 0) end.si_pid = process;
  return end;
}

std::string signal_text(int number) {
  switch (number) {
    case SIGSEGV:
    case SIGBUS: return "it crashed (segmentation fault)";
    case SIGABRT: return "it gave up (abort)";
    case SIGILL: return "it crashed (illegal instruction)";
    case SIGFPE: return "it crashed (arithmetic fault)";
    case SIGKILL: return "it was killed, as happens where memory runs out";
    default: return fmt::format("it was ended by signal {} ({})", number, ::strsignal(number));
  }
}

}  // namespace

base::Result<HostProgram> HostProgram::start(const std::filesystem::path& program,
                                             const std::vector<std::string>& words, const std::vector<int>& handed) {
  if (std::error_code error; !std::filesystem::exists(program, error)) {
    return base::fail(
        base::ErrorKind::not_found,
        fmt::format("The program that runs plug-ins is not at {}. Install Firn whole.", program.string()));
  }
  std::vector<base::Descriptor> moved;  // out of the way of the numbers that the host gets
  for (const int number : handed) {
    moved.emplace_back(::fcntl(number, F_DUPFD_CLOEXEC, above_handed));
    if (!moved.back()) return tl::unexpected(base::io_error("start", program, errno));
  }
  std::vector<std::string> texts{program.string()};
  texts.insert(texts.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0);
  int number = first_handed;
  for (const base::Descriptor& each : moved) posix_spawn_file_actions_adddup2(&actions, each.number(), number++);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // a Ctrl-C in the terminal is Firn's to answer
  pid_t process = -1;
  const int error = ::posix_spawn(&process, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return tl::unexpected(base::io_error("start", program, error));
  return HostProgram(process);
}

HostProgram::~HostProgram() {
  if (process_ < 0) return;
  kill();
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

HostProgram& HostProgram::operator=(HostProgram&& other) noexcept {
  std::swap(process_, other.process_);
  return *this;
}

bool HostProgram::has_ended() const { return end_of(process_).si_pid == process_; }

bool HostProgram::ends_within(std::chrono::milliseconds limit) const {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!has_ended() && std::chrono::steady_clock::now() < until) ::poll(nullptr, 0, 5);
  return has_ended();
}

std::chrono::nanoseconds HostProgram::starved() const {
  std::chrono::nanoseconds all{0};
  std::error_code ignored;
  const std::filesystem::directory_iterator threads(fmt::format("/proc/{}/task", process_), ignored);
  for (const auto& thread : threads) {
    std::int64_t on_a_core = 0;
    std::int64_t waiting = 0;
    if (std::ifstream(thread.path() / "schedstat") >> on_a_core >> waiting) all += std::chrono::nanoseconds(waiting);
  }
  return all;
}

void HostProgram::kill() const {
  if (process_ <= 0) return;
  ::kill(-process_, SIGKILL);  // with what its plug-ins have started
  ::kill(process_, SIGKILL);   // should one have moved it to another group
}

std::string HostProgram::end() const {
  const siginfo_t end = end_of(process_);
  if (end.si_pid != process_) return {};
  if (end.si_code == CLD_EXITED) return fmt::format("it ended by itself (exit status {})", end.si_status);
  if (end.si_code == CLD_KILLED || end.si_code == CLD_DUMPED) return signal_text(end.si_status);
  return "it ended";
}

}  // namespace firn::plugins
