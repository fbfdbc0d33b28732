#include "plugins/host/lv2_worker.hpp"

#include <utility>

namespace firn::plugins::host {

void Lv2Worker::start() {
  if (interface_ == nullptr || thread_.joinable()) return;
  ending_ = false;
  thread_ = std::thread([this] { run(); });
}

void Lv2Worker::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

void Lv2Worker::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    has_work_.wait(lock, [&] { return ending_ || !requests_.empty(); });
    if (requests_.empty()) return;
    const std::string request = std::move(requests_.front());
    requests_.pop_front();
    lock.unlock();
    try {
      work(request);
    } catch (...) {  // a plug-in's own: its work is not done, and it hears of no result
    }
    lock.lock();
  }
}

LV2_Worker_Status Lv2Worker::work(const std::string& request) {
  return interface_->work(plugin_, respond, this, static_cast<std::uint32_t>(request.size()), request.data());
}

LV2_Worker_Status Lv2Worker::schedule(LV2_Worker_Schedule_Handle handle, std::uint32_t size, const void* data) {
  auto& self = *static_cast<Lv2Worker*>(handle);
  if (self.interface_ == nullptr || self.interface_->work == nullptr) return LV2_WORKER_ERR_UNKNOWN;
  std::string request(static_cast<const char*>(data), data == nullptr ? 0 : size);
  if (!self.thread_.joinable()) return self.work(request);
  {
    const std::lock_guard lock(self.mutex_);
    self.requests_.push_back(std::move(request));
  }
  self.has_work_.notify_one();
  return LV2_WORKER_SUCCESS;
}

LV2_Worker_Status Lv2Worker::respond(LV2_Worker_Respond_Handle handle, std::uint32_t size, const void* data) {
  auto& self = *static_cast<Lv2Worker*>(handle);
  const std::lock_guard lock(self.mutex_);
  self.responses_.emplace_back(static_cast<const char*>(data), data == nullptr ? 0 : size);
  return LV2_WORKER_SUCCESS;
}

void Lv2Worker::deliver() {
  if (interface_ == nullptr) return;
  for (;;) {
    std::string response;
    {
      const std::lock_guard lock(mutex_);
      if (responses_.empty()) break;
      response = std::move(responses_.front());
      responses_.pop_front();
    }
    if (interface_->work_response == nullptr) continue;
    interface_->work_response(plugin_, static_cast<std::uint32_t>(response.size()), response.data());
  }
  if (interface_->end_run != nullptr) interface_->end_run(plugin_);
}

}  // namespace firn::plugins::host
