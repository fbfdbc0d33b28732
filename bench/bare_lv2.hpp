// BareLv2: an LV2 plug-in in this process, run with nothing between it and its caller: what no host can be faster than. One thread.
//
// It is made and told things as Firn's own host does it (src/plugins/host), so that both hear the same.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audio/buffer.hpp"
#include "midi/event.hpp"
#include "plugins/host/lv2_atoms.hpp"
#include "plugins/host/lv2_instance.hpp"
#include "plugins/host/lv2_ports.hpp"

namespace firn::bench {

class BareLv2 {
 public:
  // Set as its bundle says that it starts. Ends the program where it can't be had.
  BareLv2(const std::string& uri, time::SampleRate, int grid);

  // One grid block of a song at 120 bpm. The plug-in reads and writes the views themselves; an instrument's `in` is null.
  void run(time::Frames at, std::span<const midi::Event>, audio::ConstStereoView in, audio::StereoView out);

 private:
  void connect(const std::vector<std::uint32_t>& ports, std::array<float*, 2> sides, std::vector<float>& rest);
  void write_atoms(time::Frames at, std::span<const midi::Event>);

  const time::SampleRate rate_;
  const int grid_;
  plugins::host::Lv2Ports ports_;
  std::unique_ptr<plugins::host::Lv2Instance> instance_;
  std::vector<float> controls_;                                  // by port
  std::vector<std::unique_ptr<plugins::host::Lv2Atoms>> atoms_;  // by port
  std::vector<float> silence_;                                   // for inputs past the first two
  std::vector<float> unheard_;                                   // for outputs past them
  plugins::host::Lv2Position position_;
  const LV2_URID midi_;
};

}  // namespace firn::bench
