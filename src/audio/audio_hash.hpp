// AudioHasher: the AudioKey of a stereo sound, from its samples as they come. One thread at a time.
//
// The sound is cut into blocks, so that a part of another sound whose blocks are known need not be read again. A block's digest is
// BLAKE2b over the bits of its samples: left, right, left, right…, little-endian. The key is BLAKE2b over the rate, the number of
// channels, the number of frames and the blocks' digests.
#pragma once

#include <cstdint>
#include <vector>

#include "audio/buffer.hpp"
#include "base/content.hpp"
#include "base/digest.hpp"
#include "time/frames.hpp"

namespace firn::audio {

struct AudioBlock {
  base::Digest digest;
  float peak = 0.0f;  // the largest absolute sample

  friend bool operator==(const AudioBlock&, const AudioBlock&) = default;
};

class AudioHasher {
 public:
  static constexpr std::int64_t block_frames = 1 << 18;  // of each block but the last

  static std::int64_t blocks_of(time::Frames sound) { return (sound.count + block_frames - 1) / block_frames; }

  explicit AudioHasher(time::SampleRate);

  void add(ConstStereoView);
  void add(const AudioBlock&);  // a whole block of another sound, where one begins in this

  base::AudioKey key();                                              // once, at the end
  const std::vector<AudioBlock>& blocks() const { return blocks_; }  // all of them after key()

 private:
  void add_within_block(ConstStereoView);
  void end_block();

  time::SampleRate rate_;
  std::int64_t frames_ = 0;
  std::vector<AudioBlock> blocks_;
  base::Hasher block_;  // the one that is under way
  float peak_ = 0.0f;
  std::vector<float> interleaved_;
};

}  // namespace firn::audio
