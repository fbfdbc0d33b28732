// Effects that do not fail, each of a shape of its own. Every formula is exact: a test can expect each sample.
#include <cmath>

#include "faulty_plugins/faulty.hpp"

namespace firn::tests::faulty {
namespace {

// Output = main * (1 - |side|).
class Side : public Faulty {
 public:
  Side() : Faulty({.parameters = {}, .inputs = {{"In", 2}, {"Side-Chain", 2}}}) {}

 protected:
  void render(const Stretch& stretch) override {
    for (std::uint32_t channel = 0; channel < 2; ++channel) {
      const float* main = stretch.input(0, channel);
      const float* side = stretch.input(1, channel);
      float* out = stretch.output(0, channel);
      for (std::uint32_t frame = stretch.begin; frame < stretch.end; ++frame) {
        out[frame] = main[frame] * (1.0F - std::abs(side[frame]));
      }
    }
  }
};

class Mono : public Gain {
 public:
  Mono() : Gain({gain_parameter}, 1) {}
};

// A line of the frames that went before, on both sides.
class Line {
 public:
  void restart(std::size_t length) {
    for (auto& side : sides_) side.assign(length, 0.0F);
    at_ = 0;
  }
  void clear() { restart(length()); }
  std::size_t length() const { return sides_[0].size(); }

  float oldest(std::uint32_t side) const { return sides_[side][at_]; }
  void put(std::uint32_t side, float sample) { sides_[side][at_] = sample; }
  void advance() { at_ = (at_ + 1) % length(); }

 private:
  std::array<std::vector<float>, 2> sides_;
  std::size_t at_ = 0;
};

// Output = input, `frames` later, and so it says. A change is heard from the next activation on.
class Delay : public Faulty {
 public:
  Delay() : Faulty({.parameters = {frames}}) {}

 protected:
  bool activate() override {
    // One more than it delays, so that it can be 0: a sample is put before the oldest is taken.
    line_.restart(static_cast<std::size_t>(value(frames)) + 1);
    return true;
  }

  void reset() override { line_.clear(); }

  std::uint32_t latency() const override {
    return line_.length() > 0 ? static_cast<std::uint32_t>(line_.length() - 1)
                              : static_cast<std::uint32_t>(value(frames));
  }

  void render(const Stretch& stretch) override {
    for (std::uint32_t frame = stretch.begin; frame < stretch.end; ++frame) {
      for (std::uint32_t side = 0; side < 2; ++side) line_.put(side, stretch.input(0, side)[frame]);
      line_.advance();
      for (std::uint32_t side = 0; side < 2; ++side) stretch.output(0, side)[frame] = line_.oldest(side);
    }
  }

 private:
  inline static const Parameter frames{11, "Frames", 0.0, 4096.0, 256.0, true, false};

  Line line_;
};

// Output = input + half of the output a tenth of a second ago. After 17 of these an impulse is 102 dB down: the tail.
class Tail : public Faulty {
 public:
  Tail() : Faulty({.parameters = {}}) { restart(); }

 protected:
  bool activate() override {
    restart();
    return true;
  }

  void reset() override { line_.clear(); }

  std::uint32_t tail() const override { return static_cast<std::uint32_t>(17 * line_.length()); }

  void render(const Stretch& stretch) override {
    for (std::uint32_t frame = stretch.begin; frame < stretch.end; ++frame) {
      for (std::uint32_t side = 0; side < 2; ++side) {
        const float sample = stretch.input(0, side)[frame] + 0.5F * line_.oldest(side);
        line_.put(side, sample);
        stretch.output(0, side)[frame] = sample;
      }
      line_.advance();
    }
  }

 private:
  void restart() { line_.restart(static_cast<std::size_t>(std::llround(0.1 * rate()))); }

  Line line_;
};

}  // namespace

std::vector<Kind> effect_kinds() {
  return {
      kind<Side>("org.firn.faulty.side", "Faulty Side", "The louder the side-chain, the softer"),
      kind<Mono>("org.firn.faulty.mono", "Faulty Mono", "A gain of one channel"),
      kind<Delay>("org.firn.faulty.delay", "Faulty Delay", "A delay that says its latency"),
      kind<Tail>("org.firn.faulty.tail", "Faulty Tail", "An echo that says its tail"),
  };
}

}  // namespace firn::tests::faulty
