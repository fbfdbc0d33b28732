#include "live/recorder.hpp"

#include <chrono>

namespace firn::live {

namespace {

constexpr auto between_writes = std::chrono::milliseconds(20);  // what a kill loses
constexpr int most_at_once = 1 << 14;                           // frames

}  // namespace

Recorder::Recorder(std::vector<Track> tracks, std::vector<Events> events)
    : tracks_(std::move(tracks)),
      events_(std::move(events)),
      buffer_(most_at_once),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

Recorder::~Recorder() { finish(); }

void Recorder::finish() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

std::optional<base::Error> Recorder::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

void Recorder::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    write_what_is_there();
    std::this_thread::sleep_for(between_writes);
  }
  write_what_is_there();
}

void Recorder::write_what_is_there() {
  for (const Track& track : tracks_) {
    while (const int frames = track.tape->take(buffer_.view())) {
      if (!fault()) note(track.write(buffer_.view().part(0, frames)));
    }
  }
  for (const Events& each : events_) {
    const midi::EventList events = each.tape->take();
    if (!events.empty() && !fault()) note(each.write(events));
  }
}

void Recorder::note(const base::Result<void>& written) {
  if (written) return;
  const std::lock_guard lock(mutex_);
  fault_ = written.error();
}

}  // namespace firn::live
