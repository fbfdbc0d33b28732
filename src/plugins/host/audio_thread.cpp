#include "plugins/host/audio_thread.hpp"

#include <algorithm>
#include <chrono>

#include "audio/denormals.hpp"

namespace firn::plugins::host {
namespace {

constexpr auto spin_time = std::chrono::microseconds(20);  // about what it takes to sleep and to be woken
constexpr std::timespec longest_sleep{0, 100'000'000};     // so that an ending is noticed

void rest_a_moment() {
#if defined(__SSE2__)
  _mm_pause();
#else
  asm volatile("yield");
#endif
}

// Of a sorted list, the part that lies in [from, to), with offsets from there, in `part`.
template <class Item>
void cut(std::span<const Item>& list, int from, int to, std::vector<Item>& part) {
  part.clear();
  while (!list.empty() && list.front().offset < to) {
    part.push_back(list.front());
    part.back().offset = std::max(0, list.front().offset - from);
    list = list.subspan(1);
  }
}

template <class Item, std::size_t size>
std::span<const Item> counted(const Item (&list)[size], std::int32_t count) {
  return {list, std::min(size, static_cast<std::size_t>(std::max(0, count)))};
}

}  // namespace

AudioThread::AudioThread(Exchange& exchange, HostedPlugin& plugin, const Setup& setup)
    : exchange_(exchange),
      plugin_(plugin),
      setup_(setup),
      first_latency_(plugin.latency()),
      answered_(exchange.answered.load(std::memory_order_relaxed)) {
  events_.reserve(max_events);
  changes_.reserve(max_changes);
  thread_ = std::thread([this] { run(); });
}

AudioThread::~AudioThread() {
  ending_ = true;
  thread_.join();
}

void AudioThread::run() {
  while (wait_for_question()) {
    {
      const std::lock_guard lock(mutex_);
      const audio::FlushDenormals flush;  // anew each time: plug-ins leave the processor's modes changed
      exchange_.fault = answer();
    }
    // In case that a plug-in wrote there.
    exchange_.answered.store(answered_++, std::memory_order_relaxed);
    exchange_.asked.store(answered_, std::memory_order_relaxed);
    raise_and_wake(exchange_.answered);
  }
}

// False when the thread shall end.
bool AudioThread::wait_for_question() {
  const auto asked = [&] { return exchange_.asked.load(std::memory_order_acquire) != answered_; };
  const auto spin_end = std::chrono::steady_clock::now() + spin_time;
  while (!asked() && std::chrono::steady_clock::now() < spin_end) rest_a_moment();
  while (!asked()) {
    if (ending_) return false;
    wait_while(exchange_.asked, answered_, longest_sleep);
  }
  return !ending_;
}

bool AudioThread::makes_sense(const Exchange& question) const {
  return question.version == exchange_version && question.grid == setup_.grid && question.frames >= 0 &&
         question.frames <= max_frames && question.frames % setup_.grid == 0;
}

WireFault AudioThread::answer() {
  exchange_.event_out_count = 0;
  sent_.begin();
  reason_.clear();
  bool went_well = makes_sense(exchange_);
  try {
    if (went_well) went_well = process_blocks();
  } catch (...) {  // a plug-in's own, or no memory
    went_well = false;
  }
  std::ranges::copy(sent_.events(), exchange_.events_out);
  exchange_.event_out_count = static_cast<std::int32_t>(sent_.events().size());
  std::ranges::copy(reason_.text(), exchange_.reason);
  exchange_.latency = plugin_.latency();
  if (!went_well) return WireFault::failed;
  return exchange_.latency == first_latency_ ? WireFault::none : WireFault::latency_changed;
}

bool AudioThread::process_blocks() {
  const int parameter_count = static_cast<int>(plugin_.description().parameters.size());
  const int frames = exchange_.frames;
  auto events = counted(exchange_.events, exchange_.event_count);
  auto changes = counted(exchange_.changes, exchange_.change_count);
  Block block;
  block.frames = setup_.grid;
  block.playing = exchange_.playing != 0;
  block.output = exchange_.output;
  block.sent = &sent_;
  block.reason = &reason_;
  bool went_well = true;
  for (int from = 0; from < frames; from += setup_.grid) {
    cut(events, from, from + setup_.grid, events_);
    cut(changes, from, from + setup_.grid, changes_);
    std::erase_if(events_, [](const WireEvent& event) { return event.length < 1 || event.length > 3; });
    std::erase_if(changes_, [&](const auto& c) { return c.parameter < 0 || c.parameter >= parameter_count; });
    for (WireChange& change : changes_) {
      const auto& parameter = plugin_.description().parameters[static_cast<std::size_t>(change.parameter)];
      change.value = from_wire(parameter, change.value);
    }
    sent_.begin_block(from, setup_.grid);
    block.at = exchange_.at + from;
    block.transport = exchange_.transport[from / setup_.grid];
    block.events = events_;
    block.changes = changes_;
    block.in = {exchange_.in[0] + from, exchange_.in[1] + from};
    if (exchange_.has_side_chain != 0) {
      block.side_chain = {exchange_.side_chain[0] + from, exchange_.side_chain[1] + from};
    }
    block.out = {exchange_.out[0] + from, exchange_.out[1] + from};
    went_well = plugin_.process(block) && went_well;
  }
  return went_well;
}

}  // namespace firn::plugins::host
