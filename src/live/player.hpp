// Player: plays a project into blocks that an audio device asks for. One control thread, one audio thread; neither waits for the other's work.
//
// The control thread makes performances and hands them over; the audio thread fades out what it plays, takes the next and gives the last back.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <span>

#include "audio/buffer.hpp"
#include "live/metronome.hpp"
#include "live/performance.hpp"

namespace firn::live {

// How a performance is played.
struct Start {
  time::Frames end = time::Frames::never();  // of its run: nothing is heard from there on
  bool clicks = false;                       // the metronome is heard, as it is in a count-in
};

class Player {
 public:
  explicit Player(time::SampleRate);
  ~Player();  // the audio thread has ended before
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  // ---- The control thread ----

  // Plays it from its start, as soon as what is heard now has faded out, which takes 10 ms.
  void play(std::unique_ptr<Performance>, const Start& = {});
  void stop();
  // Lets go of what the audio thread has given back. To be called now and then.
  void tidy();

  // ---- Any thread ----

  struct Status {
    bool plays = false;
    bool has_ended = false;  // at its end, or silent for good
    time::Frames heard;      // the frame of the run that is heard next
  };
  Status status() const;
  float take_peak();  // of what goes out, clicks and all, since it was last asked

  // ---- The audio thread ----

  // The next samples, as many as fit, while this comes in; zeros where nothing plays. `gap`: the device has lost something since the last call.
  void process(audio::StereoView out, const Incoming& = {}, bool gap = false) FIRN_REALTIME;

 private:
  void change_over() FIRN_REALTIME;
  void click(time::Frames heard, audio::StereoView out) FIRN_REALTIME;
  int process_part(audio::StereoView out, const Incoming&) FIRN_REALTIME;

  // On its way to the audio thread it holds what is to be played, or nothing; on its way back what was played.
  struct Change {
    std::unique_ptr<Performance> performance;
    Start start;
    std::unique_ptr<Metronome> metronome;
  };

  const time::SampleRate rate_;
  const int fade_frames_;
  std::atomic<Change*> next_{nullptr};
  std::array<std::atomic<Change*>, 8> done_{};

  // The audio thread's.
  std::unique_ptr<Performance> now_;
  Start start_;
  std::unique_ptr<Metronome> metronome_;
  int fading_ = 0;  // frames of the fade that are left, and one; 0: none

  std::atomic<bool> plays_{false};
  std::atomic<bool> has_ended_{false};
  std::atomic<std::int64_t> heard_{0};
  std::atomic<float> peak_{0.0f};
};

}  // namespace firn::live
