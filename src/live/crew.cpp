#include "live/crew.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>

#include "audio/denormals.hpp"

namespace firn::live {

namespace {

using CrewClock = std::chrono::steady_clock;

constexpr std::chrono::microseconds keenness{100};  // that one of the crew looks for more before it sleeps

inline void pause() {
#if defined(__SSE2__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

// ---- The crew ----

Crew::Crew(int threads) : at_(static_cast<std::size_t>(threads)) {
  for (auto& at : at_) threads_.emplace_back([this, &at](const std::stop_token& stop) { work(stop, at); });
}

Crew::~Crew() {
  for (auto& thread : threads_) thread.request_stop();
  calls_.release(size());
}

void Crew::call(int hands) {
  if (hands > 0) calls_.release(std::min(hands, size()));
}

void Crew::note_urgency() {
  if (audio_thread_ == std::this_thread::get_id()) return;
  audio_thread_ = std::this_thread::get_id();
  ::sched_param urgency{};
  ::sched_getparam(0, &urgency);
  priority_.store(urgency.sched_priority, std::memory_order_relaxed);
  policy_.store(::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK, std::memory_order_release);
}

void Crew::work(const std::stop_token& stop, std::atomic<CrewJob*>& at) {
  ::pthread_setname_np(::pthread_self(), "firn helper");
  const audio::FlushDenormals flush;
  int own_policy = SCHED_OTHER;
  int own_priority = 0;
  while (true) {
    calls_.acquire();
    if (stop.stop_requested()) return;
    const int policy = policy_.load(std::memory_order_acquire);
    const ::sched_param urgency{.sched_priority = priority_.load(std::memory_order_relaxed)};
    if ((policy != own_policy || urgency.sched_priority != own_priority) &&
        ::pthread_setschedparam(::pthread_self(), policy, &urgency) != 0)
      continue;
    own_policy = policy;
    own_priority = urgency.sched_priority;
    CrewJob* job = nullptr;
    do {  // a job that is the crew's after it was noted here waits, at its end, for the note to go
      job = job_.load();
      at.store(job);
    } while (job != job_.load());
    auto last = CrewClock::now();
    while (job != nullptr && !job->is_over() && CrewClock::now() - last < keenness) {
      if (job->do_heavy()) {
        last = CrewClock::now();
      } else {
        pause();
      }
    }
    at.store(nullptr, std::memory_order_release);
  }
}

// ---- A job ----

CrewJob::CrewJob(Crew& crew, std::span<const Part> parts, std::function<void(int)> work)
    : crew_(crew), work_(std::move(work)), places_(parts.size()) {
  // What no heavy part comes before is done first, so that these begin soon.
  std::vector<int> depths(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    places_[i].is_heavy = parts[i].is_heavy;
    places_[i].inputs = static_cast<int>(parts[i].inputs.size());
    for (const int input : parts[i].inputs) {
      const auto before = static_cast<std::size_t>(input);
      places_[before].readers.push_back(static_cast<int>(i));
      depths[i] = std::max(depths[i], depths[before] + (parts[before].is_heavy ? 1 : 0));
    }
    (parts[i].is_heavy ? heavy_ : light_).push_back(static_cast<int>(i));
  }
  const auto depth_of = [&](int part) { return depths[static_cast<std::size_t>(part)]; };
  std::ranges::stable_sort(light_, {}, depth_of);
  std::ranges::stable_sort(heavy_, {}, depth_of);
}

CrewJob::~CrewJob() {
  CrewJob* self = this;
  crew_.job_.compare_exchange_strong(self, nullptr);
  for (const auto& at : crew_.at_) {
    while (at.load() == this) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

bool CrewJob::run(std::chrono::nanoseconds patience) {
  for (Place& place : places_) {
    place.missing.store(place.inputs, std::memory_order_relaxed);
    place.stage.store(Stage::waits, std::memory_order_relaxed);
  }
  crew_.note_urgency();
  light_done_ = 0;
  heavy_left_.store(static_cast<int>(heavy_.size()), std::memory_order_relaxed);
  int ready = 0;
  for (Place& place : places_) {
    if (place.inputs > 0) continue;
    place.stage.store(Stage::ready, std::memory_order_release);
    ready += place.is_heavy ? 1 : 0;
  }
  crew_.job_.store(this);
  crew_.call(ready);
  return go_on(patience);
}

bool CrewJob::go_on(std::chrono::nanoseconds patience) {
  constexpr int looks = 64;  // between two at the clock
  const auto until = CrewClock::now() + patience;
  for (int look = 1;; ++look) {
    const int next = light_done_ < light_.size() ? light_[light_done_] : -1;
    if (next >= 0 && places_[static_cast<std::size_t>(next)].stage.load(std::memory_order_acquire) == Stage::ready) {
      work_(next);
      ++light_done_;
      complete(places_[static_cast<std::size_t>(next)]);
    } else if (!do_heavy()) {
      if (next < 0 && is_over()) return true;
      if (look % looks == 0 && CrewClock::now() > until) return false;
      pause();
    }
  }
}

bool CrewJob::do_heavy() {
  for (const int part : heavy_) {
    Place& place = places_[static_cast<std::size_t>(part)];
    Stage ready = Stage::ready;
    if (place.stage.load(std::memory_order_relaxed) != Stage::ready ||
        !place.stage.compare_exchange_strong(ready, Stage::taken, std::memory_order_acq_rel))
      continue;
    work_(part);
    complete(place);
    heavy_left_.fetch_sub(1, std::memory_order_acq_rel);
    return true;
  }
  return false;
}

void CrewJob::complete(Place& place) {
  int ready = 0;
  for (const int reader : place.readers) {
    Place& next = places_[static_cast<std::size_t>(reader)];
    if (next.missing.fetch_sub(1, std::memory_order_acq_rel) != 1) continue;
    next.stage.store(Stage::ready, std::memory_order_release);
    ready += next.is_heavy ? 1 : 0;
  }
  crew_.call(ready - 1);  // who has completed it takes one
}

}  // namespace firn::live
