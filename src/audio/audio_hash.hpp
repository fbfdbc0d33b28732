// AudioHasher: the AudioKey of a stereo sound, from its samples as they come. One thread at a time.
//
// BLAKE2b over the rate, the number of channels and the bits of the samples: left, right, left, right…, little-endian.
#pragma once

#include <vector>

#include "audio/buffer.hpp"
#include "base/content.hpp"
#include "base/digest.hpp"
#include "time/frames.hpp"

namespace firn::audio {

class AudioHasher {
 public:
  explicit AudioHasher(time::SampleRate);

  void add(ConstStereoView);
  base::AudioKey key();  // once, at the end

 private:
  base::Hasher hasher_;
  std::vector<float> interleaved_;
};

}  // namespace firn::audio
