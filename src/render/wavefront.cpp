#include "render/wavefront.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>

namespace firn::render {
namespace {

struct Task {
  std::int64_t chunk;
  int node;

  // The oldest chunk first, and in it the node furthest along: what drains memory soonest.
  friend bool operator<(const Task& a, const Task& b) {
    return a.chunk != b.chunk ? a.chunk > b.chunk : a.node < b.node;
  }
};

class Wavefront {
 public:
  Wavefront(const std::vector<Node>& nodes, int window, const std::function<void(int, std::int64_t, int)>& run,
            const std::function<bool(std::int64_t)>& more)
      : nodes_(nodes),
        window_(window),
        run_(run),
        more_(more),
        consumers_(nodes.size()),
        waiting_(nodes.size() * static_cast<std::size_t>(window)),
        left_(static_cast<std::size_t>(window)),
        is_done_(static_cast<std::size_t>(window)) {
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      for (const int input : nodes[n].inputs)
        consumers_[static_cast<std::size_t>(input)].push_back(static_cast<int>(n));
    }
    for (int slot = 0; slot < window; ++slot) {
      for (std::size_t n = 0; n < nodes.size(); ++n) waiting(static_cast<int>(n), slot) = waits_for(n);
      left_[static_cast<std::size_t>(slot)] = static_cast<int>(nodes.size());
    }
    // The first chunk has no chunk before it.
    std::vector<Task> ready;
    for (std::size_t n = 0; n < nodes.size(); ++n) arrive({0, static_cast<int>(n)}, ready);
    for (std::int64_t chunk = 0; chunk < window; ++chunk) open(chunk, ready);
    for (const Task& task : ready) queue_.push(task);
  }

  void work() {
    std::vector<Task> ready;
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return !queue_.empty() || (running_ == 0 && stopped_); });
      if (queue_.empty()) return;
      Task task = queue_.top();
      queue_.pop();
      ++running_;
      lock.unlock();
      for (bool again = true; again;) {
        ready.clear();
        perform(task, ready);
        // Go on with what this task has made ready: its samples are still in this core's cache.
        again = !ready.empty();
        if (again) {
          const auto best = std::max_element(ready.begin(), ready.end());
          task = *best;
          ready.erase(best);
        }
        if (!ready.empty()) share(ready);
      }
      lock.lock();
      --running_;
      if (running_ == 0 && queue_.empty()) {
        stopped_ = true;
        wake_.notify_all();
      }
    }
  }

 private:
  std::atomic<int>& waiting(int node, int slot) {
    return waiting_[static_cast<std::size_t>(node) * static_cast<std::size_t>(window_) +
                    static_cast<std::size_t>(slot)];
  }

  // Its inputs, or for a source the opening of the chunk; and itself, one chunk earlier.
  int waits_for(std::size_t node) const { return std::max(static_cast<int>(nodes_[node].inputs.size()), 1) + 1; }

  // One thing that a task waited for is there.
  void arrive(Task task, std::vector<Task>& ready) {
    if (waiting(task.node, static_cast<int>(task.chunk % window_)).fetch_sub(1, std::memory_order_acq_rel) == 1)
      ready.push_back(task);
  }

  void open(std::int64_t chunk, std::vector<Task>& ready) {
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (nodes_[n].inputs.empty()) arrive({chunk, static_cast<int>(n)}, ready);
    }
  }

  void perform(Task task, std::vector<Task>& ready) {
    const int slot = static_cast<int>(task.chunk % window_);
    waiting(task.node, slot).store(waits_for(static_cast<std::size_t>(task.node)), std::memory_order_relaxed);
    run_(task.node, task.chunk, slot);
    for (const int consumer : consumers_[static_cast<std::size_t>(task.node)]) arrive({task.chunk, consumer}, ready);
    arrive({task.chunk + 1, task.node}, ready);
    if (left_[static_cast<std::size_t>(slot)].fetch_sub(1, std::memory_order_acq_rel) == 1) finish(task.chunk, ready);
  }

  // Each node runs its chunks in order, but the thread that did a chunk's last task may come here after that of the next.
  void finish(std::int64_t chunk, std::vector<Task>& ready) {
    left_[static_cast<std::size_t>(chunk % window_)].store(static_cast<int>(nodes_.size()), std::memory_order_relaxed);
    const std::lock_guard lock(finishing_);
    is_done_[static_cast<std::size_t>(chunk % window_)] = true;
    for (auto slot = static_cast<std::size_t>(oldest_ % window_); is_done_[slot] && !stopping_;
         slot = static_cast<std::size_t>(oldest_ % window_)) {
      is_done_[slot] = false;
      if (more_(oldest_)) {
        open(oldest_ + window_, ready);
      } else {
        stopping_ = true;
      }
      ++oldest_;
    }
  }

  void share(const std::vector<Task>& tasks) {
    {
      const std::lock_guard lock(mutex_);
      for (const Task& task : tasks) queue_.push(task);
    }
    if (tasks.size() == 1) {
      wake_.notify_one();
    } else {
      wake_.notify_all();
    }
  }

  const std::vector<Node>& nodes_;
  const int window_;
  const std::function<void(int, std::int64_t, int)>& run_;
  const std::function<bool(std::int64_t)>& more_;
  std::vector<std::vector<int>> consumers_;
  std::vector<std::atomic<int>> waiting_;
  std::vector<std::atomic<int>> left_;  // nodes still to do, by slot

  std::mutex finishing_;
  std::vector<bool> is_done_;  // by slot: chunks that are done and that more() has not been asked about
  std::int64_t oldest_ = 0;    // the first of which more() has not been asked
  bool stopping_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::priority_queue<Task> queue_;
  int running_ = 0;
  bool stopped_ = false;
};

}  // namespace

void run_wavefront(const std::vector<Node>& nodes, int window, int threads,
                   const std::function<void(int, std::int64_t, int)>& run,
                   const std::function<bool(std::int64_t)>& more) {
  assert(!nodes.empty() && window > 0 && threads > 0);
  Wavefront wavefront(nodes, window, run, more);
  std::vector<std::jthread> helpers;
  for (int i = 1; i < threads; ++i) helpers.emplace_back([&] { wavefront.work(); });
  wavefront.work();
}

}  // namespace firn::render
