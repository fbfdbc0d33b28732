#include "audio/audio_hash.hpp"

#include <doctest/doctest.h>

namespace firn::audio {
namespace {

base::AudioKey key_of(const StereoBuffer& buffer, int rate = 48000, int block = 5000) {
  AudioHasher hasher({rate});
  for (int at = 0; at < buffer.frames(); at += block) {
    hasher.add(buffer.view().part(at, std::min(block, buffer.frames() - at)));
  }
  return hasher.key();
}

}  // namespace

TEST_CASE("An AudioKey depends on every sample, the side, the rate and the length, and on nothing else") {
  StereoBuffer buffer(9999);
  buffer.left[17] = 0.5f;
  const auto key = key_of(buffer);
  CHECK(key_of(buffer, 48000, 1) == key);
  CHECK(key_of(buffer, 48000, 9999) == key);
  CHECK(key_of(buffer, 44100) != key);

  auto other = buffer;
  other.right[9998] = 1e-30f;
  CHECK(key_of(other) != key);
  other = buffer;
  std::swap(other.left, other.right);
  CHECK(key_of(other) != key);
  other = buffer;
  other.append(StereoBuffer(1).view());
  CHECK(key_of(other) != key);
  CHECK(key_of(StereoBuffer(0)) != key_of(StereoBuffer(1)));
}

}  // namespace firn::audio
