// Crew: threads that help the audio thread through a block. A job is a block's work in parts, some of which wait for others; who has time
// takes what stands ready. The audio thread takes its share, and waits for others only so long.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <semaphore>
#include <span>
#include <thread>
#include <vector>

#include "devices/processor.hpp"
#include "live/parts.hpp"

namespace firn::live {

class CrewJob;

class Crew {
 public:
  explicit Crew(int threads);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  int size() const { return static_cast<int>(threads_.size()); }

 private:
  friend CrewJob;
  void call(int hands) FIRN_REALTIME;
  void note_urgency() FIRN_REALTIME;
  void work(const std::stop_token&, std::atomic<CrewJob*>& at);

  std::atomic<CrewJob*> job_{nullptr};     // that is done now
  std::vector<std::atomic<CrewJob*>> at_;  // by thread: what it looks at; that job stays until it looks away
  std::thread::id audio_thread_;           // the last; its own
  // What it is scheduled by: who may not run as urgently does not help, for it would be waited for.
  std::atomic<int> policy_{0};
  std::atomic<int> priority_{0};
  std::counting_semaphore<> calls_{0};
  std::vector<std::jthread> threads_;
};

// Made and ended by the control thread, when the audio thread has left it, done or not.
class CrewJob {
 public:
  // `work` does a part; on any thread of the crew, and the audio thread.
  CrewJob(Crew&, std::span<const Part>, std::function<void(int part)> work);
  ~CrewJob();
  CrewJob(const CrewJob&) = delete;
  CrewJob& operator=(const CrewJob&) = delete;

  // The audio thread: does all parts, each after those it waits for. False where one is still at work elsewhere when patience ends:
  // then go_on() until it is true.
  bool run(std::chrono::nanoseconds patience) FIRN_REALTIME;
  bool go_on(std::chrono::nanoseconds patience) FIRN_REALTIME;

 private:
  friend Crew;
  enum class Stage : std::uint8_t { waits, ready, taken };
  struct Place {
    std::vector<int> readers;
    int inputs = 0;
    bool is_heavy = false;
    std::atomic<int> missing{0};
    std::atomic<Stage> stage{Stage::taken};
  };
  bool do_heavy() FIRN_REALTIME;  // one that stands ready, if there is one
  void complete(Place&) FIRN_REALTIME;
  bool is_over() const { return heavy_left_.load(std::memory_order_acquire) == 0; }

  Crew& crew_;
  std::function<void(int)> work_;
  std::vector<Place> places_;  // by part
  std::vector<int> light_;     // in the order that the audio thread does them
  std::vector<int> heavy_;
  std::size_t light_done_ = 0;
  std::atomic<int> heavy_left_{0};
};

}  // namespace firn::live
