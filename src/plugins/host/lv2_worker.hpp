// Lv2Worker: does what an LV2 plug-in must not do while it makes sound: load a file, compute a table. It is done at once, so that it is heard at
// the same frame in every run, and handed over after the run. On the thread that runs the plug-in, or restores it.
#pragma once

#include <lv2/core/lv2.h>
#include <lv2/worker/worker.h>

#include "plugins/host/lv2_pieces.hpp"

namespace firn::plugins::host {

class Lv2Worker {
 public:
  Lv2Worker() : schedule_{this, schedule} {}
  Lv2Worker(const Lv2Worker&) = delete;
  Lv2Worker& operator=(const Lv2Worker&) = delete;

  LV2_Worker_Schedule* feature() { return &schedule_; }

  // Without an interface the plug-in has no work to give.
  void attach(LV2_Handle plugin, const LV2_Worker_Interface* interface) {
    plugin_ = plugin;
    interface_ = interface;
  }

  void deliver();  // after each run: hands over the results

 private:
  static LV2_Worker_Status schedule(LV2_Worker_Schedule_Handle, std::uint32_t size, const void* data);
  static LV2_Worker_Status respond(LV2_Worker_Respond_Handle, std::uint32_t size, const void* data);

  LV2_Worker_Schedule schedule_;
  LV2_Handle plugin_ = nullptr;
  const LV2_Worker_Interface* interface_ = nullptr;
  Lv2Pieces responses_{1 << 16};
};

}  // namespace firn::plugins::host
