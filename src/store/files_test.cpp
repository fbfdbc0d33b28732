#include <doctest/doctest.h>
#include <stdlib.h>

#include <chrono>
#include <limits>
#include <span>
#include <thread>

#include "audio/resample.hpp"
#include "store/store.hpp"
#include "store/testing.hpp"

namespace firn::store {

using namespace testing;

TEST_CASE("Adopting copies equal bytes once, under the file's own name") {
  const Scratch scratch;
  auto store = open(scratch);
  put_bytes(scratch.outside() / "Piano.sf2", "one font");
  fs::create_directory(scratch.outside() / "other");
  put_bytes(scratch.outside() / "other/Piano.sf2", "two font");
  put_bytes(scratch.outside() / "other/Same.sf2", "one font");

  const auto one = store.adopt(scratch.outside() / "Piano.sf2");
  REQUIRE(one);
  CHECK(one->path == "Samples/Imported/Piano.sf2");
  CHECK(!one->shared);
  CHECK(one->content == base::digest_of(std::as_bytes(std::span("one font", 8))));
  CHECK(bytes_of(*store.path_of(*one)) == "one font");
  CHECK(store.adopt(scratch.outside() / "Piano.sf2") == one);
  CHECK(store.adopt(scratch.outside() / "other/Same.sf2") == one);
  CHECK(store.adopt(*store.path_of(*one)) == one);

  const auto two = store.adopt(scratch.outside() / "other/Piano.sf2");
  REQUIRE(two);
  CHECK(two->path == "Samples/Imported/Piano-" + base::hex(two->content).substr(0, 8) + ".sf2");
  CHECK(files_in(scratch.project() / "Samples/Imported") == 2);
  CHECK(files_in(scratch.project() / ".firn/tmp") == 0);

  // Moved within the folder: found by its content. Changed: said so.
  fs::rename(scratch.project() / one->path, scratch.project() / "Samples/Imported/Moved.sf2");
  CHECK(store.path_of(*one) == scratch.project() / "Samples/Imported/Moved.sf2");
  put_bytes(scratch.project() / two->path, "2nd font");  // of equal length
  REQUIRE(!store.path_of(*two));
  CHECK(store.path_of(*two).error().kind == ErrorKind::not_found);
  CHECK(store.path_of(*two).error().message.find("has changed") != std::string::npos);

  const auto missing = store.adopt(scratch.outside() / "none.sf2");
  REQUIRE(!missing);
  CHECK(missing.error().kind == ErrorKind::not_found);
  CHECK(!store.adopt(scratch.outside()));
}

TEST_CASE("A file is digested again once it changes, however alike it looks") {
  const Scratch scratch;
  auto store = open(scratch);
  const fs::path path = scratch.outside() / "a.bin";
  const auto tick = fs::file_time_type::clock::now();
  for (const std::string content : {"a", "b", "c", "d"}) {
    put_bytes(path, content);
    fs::last_write_time(path, tick);  // all within what a file's clock can tell apart
    CHECK(store.adopt(path)->content == base::digest_of(std::as_bytes(std::span(content))));
  }
  // At rest, it is remembered by its stamp: until it changes, even if its time is set back.
  put_bytes(path, "old");
  const auto written = fs::last_write_time(path);
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  ::setenv("FIRN_SOUNDFONTS", scratch.outside().c_str(), 1);
  REQUIRE(store.share(path));
  CHECK(bytes_of(scratch.project() / ".firn/digests.jsonl").find("a.bin") != std::string::npos);
  const auto next = open(scratch).share(path);
  CHECK(next->content == base::digest_of(std::as_bytes(std::span("old", 3))));
  put_bytes(path, "new");
  fs::last_write_time(path, written);
  CHECK(store.share(path)->content == base::digest_of(std::as_bytes(std::span("new", 3))));
  ::unsetenv("FIRN_SOUNDFONTS");
}

TEST_CASE("A shared file is found by name, or by content where its name differs") {
  const Scratch scratch;
  auto store = open(scratch);
  const fs::path font = scratch.outside() / "Fonts/GM.sf2";
  fs::create_directory(font.parent_path());
  put_bytes(font, "a system's font");
  ::unsetenv("FIRN_SOUNDFONTS");
  const auto refused = store.share(font);
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::refused);
  CHECK(refused.error().message.find("FIRN_SOUNDFONTS") != std::string::npos);

  ::setenv("FIRN_SOUNDFONTS", ("/nowhere:" + font.parent_path().string()).c_str(), 1);
  const auto ref = store.share(font);
  REQUIRE(ref);
  CHECK(ref->path == "GM.sf2");
  CHECK(ref->shared);
  CHECK(store.path_of(*ref) == font);
  fs::rename(font, font.parent_path() / "General.sf2");
  CHECK(store.path_of(*ref) == font.parent_path() / "General.sf2");
  put_bytes(font, "another version");
  CHECK(store.path_of(*ref) == font.parent_path() / "General.sf2");
  fs::remove(font.parent_path() / "General.sf2");
  REQUIRE(!store.path_of(*ref));
  CHECK(store.path_of(*ref).error().message.find("another version") != std::string::npos);
  fs::remove(font);
  REQUIRE(!store.path_of(*ref));
  CHECK(store.path_of(*ref).error().kind == ErrorKind::not_found);
  ::unsetenv("FIRN_SOUNDFONTS");
}

TEST_CASE("Importing converts once to the project's rate and keeps the original") {
  const Scratch scratch;
  auto store = open(scratch);
  const auto buffer = noise(44'100, 3);
  write_sound(scratch.outside() / "Loop 1.wav", audio::FileFormat::wav, audio::Depth::float32, {44100}, buffer);
  double last = 0.0;
  const auto audio = store.import_audio(scratch.outside() / "Loop 1.wav", rate, [&](double done) {
    CHECK(done >= last);
    last = done;
    return true;
  });
  REQUIRE(audio);
  CHECK(last == 1.0);
  CHECK(audio->original == "Samples/Imported/Loop 1.wav");
  CHECK(bytes_of(scratch.project() / audio->original) == bytes_of(scratch.outside() / "Loop 1.wav"));
  CHECK(audio->frames == time::Frames{48'000});

  audio::Resampler resampler({44100}, rate);
  audio::StereoBuffer expected;
  resampler.process(buffer.view(), expected);
  resampler.finish(expected);
  CHECK(read_file(*store.path_of(*audio)) == expected);
  CHECK(audio->key == key_of(expected));

  int calls = 0;
  CHECK(store.import_audio(scratch.outside() / "Loop 1.wav", rate, [&](double) { return ++calls < 0; }) == audio);
  CHECK(calls == 0);
  CHECK(files_in(scratch.project() / "Samples/Imported") == 2);
}

TEST_CASE("Importing what is a print already keeps one file: itself") {
  const Scratch scratch;
  auto store = open(scratch);
  const auto buffer = noise(1000, 3);
  write_sound(scratch.outside() / "Loop 1.wav", audio::FileFormat::wav, audio::Depth::float32, rate, buffer);
  const auto audio = store.import_audio(scratch.outside() / "Loop 1.wav", rate, {});
  REQUIRE(audio);
  CHECK(*audio == audio::AudioRef{"Samples/Imported/Loop 1.wav", key_of(buffer), {1000}, {}});
  CHECK(read_file(*store.path_of(*audio)) == buffer);
  int calls = 0;
  CHECK(store.import_audio(scratch.outside() / "Loop 1.wav", rate, [&](double) { return ++calls < 0; }) == audio);
  CHECK(files_in(scratch.project() / "Samples/Imported") == 1);

  // Not by its name, but by what is in it.
  write_sound(scratch.outside() / "Loop 2.wav", audio::FileFormat::wav, audio::Depth::int24, rate, buffer);
  CHECK(store.import_audio(scratch.outside() / "Loop 2.wav", rate, {})->original == "Samples/Imported/Loop 2.wav");
}

TEST_CASE("Importing drops samples that are no numbers") {
  const Scratch scratch;
  auto store = open(scratch);
  auto buffer = noise(1000, 3);
  buffer.left[10] = std::numeric_limits<float>::quiet_NaN();
  buffer.right[20] = -std::numeric_limits<float>::infinity();
  write_sound(scratch.outside() / "stray.wav", audio::FileFormat::wav, audio::Depth::float32, rate, buffer);
  const auto audio = store.import_audio(scratch.outside() / "stray.wav", rate, {});
  REQUIRE(audio);
  buffer.left[10] = 0.0f;
  buffer.right[20] = 0.0f;
  CHECK(read_file(*store.path_of(*audio)) == buffer);
}

TEST_CASE("An import that fails or is stopped changes nothing") {
  const Scratch scratch;
  auto store = open(scratch);
  const fs::path path = scratch.outside() / "Loop.flac";
  write_sound(path, audio::FileFormat::flac, audio::Depth::int16, {44100}, noise(300'000, 3));
  const auto stopped = store.import_audio(path, rate, [](double done) { return done < 0.5; });
  REQUIRE(!stopped);
  CHECK(stopped.error().kind == ErrorKind::cancelled);

  fs::resize_file(path, fs::file_size(path) / 2);
  const auto cut = store.import_audio(path, rate, {});
  REQUIRE(!cut);
  CHECK(cut.error().kind == ErrorKind::malformed);
  put_bytes(path, "no sound");
  CHECK(!store.import_audio(path, rate, {}));
  CHECK(!store.import_audio(scratch.outside() / "none.wav", rate, {}));
  CHECK(!fs::exists(scratch.project() / "Samples"));
  CHECK(files_in(scratch.project() / ".firn/tmp") == 0);
}

}  // namespace firn::store
