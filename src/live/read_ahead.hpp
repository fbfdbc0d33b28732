// ReadAhead: makes the streams of tracks ahead of what is heard, on threads of its own: what comes before the first mixer, from disk and
// from devices (SPEC, "the freeze line").
//
// Above the line playing is rendering: each track has an engine of its own, and a ring that the audio thread plays from.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "engine/engine.hpp"
#include "engine/sequence.hpp"
#include "engine/stream_ring.hpp"
#include "live/load.hpp"

namespace firn::live {

// Is given all that is made of a track, part by part from the start of the run on; the last part, when its sound has ended, may be
// empty. Nothing more once a device has failed. On one thread at a time, of those that read ahead.
using Keep = std::function<void(audio::ConstStereoView, bool is_last)>;

class ReadAhead {
 public:
  struct Track {
    std::unique_ptr<engine::Engine> engine;  // of a plan with one output: the track's Post FX
    std::shared_ptr<engine::StreamRing> ring;
    Keep keep = {};
    document::TrackId id = {};
  };

  // Begins at once.
  ReadAhead(std::vector<Track>, int threads, engine::Sequence::Measured);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Any thread. Are all frames before `until`, of the run, there, or as many as there is room for?
  bool is_ready(time::Frames until) const;
  std::int64_t missed() const;              // frames that were not there in time, of all tracks
  std::vector<base::Error> faults() const;  // of tracks that have fallen silent for good
  std::vector<Load> loads() const;          // of each track

 private:
  struct Line;
  void work(const std::stop_token&);
  Line* next_line();  // with mutex_: the one that is the least ahead, of those with room; null if there is none
  static void make_more(Line&);

  std::vector<std::unique_ptr<Line>> lines_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<std::jthread> threads_;  // last: they end before what they work on goes
};

}  // namespace firn::live
