#include "audio/audio_hash.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace firn::audio {

AudioHasher::AudioHasher(time::SampleRate rate) { hasher_.number(rate.hertz).number(2); }

void AudioHasher::add(ConstStereoView view) {
  static_assert(std::endian::native == std::endian::little);
  constexpr int chunk_frames = 4096;
  for (int start = 0; start < view.frames; start += chunk_frames) {
    const auto part = view.part(start, std::min(chunk_frames, view.frames - start));
    interleaved_.clear();
    for (int i = 0; i < part.frames; ++i) {
      interleaved_.push_back(part.left[i]);
      interleaved_.push_back(part.right[i]);
    }
    hasher_.bytes(std::as_bytes(std::span(interleaved_)));
  }
}

base::AudioKey AudioHasher::key() { return {hasher_.finish()}; }

}  // namespace firn::audio
