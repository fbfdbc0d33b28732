// Inputs: what comes in from outside that a project's external inputs name, for the tracks that hear or record it: channels of an audio device,
// and what is played on keyboards.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "devices/processor.hpp"
#include "engine/live_input.hpp"
#include "midi/message.hpp"
#include "midi/ports.hpp"

namespace firn::live {

// "hw:3" is channel 3 on both sides, "hw:1-2" two of them; counted from 1. None for any other text.
struct Channels {
  int left = 1;
  int right = 1;
};
std::optional<Channels> channels_of(const std::string& name);

// "midi" is all that is played in; "midi:Keystation" what comes from MIDI inputs with that in their names, in whatever case; "midi#10" and
// "midi:Keystation#10" only that channel of it. None for any other text.
struct Keyboard {
  std::string port;  // empty: any
  int channel = 0;   // 1 to 16; 0: all
};
std::optional<Keyboard> keyboard_of(const std::string& name);
// Does it mean the MIDI input of that name?
bool is_port_of(const Keyboard&, const std::string& port);

// What comes in during a block. Points into what the device has, for as long as that is made.
struct Incoming {
  std::span<const float* const> channels = {};   // of the device; a null pointer is silence
  std::span<const midi::Message> messages = {};  // in order
  int offset = 0;                                // from where on in both

  Incoming from(int frames) const { return {channels, messages, offset + frames}; }
};

class Inputs {
 public:
  // Blocks have at most `longest` frames; MIDI comes from these inputs, and those that come to them.
  explicit Inputs(int longest, std::shared_ptr<const midi::Ports> = std::make_shared<midi::Ports>());

  // The control thread, before the audio thread asks. What the devices don't have is silent.
  std::shared_ptr<const engine::LiveInput> find(const std::string& name);
  std::shared_ptr<const engine::LiveEvents> find_events(const std::string& name);

  // The audio thread: what has come in while the next `frames` frames are made. It is kept until the next are.
  void take(const Incoming&, int frames) FIRN_REALTIME;
  // Nothing is made of these: what is played in there is so at the next ones' begin; sound is lost.
  void pass_over(const Incoming&, int frames) FIRN_REALTIME;

 private:
  struct Input {
    std::string name;
    Channels channels;
    std::shared_ptr<engine::LiveInput> input;
    audio::StereoBuffer block;
  };
  struct Events {
    std::string name;
    std::optional<Keyboard> keyboard;
    std::shared_ptr<engine::LiveEvents> events;
  };
  bool is_meant(const Events&, const midi::Message&) const FIRN_REALTIME;
  void hand_out(const midi::Message&, int frame) FIRN_REALTIME;

  int longest_;
  std::shared_ptr<const midi::Ports> ports_;
  std::vector<Input> inputs_;
  std::vector<Events> events_;
  std::vector<midi::Message> passed_over_;
};

}  // namespace firn::live
