#include "engine/engine.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/delay_line.hpp"
#include "engine/mixing.hpp"
#include "engine/tail_gate.hpp"

namespace {

using namespace firn;
using engine::Signal;
using time::Frames;

// Runs something over `frames` of a constant, in blocks, and gives what comes out.
template <class Run>
audio::StereoBuffer run(int frames, int block, float value, Run&& step) {
  audio::StereoBuffer in(block), all;
  for (int at = 0; at < frames; at += block) {
    const int count = std::min(block, frames - at);
    std::fill(in.left.begin(), in.left.end(), value);
    std::fill(in.right.begin(), in.right.end(), value);
    audio::StereoBuffer out(count);
    Signal from, to;
    from.audio = in.view().part(0, count);
    to.audio = out.view();
    step(Frames{at}, from, to);
    all.append(std::as_const(out).view());
  }
  return all;
}

plan::Curve line(Frames start, double from, Frames end, double to) {
  plan::Curve curve;
  curve.segments = {{start, from, to, 0.0, 1.0, 0.0}, {end, to, to, 0.0, 1.0, 0.0}};
  return curve;
}

}  // namespace

TEST_CASE("SPEC A6: constant power, 0 dB at the centre, +3 dB at the sides") {
  CHECK(engine::pan_gains_of(0.0).left == 1.0);
  CHECK(engine::pan_gains_of(0.0).right == 1.0);
  CHECK(engine::pan_gains_of(-1.0).left == doctest::Approx(std::sqrt(2.0)));
  CHECK(engine::pan_gains_of(-1.0).right == 0.0);
  CHECK(engine::pan_gains_of(1.0).left == 0.0);
  for (double pan = -1.0; pan <= 1.0; pan += 0.05) {
    const auto gains = engine::pan_gains_of(pan);
    CHECK(gains.left * gains.left + gains.right * gains.right == doctest::Approx(2.0));
  }
}

TEST_CASE("SPEC A6: summing is in 64 bits, in the order given") {
  audio::StereoBuffer big(1), small(1), minus(1), out(1);
  big.left[0] = 1e8f;
  small.left[0] = 1.0f;
  minus.left[0] = -1e8f;
  Signal inputs[3], to;
  inputs[0].audio = big.view();
  inputs[1].audio = small.view();
  inputs[2].audio = minus.view();
  to.audio = out.view();
  const Signal* all[] = {&inputs[0], &inputs[1], &inputs[2]};
  engine::sum(all, to);
  CHECK(out.left[0] == 1.0f);  // in 32 bits the 1 would be lost
}

TEST_CASE("SPEC A3: mixer ramps change every sample, and steps are sample-accurate") {
  plan::Mix mix{line({100}, 0.0, {200}, -std::numeric_limits<double>::infinity()), plan::constant_curve(0.0),
                plan::constant_curve(1.0)};
  mix.activator.segments = {{{0}, 1.0, 1.0}, {{37}, 0.0, 0.0}, {{41}, 1.0, 1.0}};
  for (const int block : {1, 7, 300}) {
    engine::Fader fader(mix);
    const auto out = run(300, block, 1.0f, [&](Frames at, const Signal& in, Signal& to) { fader.run({}, at, in, to); });
    for (int i = 0; i < 300; ++i) {
      const double expected = i >= 37 && i < 41 ? 0.0 : i <= 100 ? 1.0 : i >= 200 ? 0.0 : 1.0 - (i - 100) / 100.0;
      REQUIRE(out.left[static_cast<std::size_t>(i)] == doctest::Approx(expected).epsilon(1e-6));
    }
  }
}

TEST_CASE("SPEC A1, A6: neutral is exactly 1") {
  engine::Fader fader({plan::constant_curve(0.0), plan::constant_curve(0.0), plan::constant_curve(1.0)});
  const auto out =
      run(10, 10, 0.123456789f, [&](Frames at, const Signal& in, Signal& to) { fader.run({}, at, in, to); });
  CHECK(out.left[9] == 0.123456789f);
  CHECK(out.right[9] == 0.123456789f);
}

TEST_CASE("delay line: the same samples, later, for any block") {
  for (const int block : {1, 5, 64}) {
    engine::DelayLine line({37});
    float next = 0.0f;
    const auto out = run(200, block, 0.0f, [&](Frames, const Signal& in, Signal& to) {
      for (int i = 0; i < in.audio.frames; ++i) in.audio.left[i] = ++next;
      line.run(in, to);
    });
    for (int i = 0; i < 200; ++i)
      REQUIRE(out.left[static_cast<std::size_t>(i)] == (i < 37 ? 0.0f : static_cast<float>(i - 36)));
  }
}

TEST_CASE("SPEC C1: a chain ends after one second under -120 dBFS, counted from its declared end") {
  for (const int block : {1, 64, 1000}) {
    engine::TailGate gate(plan::Tail{60.0}, {1000});
    std::int64_t ended = -1;
    run(4000, block, 0.0f, [&](Frames at, const Signal& in, Signal& out) {
      Signal from = in;
      from.ended_at = {700};
      from.tail = {300};
      for (int i = 0; i < in.audio.frames; ++i) from.audio.left[i] = (at + Frames{i}).count < 1500 ? 2e-6f : 0.5e-6f;
      gate.run(at, from, out);
      if (gate.asleep() && ended < 0) ended = out.ended_at.count;
    });
    CHECK(ended == 2500);
    CHECK_FALSE(gate.cut_short());
  }
}

TEST_CASE("SPEC C1: at the limit a 50 ms fade ends what still sounds, and says so") {
  for (const int block : {1, 64, 1000}) {
    engine::TailGate gate(plan::Tail{2.0}, {1000});
    const auto out = run(4000, block, 1.0f, [&](Frames at, const Signal& in, Signal& to) {
      Signal from = in;
      from.ended_at = {500};
      gate.run(at, from, to);
    });
    CHECK(gate.cut_short());
    CHECK(out.left[2449] == 1.0f);
    CHECK(out.left[2451] < 1.0f);
    CHECK(out.left[2499] > 0.0f);
    CHECK(out.left[2499] < 0.05f);
    for (std::size_t i = 2500; i < 4000; ++i) REQUIRE(out.left[i] == 0.0f);
  }
}

TEST_CASE("SPEC C1: what is silent at the limit ends there, and was not cut short") {
  engine::TailGate gate(plan::Tail{0.5}, {1000});
  run(1000, 64, 0.0f, [&](Frames at, const Signal& in, Signal& to) {
    Signal from = in;
    from.ended_at = {100};
    gate.run(at, from, to);
  });
  CHECK(gate.asleep());
  CHECK_FALSE(gate.cut_short());
}
