// Inputs: the channels of an audio device that a project's external inputs name, for the tracks that hear or record them.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "devices/processor.hpp"
#include "engine/live_input.hpp"

namespace firn::live {

// "hw:3" is channel 3 on both sides, "hw:1-2" two of them; counted from 1. None for any other text.
struct Channels {
  int left = 1;
  int right = 1;
};
std::optional<Channels> channels_of(const std::string& name);

class Inputs {
 public:
  // Blocks have at most `longest` frames.
  explicit Inputs(int longest) : silence_(static_cast<std::size_t>(longest)) {}

  // The control thread, before the audio thread asks. What is no channel of the device is silent.
  std::shared_ptr<const engine::LiveInput> find(const std::string& name);

  // The audio thread: what has come in while the next `frames` frames are made; a null pointer, or none, is silence.
  void point_at(std::span<const float* const> channels, int offset, int frames) FIRN_REALTIME;

 private:
  struct Input {
    std::string name;
    Channels channels;
    std::shared_ptr<engine::LiveInput> input;
  };
  std::vector<Input> inputs_;
  std::vector<float> silence_;
};

}  // namespace firn::live
