// HostProcess: a firn-plugin-host that runs one plug-in, and both ways to talk to it (protocol.md). ask() on one thread at a time, hand_off()
// on an audio thread; both may go on at once.
//
// Whatever the plug-in does, it ends within a limit in an answer or an error. Its process ends with this object at the latest.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "base/result.hpp"
#include "devices/processor.hpp"
#include "plugins/description.hpp"
#include "plugins/exchange.hpp"
#include "plugins/host_program.hpp"

namespace firn::plugins {

struct Answer;  // plugins/answer.hpp

// A sentence within another: "It has no presets." is "it has no presets".
std::string clause_of(std::string sentence);

class HostProcess {
 public:
  // Starts the program at `host`. Fails with not_found or io where it can't be started.
  static base::Result<std::unique_ptr<HostProcess>> start(const std::filesystem::path& host);
  ~HostProcess();
  HostProcess(const HostProcess&) = delete;

  // Fails with device: the host's own error, or how it died. Limited to `at_most`, past which the process is ended.
  base::Result<Answer> ask(const Json& question, std::string_view bytes = {},
                           std::chrono::milliseconds at_most = std::chrono::seconds(20));

  Exchange& exchange() { return *exchange_; }
  // Has the question in exchange() answered; the one before has been.
  void hand_off() FIRN_REALTIME;
  // Waits for that, for so long at most. Late: it is still to come, and can be waited for again. Lost: it never comes, nor does any
  // other; end() says why.
  enum class Answered { yes, late, lost };
  Answered wait(std::chrono::nanoseconds patience) FIRN_REALTIME;

  // Why it is of no use any more, as a clause: "it crashed (segmentation fault)". Empty while it runs.
  std::string end() const;

 private:
  HostProcess() = default;
  void kill_for(std::string reason);
  void give_up() FIRN_REALTIME;  // it hangs
  base::Result<void> send(std::string_view) const;
  base::Result<std::string> receive(std::size_t count, std::chrono::steady_clock::time_point until);

  HostProgram program_;
  base::Descriptor socket_;
  Exchange* exchange_ = nullptr;
  std::uint32_t answers_ = 0;                          // before the question that was handed off last
  std::chrono::steady_clock::time_point asked_until_;  // then that is lost
  std::atomic<bool> hangs_{false};                     // it was killed for that
  mutable std::mutex mutex_;                           // of what follows; no audio thread takes it
  std::string reason_;                                 // or for this
};

}  // namespace firn::plugins
