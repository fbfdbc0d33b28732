// Buses: a plug-in's own audio buffers, and the way between them and the stereo pairs of a Block. The audio thread's, once made.
//
// A plug-in works in memory of its own, never in that shared with Firn, and each channel has room after it: one that writes a little too
// far spoils nothing. In: a mono bus gets the mean of both sides, a wider one the pair and silence. Out: the pairs of all buses are
// summed in 64 bits, or one of them is given alone; a single channel counts for both sides.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "plugins/host/block.hpp"

namespace firn::plugins::host {

class Buses {
 public:
  struct Layout {
    std::vector<int> ins;  // channels of each bus; the first is the main one
    std::vector<int> outs;
    int side_chain = -1;  // which of `ins`
  };

  Buses(const Layout&, int frames);

  // Channels counted through all buses, as most formats do.
  float* const* ins() { return ins_.data(); }
  float* const* outs() { return outs_.data(); }
  int in_count() const { return static_cast<int>(ins_.size()); }
  int out_count() const { return static_cast<int>(outs_.size()); }

  const Layout& layout() const { return layout_; }

  void take(const Block&);  // the inputs from the block, and silence in the outputs
  void give(const Block&);  // the outputs, or that which the block asks for

 private:
  Layout layout_;
  int frames_;
  std::vector<float> memory_;
  std::vector<float*> ins_;
  std::vector<float*> outs_;
  std::vector<std::array<float*, 2>> pairs_;  // of outs_
  std::vector<double> sums_;
};

// A name for each pair that give() knows, of the names of the buses: of a bus with several pairs "Out 1" and "Out 2".
std::vector<std::string> pair_names(const std::vector<int>& channels, const std::vector<std::string>& buses);

// One bus of at most two channels for the main pair, and the rest in pairs: for formats that know only channels.
std::vector<int> in_pairs(int channels);

}  // namespace firn::plugins::host
