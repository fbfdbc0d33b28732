// Envelope: attack, decay, sustain, release in curved segments, each sample. Values; one thread at a time.
//
// The attack rises as a capacitor charges towards 1.25 and ends at 1. Decay falls towards the sustain level, 60 dB of
// the way in its time. Release falls as steeply and is exactly 0 after its time from 1, sooner from less.
#pragma once

#include <cmath>

#include "time/frames.hpp"

namespace firn::devices {

struct EnvelopeTimes {
  double attack = 0.0;   // seconds
  double decay = 0.0;    // seconds
  double sustain = 1.0;  // 0 to 1
  double release = 0.0;  // seconds
};

// The times at a rate, as the factors that each sample needs.
struct EnvelopeShape {
  static constexpr float overshoot = 1.25f;
  static constexpr float floor = 0.001f;  // how far below 0 the release aims, so that it arrives
  static constexpr double cut_seconds = 0.004;

  float attack = 0.0f;
  float decay = 0.0f;
  float sustain = 1.0f;
  float release = 0.0f;
  float cut = 0.0f;  // a step

  EnvelopeShape() = default;
  EnvelopeShape(const EnvelopeTimes& times, time::SampleRate rate)
      : attack(factor(std::log(5.0), times.attack, rate)),
        decay(factor(std::log(1000.0), times.decay, rate)),
        sustain(static_cast<float>(times.sustain)),
        release(factor(std::log(1001.0), times.release, rate)),
        cut(static_cast<float>(1.0 / (cut_seconds * rate.hertz))) {}

 private:
  static float factor(double nepers, double seconds, time::SampleRate rate) {
    const double frames = seconds * rate.hertz;
    return frames < 1.0 ? 0.0f : static_cast<float>(std::exp(-nepers / frames));
  }
};

class Envelope {
 public:
  void start() { stage_ = Stage::attack; }  // from where it is
  void release() {
    if (stage_ != Stage::off && stage_ != Stage::cut) stage_ = Stage::release;
  }
  void cut() {
    if (stage_ != Stage::off) stage_ = Stage::cut;
  }

  bool is_off() const { return stage_ == Stage::off; }
  float value() const { return value_; }

  static void list_state(auto& self, auto& image) {
    image.within(self.stage_, Stage::off, Stage::cut);
    image.value(self.value_);
  }

  float next(const EnvelopeShape& shape) {
    switch (stage_) {
      case Stage::off: break;
      case Stage::attack:
        value_ = EnvelopeShape::overshoot + (value_ - EnvelopeShape::overshoot) * shape.attack;
        if (value_ >= 1.0f) {
          value_ = 1.0f;
          stage_ = Stage::decay;
        }
        break;
      case Stage::decay:
        value_ = shape.sustain + (value_ - shape.sustain) * shape.decay;
        if (shape.sustain == 0.0f && value_ < inaudible) end();
        break;
      case Stage::release:
        value_ = (value_ + EnvelopeShape::floor) * shape.release - EnvelopeShape::floor;
        if (value_ <= 0.0f) end();
        break;
      case Stage::cut:
        value_ -= shape.cut;
        if (value_ <= 0.0f) end();
        break;
    }
    return value_;
  }

 private:
  enum class Stage { off, attack, decay, release, cut };

  static constexpr float inaudible = 1e-6f;

  void end() {
    value_ = 0.0f;
    stage_ = Stage::off;
  }

  Stage stage_ = Stage::off;
  float value_ = 0.0f;
};

}  // namespace firn::devices
