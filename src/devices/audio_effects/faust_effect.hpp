// FaustEffect<Dsp>: an audio effect written in Faust as a Processor, and as a BuiltIn. One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "devices/audio_effects/faust.hpp"
#include "devices/built_in.hpp"
#include "devices/random.hpp"

namespace firn::devices {

// 24 bits, as many as a float holds, that differ between seeds however close those are.
inline float seed_24_of(std::uint64_t seed) { return static_cast<float>(mixed(seed) >> 40); }

// Runs the pieces of a block over which a quarter note keeps its length: run(offset, frames, seconds of a quarter). The
// length is read on a grid of 16 frames of the timeline, so that it does not depend on how the blocks are cut.
template <class Run>
void for_each_tempo(const Block& block, Run&& run) FIRN_REALTIME {
  constexpr std::int64_t grid = 16;
  const bool varies = block.tempo != nullptr && block.tempo->tempos().size() > 1;
  const auto cell_of = [](std::int64_t at) { return (at >= 0 ? at : at - grid + 1) / grid * grid; };
  const auto quarter_at = [&](std::int64_t at) {
    if (block.tempo == nullptr) return 0.5;
    return 60.0 / block.tempo->bpm_at(block.beats_at(time::Frames{at}));
  };
  const std::int64_t end = block.at.count + block.frames;
  std::int64_t start = block.at.count;
  double quarter = quarter_at(cell_of(start));
  for (std::int64_t cell = cell_of(start) + grid; varies && cell < end; cell += grid) {
    const double next = quarter_at(cell);
    if (next == quarter) continue;
    run(static_cast<int>(start - block.at.count), static_cast<int>(cell - start), quarter);
    start = cell;
    quarter = next;
  }
  run(static_cast<int>(start - block.at.count), static_cast<int>(end - start), quarter);
}

// Dsp has two inputs, or four where it listens to a side-chain: then its own input stands in for one that isn't connected.
template <class Dsp>
class FaustEffect final : public Processor {
 public:
  FaustEffect(const Settings& settings, const DeviceType& type, time::SampleRate rate) : type_(type) {
    std::ranges::fill(state_of(dsp_), std::byte{0});  // the gaps between its members too
    dsp_.init(rate.hertz);
    panel_ = faust::panel_of(dsp_);
    for (std::size_t i = 0; i < panel_.zones.size(); ++i) *panel_.zones[i] = static_cast<float>(settings.values[i]);
    if (panel_.seed != nullptr) *panel_.seed = seed_24_of(settings.seed);
  }
  void set_parameter(int index, double value) FIRN_REALTIME override {
    const auto i = static_cast<std::size_t>(index);
    *panel_.zones[i] = static_cast<float>(nearest_of(type_.parameters[i], value));
  }

  void process(const Block& block) FIRN_REALTIME override {
    if (panel_.beat == nullptr) return compute(block, 0, block.frames);
    for_each_tempo(block, [&](int offset, int frames, double quarter) {
      *panel_.beat = static_cast<float>(quarter);
      compute(block, offset, frames);
    });
  }

  bool save(base::ImageWriter& image) const override {
    image.raw(state_of(dsp_));
    return true;
  }

  void restore(base::ImageReader& image) override { image.raw(state_of(dsp_)); }

 private:
  // A generated object without the pointer to its virtual functions: numbers, none of which is an address.
  template <class Object>
  static auto state_of(Object& dsp) {
    static_assert(sizeof(faust::FaustDsp) == sizeof(void*));
    using Byte = std::conditional_t<std::is_const_v<Object>, const std::byte, std::byte>;
    return std::span<Byte>(reinterpret_cast<Byte*>(&dsp), sizeof(Dsp)).subspan(sizeof(faust::FaustDsp));
  }

  void compute(const Block& block, int offset, int frames) {
    const audio::ConstStereoView key = block.side_chain.left != nullptr ? block.side_chain : block.in;
    // Faust takes its inputs as non-const, and only reads them.
    float* inputs[] = {const_cast<float*>(block.in.left) + offset, const_cast<float*>(block.in.right) + offset,
                       const_cast<float*>(key.left) + offset, const_cast<float*>(key.right) + offset};
    float* outputs[] = {block.out.left + offset, block.out.right + offset};
    dsp_.compute(frames, inputs, outputs);
  }

  const DeviceType& type_;  // in the catalogue
  Dsp dsp_;
  faust::Panel panel_;  // of dsp_
};

template <class Dsp>
base::Result<std::unique_ptr<Processor>> make_faust_effect(const Settings& settings, time::SampleRate rate,
                                                           const FileFinder&) {
  return std::make_unique<FaustEffect<Dsp>>(settings, *find_type(settings.type), rate);
}

template <class Dsp>
DeviceType type_of_faust_effect(std::string name) {
  const auto dsp = std::make_unique<Dsp>();  // may be too big for a stack
  faust::Declarations declarations;
  dsp->metadata(&declarations);
  faust::Panel panel = faust::panel_of(*dsp);
  DeviceType type;
  type.name = std::move(name);
  type.title = declarations["title"];
  type.about = declarations["about"];
  type.version = std::stoi(declarations["version"]);
  type.parameters = std::move(panel.parameters);
  type.side_chain = dsp->getNumInputs() == 4;
  type.uses_tempo = panel.beat != nullptr;
  type.has_seed = panel.seed != nullptr;
  return type;
}

template <class Dsp>
BuiltIn faust_effect(std::string name, Facts (*facts)(const Settings&, const Timing&) = no_facts) {
  return {type_of_faust_effect<Dsp>(std::move(name)), facts, make_faust_effect<Dsp>};
}

// The same program with memory for up to 48, 96, 192 and 384 kHz: an object is as small as its rate allows.
template <class Dsp48, class Dsp96, class Dsp192, class Dsp384>
BuiltIn faust_effect_by_rate(std::string name, Facts (*facts)(const Settings&, const Timing&)) {
  const auto make = [](const Settings& settings, time::SampleRate rate, const FileFinder& find_file) {
    if (rate.hertz <= 48'000) return make_faust_effect<Dsp48>(settings, rate, find_file);
    if (rate.hertz <= 96'000) return make_faust_effect<Dsp96>(settings, rate, find_file);
    if (rate.hertz <= 192'000) return make_faust_effect<Dsp192>(settings, rate, find_file);
    return make_faust_effect<Dsp384>(settings, rate, find_file);
  };
  return {type_of_faust_effect<Dsp48>(std::move(name)), facts, make};
}

}  // namespace firn::devices
