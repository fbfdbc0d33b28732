// Metronome: a click on each beat, higher where a bar begins, for the ear alone: no render and no take has it (SPEC A7). Made on any thread,
// then the audio thread's.
#pragma once

#include "audio/buffer.hpp"
#include "devices/processor.hpp"
#include "time/run.hpp"
#include "time/tempo_map.hpp"

namespace firn::live {

class Metronome {
 public:
  explicit Metronome(time::SampleRate);

  // Adds the clicks of the frames of the run from `at` on, which follow those of the call before.
  void add(const time::TempoMap&, const time::Run&, time::Frames at, audio::StereoView) FIRN_REALTIME;

  // How long so many bars are that lead to a position, at its tempo and in its time signature.
  static time::Frames count_in(const time::TempoMap&, time::SampleRate, time::Frames position, int bars);
  // Adds the clicks of the part of them that is `left` frames before the position.
  void add_count_in(const time::TempoMap&, time::Frames position, time::Frames left, audio::StereoView) FIRN_REALTIME;

 private:
  struct Beat {
    time::Frames at;
    bool is_first;  // of a bar
  };
  Beat beat_from(const time::TempoMap&, time::Frames position) const FIRN_REALTIME;  // the first at or after it
  void begin(bool is_first) FIRN_REALTIME;
  void sound(audio::StereoView) FIRN_REALTIME;  // adds what goes on of the click

  time::SampleRate rate_;
  int length_;              // of a click, in frames
  int age_;                 // of the click that sounds
  double frequency_ = 0.0;  // of it, in hertz
};

}  // namespace firn::live
