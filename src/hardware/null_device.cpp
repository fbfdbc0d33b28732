// The null device: a clock that asks for a block each time one would have been played.
#include <atomic>
#include <chrono>
#include <thread>

#include "hardware/devices.hpp"

namespace firn::hardware {
namespace {

class NullDevice final : public AudioDevice {
 public:
  explicit NullDevice(const Wish& wish) : AudioDevice(System::null) {
    name_ = "null";
    rate_ = wish.rate;
    block_ = wish.block;
    inputs_.resize(static_cast<std::size_t>(wish.inputs), nullptr);
  }
  ~NullDevice() override { stop(); }

  base::Result<void> start(Process process) override {
    thread_ = std::jthread([this, process = std::move(process)](const std::stop_token& stop) { run(stop, process); });
    return {};
  }

  void stop() override { thread_ = {}; }

  int round_trip() const override { return 0; }
  int way_out() const override { return 0; }
  std::int64_t dropouts() const override { return dropouts_.load(std::memory_order_relaxed); }
  std::optional<std::string> lost() const override { return std::nullopt; }

 private:
  void run(const std::stop_token& stop, const Process& process) {
    using Clock = std::chrono::steady_clock;
    audio::StereoBuffer block(block_);
    const Clock::time_point start = Clock::now();
    const auto due = [&](std::int64_t frames) {
      return start +
             std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * static_cast<double>(frames) / rate_.hertz));
    };
    for (std::int64_t played = 0; !stop.stop_requested(); played += block_) {
      process({inputs_, {}}, block.view());
      if (Clock::now() > due(played + block_)) dropouts_.fetch_add(1, std::memory_order_relaxed);
      std::this_thread::sleep_until(due(played + block_));
    }
  }

  std::vector<const float*> inputs_;
  std::atomic<std::int64_t> dropouts_{0};
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<AudioDevice> open_null(const Wish& wish) { return std::make_unique<NullDevice>(wish); }

}  // namespace firn::hardware
