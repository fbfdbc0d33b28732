// HostProgram: a running firn-plugin-host as a child process of ours. It ends with this object at the latest. Const calls from any thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "devices/processor.hpp"

namespace firn::plugins {

class HostProgram {
 public:
  // Starts it with these words. `handed` are descriptors of ours that it gets as its 3, 4, …. Fails with not_found or io.
  static base::Result<HostProgram> start(const std::filesystem::path& program, const std::vector<std::string>& words,
                                         const std::vector<int>& handed);
  HostProgram() = default;
  ~HostProgram();  // waits for its end, which takes a while where it holds much memory
  HostProgram(HostProgram&& other) noexcept : process_(std::exchange(other.process_, -1)) {}
  HostProgram& operator=(HostProgram&& other) noexcept;

  bool has_ended() const FIRN_REALTIME;
  bool ends_within(std::chrono::milliseconds) const;  // waits for that
  void kill() const FIRN_REALTIME;                    // does not

  // How long its threads have waited for a core, all together (proc(5), schedstat); 0 where the kernel doesn't say.
  std::chrono::nanoseconds starved() const;

  // How it ended, as a clause: "it crashed (segmentation fault)". Empty while it runs.
  std::string end() const;

 private:
  explicit HostProgram(pid_t process) : process_(process) {}

  pid_t process_ = -1;  // not reaped before the destructor: so it stays ours to ask and to kill
};

}  // namespace firn::plugins
