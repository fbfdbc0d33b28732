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

TEST_CASE("Blocks that are known stand for their samples") {
  constexpr int block = static_cast<int>(AudioHasher::block_frames);
  StereoBuffer buffer(2 * block + 5);
  for (int i = 0; i < buffer.frames(); ++i)
    buffer.left[static_cast<std::size_t>(i)] = static_cast<float>(i % 1000) / 2000.0f;
  buffer.right[static_cast<std::size_t>(block)] = -2.0f;
  AudioHasher all({48000});
  all.add(buffer.view());
  const auto key = all.key();
  REQUIRE(all.blocks().size() == 3);
  CHECK(AudioHasher::blocks_of({buffer.frames()}) == 3);
  CHECK(AudioHasher::blocks_of({2 * block}) == 2);
  CHECK(all.blocks()[0].peak == 999.0f / 2000.0f);
  CHECK(all.blocks()[1].peak == 2.0f);
  CHECK(all.blocks()[2].peak < 0.49f);

  AudioHasher partly({48000});
  partly.add(buffer.view().part(0, block));
  partly.add(all.blocks()[1]);
  partly.add(buffer.view().part(2 * block, 5));
  CHECK(partly.key() == key);
  CHECK(partly.blocks() == all.blocks());

  AudioHasher other({48000});
  other.add(all.blocks()[1]);
  other.add(all.blocks()[0]);
  other.add(buffer.view().part(2 * block, 5));
  CHECK(other.key() != key);
}

}  // namespace firn::audio
