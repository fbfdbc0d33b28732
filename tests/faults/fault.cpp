#include "faults/fault.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace firn::tests {

namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

bool is_of_work(const fs::path& path) {
  const std::string text = path.string();
  return contains(text, "/.firn/tmp/") || contains(text, "/.firn-new-") || text.ends_with(".new");
}

// Calls each(path) for what is below the folder while others may remove it.
void walk(const fs::path& folder, const std::function<void(const fs::path&)>& each) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    found.push_back(entry->path());
  for (const fs::path& path : found) {
    each(path);
    if (fs::is_directory(fs::symlink_status(path, error))) walk(path, each);
  }
}

// Lets this process and its children mount what nobody else sees. False where the system does not.
bool own_mounts() {
  const auto uid = ::geteuid();
  const auto gid = ::getegid();
  if (uid != 0 || ::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << fmt::format("0 {} 1", uid);
    std::ofstream("/proc/self/gid_map") << fmt::format("0 {} 1", gid);
  }
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool mount_disk(const fs::path& folder, std::int64_t megabytes) {
  static const bool possible = own_mounts();
  return possible && ::mount("firn-test", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
                             fmt::format("size={}m", megabytes).c_str()) == 0;
}

}  // namespace

void make_echo_song(const Program& program) {
  program.ok(
      "firn new -o song && firn track add song --midi Keys && firn device add song Keys synth && "
      "firn device add song Keys delay time=1s feedback=30% && "
      "firn clip add song Keys C3,1.1.1,0.1.0 E3,1.3.1,0.0.2 --at 1 --length 1.0.0 && "
      "firn clip set song Keys 1 loop=1..2 length=12.0.0");
}

void check_whole(const Program& program, const std::string& project) {
  program.ok("firn show " + project);
  const Ran verified = program.run("firn verify " + project);
  INFO(verified.out, verified.err);
  CHECK((verified.status == 0 || contains(verified.err, "nothing to verify")));
  CHECK(half_done(program).empty());
}

std::set<std::string> half_done(const Program& program) {
  std::set<std::string> paths;
  walk(program.directory(), [&](const fs::path& path) {
    if (is_of_work(path)) paths.insert(path.lexically_relative(program.directory()).string());
  });
  return paths;
}

ShortOfRoom::ShortOfRoom(const Program& program, std::int64_t megabytes)
    : ShortOfRoom(program, megabytes, Kind::disk) {}

ShortOfRoom::ShortOfRoom(const Program& program, std::int64_t megabytes, Kind kind)
    : program_(program), folder_(program.directory() / "disk"), kind_(kind) {
  fs::create_directory(folder_);
  if (kind_ == Kind::disk && !mount_disk(folder_, megabytes)) kind_ = Kind::file_size;
  const std::string how = kind_ == Kind::disk ? "on a small tmpfs" : "by a limit on the size of files";
  MESSAGE("short of room " << how);
}

ShortOfRoom::~ShortOfRoom() {
  if (kind_ == Kind::disk) ::umount2(folder_.c_str(), MNT_DETACH);
}

Ran ShortOfRoom::run(std::int64_t bytes, const std::string& arguments) const {
  if (kind_ == Kind::file_size) {
    const std::int64_t message = 4096;  // which is written to a file too
    return program_.run(
        fmt::format("cd disk && prlimit --fsize={} -- \"$FIRN\" {}", std::max(bytes, message), arguments));
  }
  fill(bytes);
  Ran ran = program_.run("cd disk && firn " + arguments);
  free();
  return ran;
}

void ShortOfRoom::fill(std::int64_t bytes) const {
  if (kind_ == Kind::file_size) return;
  const int file = ::open((folder_ / "fill").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(file >= 0);
  struct statvfs about {};
  REQUIRE(::fstatvfs(file, &about) == 0);
  const auto room = static_cast<std::int64_t>(about.f_bavail * about.f_frsize);
  if (room > bytes) CHECK(::posix_fallocate(file, 0, room - bytes) == 0);
  ::close(file);
}

void ShortOfRoom::free() const { fs::remove(folder_ / "fill"); }

std::string bound_by_permissions(const Program& program) {
  const std::string prefix = ::geteuid() == 0 ? "setpriv --bounding-set=-all --inh-caps=-all -- " : "";
  program.ok("echo x > unreadable && chmod 000 unreadable");
  REQUIRE(program.run(prefix + "cat unreadable").status != 0);
  program.ok("rm -f unreadable");
  return prefix + "\"$FIRN\" ";
}

Running::Running(const Program& program, const std::string& arguments)
    : program_(program), output_(program.directory().string() + ".running") {
  fs::create_directories(output_);
  const std::string line =
      fmt::format("cd '{}' && exec '{}' {} >'{}/out' 2>'{}/err' </dev/null", program.directory().string(), FIRN_PROGRAM,
                  arguments, output_.string(), output_.string());
  process_ = ::fork();
  REQUIRE(process_ >= 0);
  if (process_ == 0) {
    ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    ::_exit(127);
  }
}

Running::~Running() {
  send(SIGKILL);
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
  std::error_code ignored;
  fs::remove_all(output_, ignored);
}

void Running::hold_when(const std::function<bool()>& is_so) {
  while (!is_so()) {
    siginfo_t ended{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0);
    REQUIRE_MESSAGE(ended.si_pid == 0, "it ended before it could be held");
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  send(SIGSTOP);
  siginfo_t held{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(process_), &held, WSTOPPED | WNOWAIT) == 0);
}

void Running::hold_at_work(std::uintmax_t bytes) {
  hold_when([&] {
    std::uintmax_t written = 0;
    walk(program_.directory(), [&](const fs::path& path) {
      std::error_code gone;
      if (is_of_work(path) && fs::is_regular_file(path, gone))
        if (const auto size = fs::file_size(path, gone); !gone) written += size;
    });
    return written >= bytes;
  });
}

void Running::go_on() { send(SIGCONT); }

void Running::send(int signal) {
  if (process_ > 0) ::kill(process_, signal);
}

Ran Running::wait() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
  process_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content_of(output_ / "out"),
          content_of(output_ / "err")};
}

}  // namespace firn::tests
