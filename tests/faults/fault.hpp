// Real faults for the real program: a disk with little room, someone whom permissions bind, a process stopped on its way. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "cli/run_program.hpp"

namespace firn::tests {

// A project "song" with a track Keys: half a minute of a synth and an echo, whose states at checkpoints take as much as its sound.
void make_echo_song(const Program&);

// The project opens, holds no half-done work, and its prints are what a full render gives.
void check_whole(const Program&, const std::string& project);
// Paths below the program's directory of what a process was still at work on.
std::set<std::string> half_done(const Program&);

// A folder "disk" in the program's directory, in which little can be written.
class ShortOfRoom {
 public:
  enum class Kind {
    disk,       // a small tmpfs of its own
    file_size,  // no file may grow beyond a limit (RLIMIT_FSIZE)
  };
  // A disk where the system lets us mount one, as root or in a user namespace; says which it is.
  explicit ShortOfRoom(const Program&, std::int64_t megabytes);
  ShortOfRoom(const Program&, std::int64_t megabytes, Kind);
  ~ShortOfRoom();
  ShortOfRoom(const ShortOfRoom&) = delete;
  ShortOfRoom& operator=(const ShortOfRoom&) = delete;

  Kind kind() const { return kind_; }
  // Runs the program in "disk" where so many bytes are left: on the disk, or for each file.
  Ran run(std::int64_t bytes, const std::string& arguments) const;
  // Takes all room but so many bytes; and gives it back.
  void fill(std::int64_t bytes = 0) const;
  void free() const;

 private:
  const Program& program_;
  std::filesystem::path folder_;
  Kind kind_;
};

// What stands before "$FIRN" so that it runs as someone whom permissions bind: the user, or root without root's powers.
std::string bound_by_permissions(const Program&);

// The program at work beside the test.
class Running {
 public:
  Running(const Program&, const std::string& arguments);
  ~Running();  // kills it
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  pid_t process() const { return process_; }
  // Holds it as soon as that is so. Fails if it ends before.
  void hold_when(const std::function<bool()>& is_so);
  // Holds it once it has written so many bytes of a print, an export or a pack.
  void hold_at_work(std::uintmax_t bytes = 2'000'000);
  void go_on();
  void send(int signal);
  Ran wait();

 private:
  const Program& program_;
  std::filesystem::path output_;
  pid_t process_ = -1;
};

}  // namespace firn::tests
