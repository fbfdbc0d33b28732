// Exchange: the memory that Firn and one plug-in host share: blocks of audio, events and parameter changes, handed to and fro.
//
// One hand-off is a call: Firn fills the question, raises `asked` and wakes the host; the host fills the answer, raises `answered`
// and wakes Firn. Each side touches the memory only while it is its turn. A plug-in may write into any of it at any time by mistake: what
// is read back is checked and copied, never trusted as a size or an index. Its own size is sealed. Nothing here allocates or waits without a limit.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <ctime>

namespace firn::plugins {

inline constexpr std::uint32_t exchange_version = 3;  // of this layout; both programs are of one build
inline constexpr int max_frames = 16384;              // of one hand-off
inline constexpr int max_events = 4096;
inline constexpr int max_changes = 4096;
inline constexpr int max_grid_blocks = max_frames / 32;
inline constexpr int max_reason = 128;  // bytes, a zero among them

// A MIDI message. Offsets count from the first frame of the hand-off; sorted.
struct WireEvent {
  std::int32_t offset = 0;
  std::uint8_t bytes[3] = {0, 0, 0};  // status, data 1, data 2; always channel 1
  std::uint8_t length = 3;
};

// A parameter's new value, from `offset` on. Sorted by offset.
struct WireChange {
  std::int32_t offset = 0;
  std::int32_t parameter = 0;  // counted as in the plug-in's description
  double value = 0.0;          // as there
};

// Where the song stands at the first frame of one grid block.
struct WireTransport {
  double bpm = 120.0;
  double beats = 0.0;      // quarter notes from the start of the song; negative before it
  double bar_start = 0.0;  // of the bar that it is in, likewise
  std::int64_t bar = 0;    // counted from 0
  std::int32_t numerator = 4;
  std::int32_t denominator = 4;
};

enum class WireFault : std::uint32_t {
  none = 0,
  latency_changed,  // `latency` has the new one
  failed,           // the plug-in's format reported an error: `reason`, a sentence, where it has one
};

struct Exchange {
  std::uint32_t version = exchange_version;

  alignas(64) std::atomic<std::uint32_t> asked{0};
  alignas(64) std::atomic<std::uint32_t> answered{0};

  // ---- The question ----
  alignas(64) std::int64_t at = 0;  // the timeline position of the first frame: a multiple of the grid
  std::int32_t frames = 0;          // a multiple of the grid, at most max_frames
  std::int32_t grid = 64;           // the plug-in is called once for each `grid` frames
  std::int32_t event_count = 0;
  std::int32_t change_count = 0;
  std::int32_t has_side_chain = 0;
  std::int32_t playing = 1;
  std::int32_t output = 0;  // of its outputs, that which is to be given, counted from 1; 0: all, summed
  WireTransport transport[max_grid_blocks];
  WireEvent events[max_events];
  WireChange changes[max_changes];
  float in[2][max_frames];
  float side_chain[2][max_frames];

  // ---- The answer ----
  alignas(64) WireFault fault = WireFault::none;
  char reason[max_reason] = {};
  std::int64_t latency = 0;  // frames, as the plug-in says now
  std::int32_t event_out_count = 0;
  WireEvent events_out[max_events];
  float out[2][max_frames];
};

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

// Sleeps while `word` is `value`, at most so long. Returns for no reason at times.
inline void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value, std::timespec at_most) {
  syscall(SYS_futex, &word, FUTEX_WAIT, value, &at_most, nullptr, 0);
}

inline void raise_and_wake(std::atomic<std::uint32_t>& word) {
  word.fetch_add(1, std::memory_order_release);
  syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace firn::plugins
