// Recorder: writes tapes to where they are kept, on a thread of its own, while they are played.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "audio/buffer.hpp"
#include "base/result.hpp"
#include "live/event_tape.hpp"
#include "live/tape.hpp"

namespace firn::live {

class Recorder {
 public:
  struct Track {
    std::shared_ptr<Tape> tape;
    std::function<base::Result<void>(audio::ConstStereoView)> write;  // the next frames; on the recorder's thread
  };

  struct Events {
    std::shared_ptr<EventTape> tape;
    std::function<base::Result<void>(const midi::EventList&)> write;
  };

  // Begins at once.
  explicit Recorder(std::vector<Track>, std::vector<Events> = {});
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Writes what is left and ends the thread. Nothing is put onto the tapes any more.
  void finish();

  // Any thread. The first write that failed: nothing more is written of any tape.
  std::optional<base::Error> fault() const;

 private:
  void work(const std::stop_token&);
  void write_what_is_there();
  void note(const base::Result<void>& written);

  std::vector<Track> tracks_;
  std::vector<Events> events_;
  audio::StereoBuffer buffer_;
  mutable std::mutex mutex_;
  std::optional<base::Error> fault_;  // with mutex_
  std::jthread thread_;
};

}  // namespace firn::live
