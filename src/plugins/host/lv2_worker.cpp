#include "plugins/host/lv2_worker.hpp"

namespace firn::plugins::host {

LV2_Worker_Status Lv2Worker::schedule(LV2_Worker_Schedule_Handle handle, std::uint32_t size, const void* data) {
  auto& self = *static_cast<Lv2Worker*>(handle);
  if (self.interface_ == nullptr || self.interface_->work == nullptr) return LV2_WORKER_ERR_UNKNOWN;
  return self.interface_->work(self.plugin_, respond, handle, size, data);
}

LV2_Worker_Status Lv2Worker::respond(LV2_Worker_Respond_Handle handle, std::uint32_t size, const void* data) {
  auto& self = *static_cast<Lv2Worker*>(handle);
  return self.responses_.add(0, data, data == nullptr ? 0 : size) ? LV2_WORKER_SUCCESS : LV2_WORKER_ERR_NO_SPACE;
}

void Lv2Worker::deliver() {
  if (interface_ == nullptr) return;
  responses_.take_all([&](std::uint32_t, const void* data, std::uint32_t size) {
    if (interface_->work_response != nullptr) interface_->work_response(plugin_, size, data);
  });
  if (interface_->end_run != nullptr) interface_->end_run(plugin_);
}

}  // namespace firn::plugins::host
