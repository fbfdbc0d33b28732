#include "plugins/host/buses.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>

namespace firn::plugins::host {
namespace {

constexpr int room_after = 256;  // frames
constexpr int alignment = 16;    // frames: a cache line, and any vector instruction

int sum(const std::vector<int>& counts) { return std::accumulate(counts.begin(), counts.end(), 0); }

void fill_bus(const std::array<const float*, 2>& pair, float* const* bus, int channels, int frames) {
  if (pair[0] == nullptr) return;
  if (channels == 1) {
    for (int i = 0; i < frames; ++i) bus[0][i] = 0.5f * (pair[0][i] + pair[1][i]);
    return;
  }
  for (int side = 0; side < std::min(channels, 2); ++side)
    std::copy_n(pair[static_cast<std::size_t>(side)], frames, bus[side]);
}

}  // namespace

Buses::Buses(const Layout& layout, int frames)
    : layout_(layout), frames_(frames), sums_(static_cast<std::size_t>(frames)) {
  // An odd number of cache lines, so that the channels of many don't all fall into the same few sets of the cache.
  const int stride = ((frames + room_after + alignment - 1) / alignment | 1) * alignment;
  const int in_count = sum(layout.ins);
  const int count = in_count + sum(layout.outs);
  memory_.resize(static_cast<std::size_t>(stride * count + alignment));
  auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
  constexpr std::uintptr_t bytes = alignment * sizeof(float);
  auto* first = reinterpret_cast<float*>((address + bytes - 1) / bytes * bytes);
  for (int channel = 0; channel < count; ++channel) {
    (channel < in_count ? ins_ : outs_).push_back(first + static_cast<std::ptrdiff_t>(stride) * channel);
  }
  auto out = outs_.begin();
  for (const int channels : layout.outs) {
    for (int i = 0; i < channels; i += 2) pairs_.push_back({out[i], out[std::min(i + 1, channels - 1)]});
    out += channels;
  }
}

void Buses::take(const Block& block) {
  for (float* channel : ins_) std::fill_n(channel, frames_, 0.0f);
  for (float* channel : outs_) std::fill_n(channel, frames_, 0.0f);
  int first = 0;
  for (int bus = 0; bus < static_cast<int>(layout_.ins.size()); ++bus) {
    const int channels = layout_.ins[static_cast<std::size_t>(bus)];
    if (bus == layout_.side_chain) {
      fill_bus(block.side_chain, ins() + first, channels, frames_);
    } else if (bus == 0) {
      fill_bus(block.in, ins() + first, channels, frames_);
    }
    first += channels;
  }
}

void Buses::give(const Block& block) {
  std::span<const std::array<float*, 2>> given(pairs_);
  if (block.output > 0 && block.output <= static_cast<int>(pairs_.size()))
    given = given.subspan(static_cast<std::size_t>(block.output) - 1, 1);
  for (std::size_t side = 0; side < 2; ++side) {
    if (given.size() == 1) {
      std::copy_n(given.front()[side], frames_, block.out[side]);
      continue;
    }
    std::ranges::fill(sums_, 0.0);
    for (const auto& pair : given) {
      const float* output = pair[side];
      for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += static_cast<double>(output[i]);
    }
    for (std::size_t i = 0; i < sums_.size(); ++i) block.out[side][i] = static_cast<float>(sums_[i]);
  }
}

std::vector<std::string> pair_names(const std::vector<int>& channels, const std::vector<std::string>& buses) {
  std::vector<std::string> names;
  for (std::size_t bus = 0; bus < channels.size(); ++bus) {
    const int pairs = (channels[bus] + 1) / 2;
    for (int pair = 1; pair <= pairs; ++pair)
      names.push_back(pairs == 1 ? buses[bus] : buses[bus] + ' ' + std::to_string(pair));
  }
  return names;
}

std::vector<int> in_pairs(int channels) {
  std::vector<int> pairs(static_cast<std::size_t>(channels / 2), 2);
  if (channels % 2 == 1) pairs.push_back(1);
  return pairs;
}

}  // namespace firn::plugins::host
