// AudioThread: answers the hand-offs of the exchange (../exchange.hpp) with what the plug-in makes of them, on a thread of its own, from
// its making to its end. Made, paused and ended by the main thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "plugins/host/block.hpp"
#include "plugins/host/hosted_plugin.hpp"

namespace firn::plugins::host {

class AudioThread {
 public:
  AudioThread(Exchange&, HostedPlugin&, const Setup&);
  ~AudioThread();
  AudioThread(const AudioThread&) = delete;
  AudioThread& operator=(const AudioThread&) = delete;

  // The plug-in is not in process() while the lock is held.
  std::unique_lock<std::mutex> pause() { return std::unique_lock(mutex_); }

 private:
  void run();
  bool wait_for_question();
  bool makes_sense(const Exchange& question) const;
  WireFault answer();
  bool process_blocks();  // false if the plug-in failed

  Exchange& exchange_;
  HostedPlugin& plugin_;
  const Setup setup_;
  const std::int64_t first_latency_;
  std::uint32_t answered_;  // as ours: the shared one is out for a plug-in to spoil
  std::vector<WireEvent> events_;
  std::vector<WireChange> changes_;
  EventSink sent_;
  Reason reason_;
  std::mutex mutex_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace firn::plugins::host
