// Ramp and Line: controls that move in straight lines over 16 frames, so that steps make no click. Values; one thread
// at a time.
#pragma once

namespace firn::devices {

// Starts towards a new value whenever it is given one.
struct Ramp {
  static constexpr int frames = 16;  // the grid on which the engine moves parameters

  float value = 0.0f;
  float target = 0.0f;
  float step = 0.0f;
  int left = 0;

  Ramp() = default;
  explicit Ramp(float start) : value(start), target(start) {}

  void aim(float at) {
    if (at == target) return;
    target = at;
    step = (target - value) / static_cast<float>(frames);
    left = frames;
  }

  static void list_state(auto& self, auto& image) {
    image.value(self.target);
    image.within(self.left, 0, frames);
    if (self.left == 0) return;  // `value` is the target, and `step` is past
    image.value(self.value);
    image.value(self.step);
  }

  float next() {
    if (left == 0) return target;
    value = --left == 0 ? target : value + step;
    return value;
  }
};

// Is given a value for each cell of 16 frames, to be there at the cell's end.
struct Line {
  float value = 0.0f;
  float target = 0.0f;
  float step = 0.0f;

  void jump(float to) { *this = {.value = to, .target = to, .step = 0.0f}; }
  void aim(float to) {
    *this = {.value = target, .target = to, .step = (to - target) / static_cast<float>(Ramp::frames)};
  }
  static void list_state(auto& self, auto& image) {
    image.value(self.value);
    image.value(self.target);
    image.value(self.step);
  }

  bool is_zero() const { return value == 0.0f && target == 0.0f; }
  float next() { return value += step; }
};

}  // namespace firn::devices
