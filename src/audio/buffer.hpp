// Views and buffers of stereo audio: two planes of 32-bit float, nominally -1 to 1, peaks above kept. Any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace firn::audio {

struct ConstStereoView {
  const float* left = nullptr;
  const float* right = nullptr;
  int frames = 0;

  ConstStereoView part(int offset, int count) const { return {left + offset, right + offset, count}; }
};

struct StereoView {
  float* left = nullptr;
  float* right = nullptr;
  int frames = 0;

  StereoView part(int offset, int count) const { return {left + offset, right + offset, count}; }
  operator ConstStereoView() const { return {left, right, frames}; }
};

inline void clear(StereoView view) {
  std::fill_n(view.left, view.frames, 0.0f);
  std::fill_n(view.right, view.frames, 0.0f);
}

inline void copy(ConstStereoView from, StereoView to) {
  std::copy_n(from.left, to.frames, to.left);
  std::copy_n(from.right, to.frames, to.right);
}

// Owns its samples.
struct StereoBuffer {
  std::vector<float> left;
  std::vector<float> right;

  StereoBuffer() = default;
  explicit StereoBuffer(int frames) : left(static_cast<std::size_t>(frames)), right(static_cast<std::size_t>(frames)) {}

  int frames() const { return static_cast<int>(left.size()); }
  StereoView view() { return {left.data(), right.data(), frames()}; }
  ConstStereoView view() const { return {left.data(), right.data(), frames()}; }
  void append(ConstStereoView more) {
    left.insert(left.end(), more.left, more.left + more.frames);
    right.insert(right.end(), more.right, more.right + more.frames);
  }

  friend bool operator==(const StereoBuffer&, const StereoBuffer&) = default;
};

}  // namespace firn::audio
