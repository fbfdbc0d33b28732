#include "base/work_folder.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "base/new_folder.hpp"
#include "support/temporary_directory.hpp"

namespace firn::base {
namespace {

namespace fs = std::filesystem;

WorkFolder work_folder(const fs::path& target) {
  auto folder = WorkFolder::beside(target, "write");
  REQUIRE(folder);
  return std::move(*folder);
}

// A process that has a work folder beside `target`, with a file in it, until it is killed.
class Worker {
 public:
  explicit Worker(const fs::path& target) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    process_ = ::fork();
    REQUIRE(process_ >= 0);
    if (process_ == 0) {
      const auto folder = WorkFolder::beside(target, "write");
      if (!folder) ::_exit(1);
      std::ofstream(folder->path() / "part") << "half of it";
      const std::string path = folder->path().string();
      if (::write(ends[1], path.data(), path.size()) < 0) ::_exit(1);
      while (true) ::pause();
    }
    ::close(ends[1]);
    std::array<char, 4096> path{};
    const ssize_t size = ::read(ends[0], path.data(), path.size());
    ::close(ends[0]);
    REQUIRE(size > 0);
    folder_ = std::string(path.data(), static_cast<std::size_t>(size));
  }
  ~Worker() { kill(); }
  void kill() {
    if (process_ > 0) ::kill(process_, SIGKILL);
    if (process_ > 0) ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }
  const fs::path& folder() const { return folder_; }

 private:
  pid_t process_ = -1;
  fs::path folder_;
};

}  // namespace

TEST_CASE("A work folder lies beside its target, and goes with its owner") {
  const tests::TemporaryDirectory scratch;
  {
    const WorkFolder one = work_folder(scratch / "mix.wav");
    const WorkFolder other = work_folder(scratch / "mix.wav");
    CHECK(one.path() != other.path());
    CHECK(one.path().parent_path() == (scratch / "mix.wav").parent_path());
    std::ofstream(one.path() / "part") << "half of it";
  }
  CHECK(fs::is_empty(scratch.path()));
  WorkFolder moved = work_folder(scratch / "song");
  REQUIRE(moved.move_to(scratch / "song"));
  CHECK(fs::is_directory(scratch / "song"));
  const auto nowhere = WorkFolder::beside(scratch / "none/mix.wav", "write");
  REQUIRE(!nowhere);
  CHECK(nowhere.error().kind == ErrorKind::not_found);
  CHECK(nowhere.error().message.find("none/mix.wav") != std::string::npos);
}

TEST_CASE("What a killed process left in its work folder goes with the next; a living one's stays") {
  const tests::TemporaryDirectory scratch;
  Worker dead(scratch / "mix.wav");
  const Worker living(scratch / "mix.wav");
  CHECK(fs::exists(dead.folder() / "part"));
  dead.kill();
  fs::create_directory(scratch / "kept");
  fs::create_directory_symlink(scratch / "kept", scratch / ".firn-new-link");
  std::ofstream(scratch / "kept/file") << "whole";
  { const WorkFolder next = work_folder(scratch / "other.wav"); }
  CHECK(!fs::exists(dead.folder()));
  CHECK(fs::exists(living.folder() / "part"));
  CHECK(fs::exists(scratch / ".firn-new-link/file"));
}

TEST_CASE("A new folder appears whole or not at all, with the folders that it lies in") {
  const tests::TemporaryDirectory scratch;
  {
    const auto folder = NewFolder::beside(scratch / "a/b/song");
    REQUIRE(folder);
    const Error error{ErrorKind::io, "Can't write " + (folder->path() / "x").string() + ": no."};
    CHECK(folder->said(error).message == "Can't write " + (scratch / "a/b/song/x").string() + ": no.");
  }
  CHECK(fs::is_empty(scratch.path()));
  auto folder = NewFolder::beside(scratch / "a/b/song");
  REQUIRE(folder);
  std::ofstream(folder->path() / "x") << "whole";
  REQUIRE(folder->move_to_target());
  CHECK(fs::exists(scratch / "a/b/song/x"));
  CHECK(std::distance(fs::directory_iterator(scratch / "a/b"), {}) == 1);
  CHECK(NewFolder::beside(scratch / "a/b/song").error().kind == ErrorKind::refused);
}

}  // namespace firn::base
