// SequencerInputs: the MIDI inputs of ALSA's sequencer, through RtMidi, for devices that bring none of their own.
//
// Opened and closed on one thread; take() is the audio thread's.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "midi/message.hpp"
#include "time/frames.hpp"

class RtMidiIn;

namespace firn::hardware {

class SequencerInputs {
 public:
  static std::vector<std::string> names();

  // All that are there; none where no sequencer runs.
  SequencerInputs();
  ~SequencerInputs();

  const std::vector<std::string>& ports() const { return ports_; }

  // What has come since the last call, at the start of a block of `frames` frames: a block later than it was played, whenever in the last one that was.
  // Points into memory that is good until the next call.
  std::span<const midi::Message> take(int frames, time::SampleRate);

 private:
  using Clock = std::chrono::steady_clock;
  struct Arrived {
    Clock::time_point at;
    midi::Message message;
  };
  // One port's, from RtMidi's thread to the audio thread.
  struct Port {
    std::array<Arrived, 256> ring;
    std::atomic<unsigned> written{0};
    std::atomic<unsigned> taken{0};
    int number = 0;
    std::unique_ptr<RtMidiIn> input;  // last: its thread ends before what it writes to
    ~Port();
  };
  static void arrive(double, std::vector<unsigned char>* bytes, void* port);

  std::vector<std::string> ports_;
  std::vector<std::unique_ptr<Port>> open_;
  std::vector<midi::Message> messages_;
};

}  // namespace firn::hardware
