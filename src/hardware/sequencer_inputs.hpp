// SequencerInputs: the MIDI inputs of ALSA's sequencer, through RtMidi, for devices that bring none of their own.
//
// Opened, looked for and closed on one thread; take() is the audio thread's.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hardware/audio_device.hpp"
#include "midi/held_keys.hpp"
#include "midi/message.hpp"
#include "midi/ports.hpp"
#include "time/frames.hpp"

class RtMidiIn;

namespace firn::hardware {

class SequencerInputs {
 public:
  static std::vector<std::string> names();

  // All that are there; none where no sequencer runs. Their names are added to these.
  explicit SequencerInputs(midi::Ports&);
  ~SequencerInputs();

  // As AudioDevice::look_for_keyboards() does.
  Plugged look();

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
    midi::HeldKeys held;                // the audio thread's
    std::atomic<bool> has_gone{false};  // since the audio thread asked last
    std::unique_ptr<RtMidiIn> input;    // null where it has gone. Last: its thread ends before what it writes to
    ~Port();
  };
  static void arrive(double, std::vector<unsigned char>* bytes, void* port);

  static bool open(Port&, const std::string& name);

  midi::Ports& names_;
  std::array<std::unique_ptr<Port>, midi::Ports::most> ports_;  // by number; they stay
  std::atomic<int> count_{0};                                   // of those that the audio thread may take from
  std::vector<midi::Message> messages_;
};

}  // namespace firn::hardware
