// AudioDevice: what asks for sound, block by block, and brings what comes in: a device of JACK, PulseAudio or ALSA, or a clock with no hardware
// behind it.
//
// Opened, asked and closed on one thread; `process` is called on the device's own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/buffer.hpp"
#include "base/result.hpp"
#include "midi/message.hpp"
#include "midi/ports.hpp"
#include "time/frames.hpp"

namespace firn::hardware {

enum class System { jack, pulse, alsa, null };  // null: keeps time and plays nothing

std::string name_of(System);   // "jack", "pulse", "alsa", "null"
std::string title_of(System);  // "JACK", …

struct DeviceInfo {
  System system = System::null;
  std::string name;
  int inputs = 0;  // channels
  int outputs = 0;
  std::vector<int> rates;   // in hertz; empty: any
  bool is_default = false;  // of its system
};

// Those that can play, of every system that runs, in the order in which one is chosen; the null device is the last. No system is started.
std::vector<DeviceInfo> audio_devices();

// The keyboards and other MIDI inputs that a device brings: JACK its own, the others those of ALSA's sequencer. The null device has none.
std::vector<std::string> midi_inputs(System);

// What comes in during a block.
struct In {
  std::span<const float* const>
      channels;  // as many as were asked for, each as long as the block; null where the device has none
  std::span<const midi::Message> messages;  // in order; of midi_ports(), at frames of the block
};

// Fills `out`, while `in` comes in. Called on an audio thread, block after block: it must not wait.
using Process = std::function<void(const In& in, audio::StereoView out)>;

struct Wish {
  std::string device;     // its name, or its system's ("jack"); empty: the first of audio_devices() that has hardware
  time::SampleRate rate;  // JACK has its own
  int block = 256;        // frames; the device may take another number, and JACK has its own
  int inputs = 0;         // channels
  bool midi = false;      // all MIDI inputs, too, and those that come
};

// The names of MIDI inputs that were plugged in, and that have gone.
struct Plugged {
  std::vector<std::string> came;
  std::vector<std::string> went;
};

class AudioDevice {
 public:
  // Opens it, and calls nothing yet. Fails with not_found, naming what there is, or with device.
  static base::Result<std::unique_ptr<AudioDevice>> open(const Wish&);
  virtual ~AudioDevice() = default;

  System system() const { return system_; }
  const std::string& name() const { return name_; }  // "JACK", "ALSA: hw:Generic"
  time::SampleRate rate() const { return rate_; }
  int block() const { return block_; }  // frames; a system may ask for others at times

  // Those that are or were there.
  std::shared_ptr<const midi::Ports> midi_ports() const { return midi_ports_; }

  // From here to the end of the device or stop() it calls `process`. Fails with device.
  virtual base::Result<void> start(Process) = 0;
  virtual void stop() = 0;

  // Opens the MIDI inputs that have come since, and lets go of the keys of those that have gone. To be called about once a second.
  virtual Plugged look_for_keyboards() { return {}; }

  // After how many frames what it plays comes in again through a cable, as far as the system knows; once it has been started for a while.
  virtual int round_trip() const = 0;
  // After how many it is heard.
  virtual int way_out() const = 0;

  virtual std::int64_t dropouts() const = 0;  // blocks that came too late, as far as the system tells
  virtual std::optional<std::string> lost()
      const = 0;  // why it asks for nothing any more, as a sentence: it has vanished

 protected:
  explicit AudioDevice(System system) : system_(system) {}

  const System system_;
  std::string name_;
  time::SampleRate rate_;
  int block_ = 0;
  const std::shared_ptr<midi::Ports> midi_ports_ = std::make_shared<midi::Ports>();
};

}  // namespace firn::hardware
