// What this room's tests share: a scratch project, sounds and files. For tests alone.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>

#include "audio/audio_hash.hpp"
#include "audio/sound_file.hpp"
#include "store/store.hpp"

namespace firn::store::testing {

namespace fs = std::filesystem;
using base::ErrorKind;

inline constexpr time::SampleRate rate{48000};

// A project's directory, and one beside it, that go with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "firn-store-XXXXXX").string();
    path_ = fs::canonical(::mkdtemp(name.data()));
    fs::create_directory(project());
    fs::create_directory(outside());
  }
  ~Scratch() { fs::remove_all(path_); }
  fs::path project() const { return path_ / "song"; }
  fs::path outside() const { return path_ / "outside"; }

 private:
  fs::path path_;
};

inline Store open(const Scratch& scratch) {
  auto store = Store::open(scratch.project());
  REQUIRE(store);
  return std::move(*store);
}

inline audio::StereoBuffer noise(int frames, unsigned seed) {
  audio::StereoBuffer buffer(frames);
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(-1.5f, 1.5f);
  for (auto& sample : buffer.left) sample = value(random);
  for (auto& sample : buffer.right) sample = value(random);
  return buffer;
}

inline base::AudioKey key_of(const audio::StereoBuffer& buffer) {
  audio::AudioHasher hasher(rate);
  hasher.add(buffer.view());
  return hasher.key();
}

inline base::RecipeKey recipe(int number) { return {base::Hasher().number(number).finish()}; }

inline audio::AudioRef print(Store& store, Folder folder, const std::string& name, const audio::StereoBuffer& buffer) {
  auto writer = store.begin(folder, name, rate);
  REQUIRE(writer);
  for (int at = 0; at < buffer.frames(); at += 512) {
    REQUIRE(writer->write(buffer.view().part(at, std::min(512, buffer.frames() - at))));
  }
  auto made = store.finish(std::move(*writer));
  if (!made) FAIL(made.error().message);
  return made->audio;
}

inline audio::StereoBuffer read_file(const fs::path& path) {
  auto reader = audio::SoundReader::open(path);
  REQUIRE(reader);
  audio::StereoBuffer buffer(static_cast<int>(reader->info().frames.count));
  REQUIRE(reader->read({0}, buffer.view()));
  return buffer;
}

inline void put_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

inline std::size_t files_in(const fs::path& folder) {
  std::error_code error;
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder, error), fs::directory_iterator()));
}

inline void write_sound(const fs::path& path, audio::FileFormat format, audio::Depth depth, time::SampleRate at,
                        const audio::StereoBuffer& buffer) {
  auto writer = audio::SoundWriter::create(path, {format, depth, at, 2});
  REQUIRE(writer);
  REQUIRE(writer->write(buffer.view()));
  REQUIRE(writer->close());
}

}  // namespace firn::store::testing
