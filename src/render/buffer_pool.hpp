// BufferPool: stereo blocks of one size, handed out and taken back by any thread: as many as are in use at once, no more.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "audio/buffer.hpp"

namespace firn::render {

class BufferPool {
 public:
  explicit BufferPool(int frames) : frames_(frames) {}

  std::unique_ptr<audio::StereoBuffer> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        auto buffer = std::move(free_.back());
        free_.pop_back();
        return buffer;
      }
    }
    return std::make_unique<audio::StereoBuffer>(frames_);
  }

  void give_back(std::unique_ptr<audio::StereoBuffer> buffer) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(buffer));
  }

 private:
  const int frames_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<audio::StereoBuffer>> free_;
};

}  // namespace firn::render
