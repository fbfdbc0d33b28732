// Lv2Worker: does what an LV2 plug-in must not do while it makes sound: load a file, compute a table. Where nobody waits for the sound it is done at
// once, so that it is heard at the same frame in every run; else on a thread of its own.
#pragma once

#include <lv2/core/lv2.h>
#include <lv2/worker/worker.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace firn::plugins::host {

class Lv2Worker {
 public:
  Lv2Worker() : schedule_{this, schedule} {}
  ~Lv2Worker() { stop(); }
  Lv2Worker(const Lv2Worker&) = delete;
  Lv2Worker& operator=(const Lv2Worker&) = delete;

  LV2_Worker_Schedule* feature() { return &schedule_; }

  // Main thread. Without an interface the plug-in has no work to give.
  void attach(LV2_Handle plugin, const LV2_Worker_Interface* interface) {
    plugin_ = plugin;
    interface_ = interface;
  }
  void start();  // from now on work waits for the thread; until then it is done at once
  void stop();   // what is unfinished is finished first

  void deliver();  // audio thread, after each run: hands over the results

 private:
  static LV2_Worker_Status schedule(LV2_Worker_Schedule_Handle, std::uint32_t size, const void* data);
  static LV2_Worker_Status respond(LV2_Worker_Respond_Handle, std::uint32_t size, const void* data);
  LV2_Worker_Status work(const std::string& request);
  void run();

  LV2_Worker_Schedule schedule_;
  LV2_Handle plugin_ = nullptr;
  const LV2_Worker_Interface* interface_ = nullptr;
  std::mutex mutex_;  // of the lists
  std::condition_variable has_work_;
  std::deque<std::string> requests_;
  std::deque<std::string> responses_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace firn::plugins::host
