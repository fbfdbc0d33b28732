#include "audio/audio_hash.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <span>
#include <utility>

namespace firn::audio {

AudioHasher::AudioHasher(time::SampleRate rate) : rate_(rate) {}

void AudioHasher::add(ConstStereoView view) {
  constexpr std::int64_t chunk_frames = 4096;
  for (int start = 0; start < view.frames;) {
    const std::int64_t left = std::min(chunk_frames, block_frames - frames_ % block_frames);
    const int frames = static_cast<int>(std::min<std::int64_t>(view.frames - start, left));
    add_within_block(view.part(start, frames));
    start += frames;
  }
}

void AudioHasher::add(const AudioBlock& block) {
  assert(frames_ % block_frames == 0);
  blocks_.push_back(block);
  frames_ += block_frames;
}

void AudioHasher::add_within_block(ConstStereoView view) {
  static_assert(std::endian::native == std::endian::little);
  interleaved_.clear();
  for (int i = 0; i < view.frames; ++i) {
    interleaved_.push_back(view.left[i]);
    interleaved_.push_back(view.right[i]);
    peak_ = std::max({peak_, std::abs(view.left[i]), std::abs(view.right[i])});
  }
  block_.bytes(std::as_bytes(std::span(interleaved_)));
  frames_ += view.frames;
  if (frames_ % block_frames == 0) end_block();
}

void AudioHasher::end_block() {
  blocks_.push_back({std::exchange(block_, base::Hasher()).finish(), std::exchange(peak_, 0.0f)});
}

base::AudioKey AudioHasher::key() {
  if (frames_ % block_frames != 0) end_block();
  base::Hasher hash;
  hash.number(rate_.hertz).number(2).number(frames_);
  for (const AudioBlock& block : blocks_) hash.digest(block.digest);
  return {hash.finish()};
}

}  // namespace firn::audio
