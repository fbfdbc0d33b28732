#include "store/store.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/testing.hpp"

namespace firn::store {

using namespace testing;

TEST_CASE("SPEC B3: a print is a WAV of 32-bit floats under Samples/Processed, named for its track and its sound") {
  const Scratch scratch;
  auto store = open(scratch);
  const auto buffer = noise(5000, 1);
  const auto audio = print(store, Folder::freeze, "Bass", buffer);
  const std::string digits = base::hex(key_of(buffer).digest).substr(0, 8);
  CHECK(audio.path == "Samples/Processed/Freeze/Bass-" + digits + ".wav");
  CHECK(audio.key == key_of(buffer));
  CHECK(audio.frames == time::Frames{5000});
  CHECK(audio.original.empty());
  CHECK(read_file(*store.path_of(audio)) == buffer);
  CHECK(print(store, Folder::bounce, "Bass", buffer).path == "Samples/Processed/Bounce/Bass-" + digits + ".wav");
  CHECK(print(store, Folder::recorded, "1/2", buffer).path == "Samples/Recorded/1_2-" + digits + ".wav");
  CHECK(files_in(scratch.project() / ".firn/tmp") == 0);
}

TEST_CASE("SPEC B3: equal prints are one file; others never replace it, even where their names collide") {
  const Scratch scratch;
  auto store = open(scratch);
  const auto first = print(store, Folder::freeze, "Bass", noise(5000, 1));
  CHECK(print(store, Folder::freeze, "Bass", noise(5000, 1)) == first);
  CHECK(print(store, Folder::freeze, "Renamed", noise(5000, 1)) == first);
  CHECK(files_in(scratch.project() / "Samples/Processed/Freeze") == 1);

  const auto path = *store.path_of(first);
  std::string edited = bytes_of(path);
  edited.back() ^= 1;
  put_bytes(path, edited);
  const auto again = print(store, Folder::freeze, "Bass", noise(5000, 1));
  CHECK(again.path != first.path);
  CHECK(again.path.size() == first.path.size() + 8);
  CHECK(again.key == first.key);
  CHECK(bytes_of(path) == edited);
  CHECK(print(store, Folder::freeze, "Bass", noise(5000, 1)) == again);
}

TEST_CASE("SPEC B9: a print that keeps parts of an earlier one is the file that it would be if all were written anew") {
  const Scratch scratch;
  auto store = open(scratch);
  constexpr int block = static_cast<int>(audio::AudioHasher::block_frames);
  const auto sound = noise(3 * block + 1234, 1);
  auto first = store.begin(Folder::freeze, "Bass", rate);
  REQUIRE(first);
  REQUIRE(first->write(sound.view()));
  const auto made = store.finish(std::move(*first));
  REQUIRE(made);
  REQUIRE(made->blocks.size() == 4);
  const fs::path path = *store.path_of(made->audio);
  const std::string bytes = bytes_of(path);

  // Parts that end at these frames, written and kept by turns.
  const auto print_with = [&](std::vector<int> ends, bool keeps, const std::vector<audio::AudioBlock>& blocks) {
    auto writer = store.begin(Folder::bounce, "Bass", rate);
    REQUIRE(writer);
    ends.push_back(sound.frames());
    int at = 0;
    for (const int end : ends) {
      if (keeps) {
        REQUIRE(writer->keep(path, blocks, {{at}, {end}}));
      } else {
        REQUIRE(writer->write(sound.view().part(at, end - at)));
      }
      at = end;
      keeps = !keeps;
    }
    const auto again = store.finish(std::move(*writer));
    REQUIRE(again);
    CHECK(again->audio.key == made->audio.key);
    CHECK(again->audio.frames == made->audio.frames);
    CHECK(again->blocks == made->blocks);
    CHECK(bytes_of(*store.path_of(again->audio)) == bytes);
    fs::remove(*store.path_of(again->audio));
  };
  const std::vector<std::vector<int>> cuts = {{},
                                              {1},
                                              {block - 1},
                                              {block},
                                              {block, 2 * block},
                                              {block + 7},
                                              {2 * block + 7},
                                              {5, block + 5, 3 * block},
                                              {3 * block + 1},
                                              {7, 8, 3 * block + 1200}};
  for (const auto& ends : cuts) {
    for (const bool keeps : {false, true}) {
      print_with(ends, keeps, made->blocks);
      print_with(ends, keeps, {});
    }
  }

  // Another form of the file is read.
  fs::remove(path);
  write_sound(path, audio::FileFormat::aiff, audio::Depth::float32, rate, sound);
  print_with({}, true, made->blocks);
}

TEST_CASE("SPEC B8: a print is found by its recipe, in this process and the next, while its file is whole") {
  const Scratch scratch;
  audio::AudioRef audio;
  {
    auto store = open(scratch);
    CHECK(!store.find(recipe(1)));
    audio = print(store, Folder::freeze, "Bass", noise(3000, 1));
    REQUIRE(store.remember(recipe(1), {audio}));
    REQUIRE(store.remember(recipe(2), {print(store, Folder::freeze, "Pad", noise(10, 2))}));
    REQUIRE(store.remember(recipe(2), {audio}));  // the later counts
    CHECK(store.find(recipe(1)) == KnownPrint{audio});
  }
  auto store = open(scratch);
  CHECK(store.find(recipe(1)) == KnownPrint{audio});
  CHECK(store.find(recipe(2)) == KnownPrint{audio});
  CHECK(!store.find(recipe(3)));
  const KnownPrint ringing{audio, audio::Ringing{{7}, {9}}};
  REQUIRE(store.remember(recipe(3), ringing));
  CHECK(open(scratch).find(recipe(3)) == ringing);
  const auto path = *store.path_of(audio);
  fs::resize_file(path, fs::file_size(path) - 1);
  CHECK(!store.find(recipe(1)));
  fs::remove(path);
  CHECK(!store.find(recipe(1)));
  const auto missing = store.path_of(audio);
  REQUIRE(!missing);
  CHECK(missing.error().kind == ErrorKind::not_found);
  CHECK(missing.error().message.find(path.string()) != std::string::npos);
}

TEST_CASE("A broken index costs what it had in its broken lines, and grows on") {
  const Scratch scratch;
  const fs::path index = scratch.project() / ".firn/prints.jsonl";
  auto audio = [&] {
    auto store = open(scratch);
    auto made = print(store, Folder::freeze, "Bass", noise(3000, 1));
    REQUIRE(store.remember(recipe(1), {made}));
    return made;
  }();
  const std::string good = bytes_of(index);
  for (const std::string& bad :
       {std::string("{\"recipe\": \"12"), std::string("[[[[[["), std::string("\xff\xfe\0\0", 4),
        std::string("{\"recipe\":5,\"path\":{},\"key\":null,\"frames\":\"x\"}\nnull\n7\n\"")}) {
    put_bytes(index, good + bad);
    auto store = open(scratch);
    CHECK(store.find(recipe(1)) == KnownPrint{audio});
    REQUIRE(store.remember(recipe(2), {audio}));
    CHECK(open(scratch).find(recipe(2)) == KnownPrint{audio});
  }
  put_bytes(index, "\x01\x02 nothing of ours");
  auto store = open(scratch);
  CHECK(!store.find(recipe(1)));
  REQUIRE(store.remember(recipe(1), {audio}));
  CHECK(open(scratch).find(recipe(1)) == KnownPrint{audio});
}

TEST_CASE("An unfinished print leaves nothing, and what a dead process left goes at the next open") {
  const Scratch scratch;
  auto store = open(scratch);
  {
    auto writer = store.begin(Folder::freeze, "Bass", rate);
    REQUIRE(writer);
    REQUIRE(writer->write(noise(100'000, 1).view()));
    CHECK(files_in(scratch.project() / ".firn/tmp") == 1);
    auto other = open(scratch);  // does not clear what a living process writes
    CHECK(files_in(scratch.project() / ".firn/tmp") == 1);
  }
  CHECK(files_in(scratch.project() / ".firn/tmp") == 0);
  CHECK(!fs::exists(scratch.project() / "Samples"));

  if (const pid_t child = ::fork(); child == 0) {
    auto own = Store::open(scratch.project());
    auto writer = own->begin(Folder::freeze, "Bass", rate);
    (void)writer->write(noise(100'000, 1).view());
    ::_exit(0);
  } else {
    ::waitpid(child, nullptr, 0);
  }
  CHECK(files_in(scratch.project() / ".firn/tmp") == 1);
  { const Store moved = std::move(store); }
  const auto next = open(scratch);
  CHECK(files_in(scratch.project() / ".firn/tmp") == 0);
}

TEST_CASE("Any name does") {
  const Scratch scratch;
  auto store = open(scratch);
  for (const std::string& name :
       {std::string("../../../x"), std::string(300, 'x'), std::string(), std::string("\0\n", 2),
        std::string("Größe 弦"), std::string(".."), std::string("\xff\xff")}) {
    const auto audio = print(store, Folder::freeze, name, noise(10, static_cast<unsigned>(name.size())));
    const auto path = store.path_of(audio);
    REQUIRE(path);
    CHECK(path->parent_path() == scratch.project() / "Samples/Processed/Freeze");
  }
}

TEST_CASE("SPEC A8: no path leads out of the project") {
  const Scratch scratch;
  auto store = open(scratch);
  put_bytes(scratch.outside() / "secret.wav", "secret");
  for (const std::string& path : {(scratch.outside() / "secret.wav").string(), std::string("../outside/secret.wav"),
                                  std::string("Samples/../../outside/secret.wav"), std::string()}) {
    audio::AudioRef audio;
    audio.path = path;
    REQUIRE(!store.path_of(audio));
    CHECK(store.path_of(audio).error().kind == ErrorKind::malformed);
    REQUIRE(!store.path_of(base::FileRef{path, false, {}}));
    CHECK(store.path_of(base::FileRef{path, false, {}}).error().kind == ErrorKind::malformed);
    REQUIRE(store.remember(recipe(9), {audio}));
    CHECK(!store.find(recipe(9)));
  }
}

TEST_CASE("Cleaning removes the audio that nothing keeps, and nothing else") {
  const Scratch scratch;
  auto store = open(scratch);
  const auto kept = print(store, Folder::freeze, "Kept", noise(1000, 1));
  const auto gone = print(store, Folder::bounce, "Gone", noise(2000, 2));
  REQUIRE(store.remember(recipe(1), {kept}));
  REQUIRE(store.remember(recipe(2), {gone}));
  put_bytes(scratch.outside() / "Font.SF2", "font");
  REQUIRE(store.adopt(scratch.outside() / "Font.SF2"));
  put_bytes(scratch.project() / "Samples/notes.txt", "a person's own");
  put_bytes(scratch.project() / "mix.wav", "not under Samples");
  put_bytes(scratch.outside() / "far.wav", "far");
  fs::create_symlink(scratch.outside(), scratch.project() / "Samples/link");

  const auto bytes = static_cast<std::int64_t>(fs::file_size(scratch.project() / gone.path)) + 4;
  const auto cleaned = store.clean({kept.path});
  REQUIRE(cleaned);
  CHECK(cleaned->files == std::vector<std::string>{"Samples/Imported/Font.SF2", gone.path});
  CHECK(cleaned->bytes == bytes);
  CHECK(store.path_of(kept));
  CHECK(!store.path_of(gone));
  CHECK(fs::exists(scratch.project() / "Samples/notes.txt"));
  CHECK(fs::exists(scratch.project() / "mix.wav"));
  CHECK(fs::exists(scratch.outside() / "far.wav"));
  CHECK(bytes_of(scratch.project() / ".firn/prints.jsonl").find(gone.path) == std::string::npos);
  CHECK(open(scratch).find(recipe(1)) == KnownPrint{kept});
  CHECK(store.clean({kept.path})->files.empty());
}

TEST_CASE("Cleaning leaves what a person has renamed") {
  const Scratch scratch;
  auto store = open(scratch);
  put_bytes(scratch.outside() / "Kick.wav", "kick");
  put_bytes(scratch.outside() / "Font.sf2", "font");
  const auto kick = *store.adopt(scratch.outside() / "Kick.wav");
  REQUIRE(store.adopt(scratch.outside() / "Font.sf2"));
  fs::rename(scratch.project() / kick.path, scratch.project() / "Samples/Imported/Kick, loud.wav");
  CHECK(store.clean({kick.path})->files == std::vector<std::string>{"Samples/Imported/Font.sf2"});
  CHECK(*store.path_of(kick) == scratch.project() / "Samples/Imported/Kick, loud.wav");
}

TEST_CASE("What another person's project links to is neither removed nor written") {
  const Scratch scratch;
  const fs::path firn = scratch.project() / ".firn";
  const fs::path precious = scratch.outside() / "precious.wav";
  put_bytes(precious, "years of work");
  const auto opens = [&] { return Store::open(scratch.project()).has_value(); };

  fs::create_directory(firn);
  fs::create_directory_symlink(scratch.outside(), firn / "tmp");
  CHECK(Store::open(scratch.project()).error().message.find("is a link") != std::string::npos);
  fs::remove_all(firn);
  fs::create_directory(scratch.outside() / "tmp");
  fs::rename(precious, scratch.outside() / "tmp/precious.wav");
  fs::create_directory_symlink(scratch.outside(), firn);
  CHECK(!opens());
  CHECK(bytes_of(scratch.outside() / "tmp/precious.wav") == "years of work");
  fs::rename(scratch.outside() / "tmp/precious.wav", precious);

  fs::remove(firn);
  auto store = open(scratch);
  fs::create_symlink(precious, firn / "prints.jsonl");
  CHECK(!store.remember(recipe(1), {{"Samples/a.wav", {}, {}, {}}}));
  fs::create_directory_symlink(scratch.outside(), scratch.project() / "Samples");
  CHECK(store.clean({}).error().kind == ErrorKind::refused);
  CHECK(bytes_of(precious) == "years of work");
}

TEST_CASE("A print whose file is removed while it grows says so") {
  const Scratch scratch;
  auto store = open(scratch);
  auto writer = store.begin(Folder::freeze, "Bass", rate);
  REQUIRE(writer);
  REQUIRE(writer->write(noise(1000, 1).view()));
  fs::remove_all(scratch.project() / ".firn");
  const auto finished = store.finish(std::move(*writer));
  REQUIRE(!finished);
  CHECK(finished.error().kind == ErrorKind::io);
  CHECK(finished.error().message.find("was removed from") != std::string::npos);
  CHECK(print(store, Folder::freeze, "Bass", noise(1000, 1)).frames == time::Frames{1000});
}

TEST_CASE("A project that is not there, or is a file, can't be opened") {
  const Scratch scratch;
  CHECK(Store::open(scratch.project() / "none").error().kind == ErrorKind::not_found);
  put_bytes(scratch.outside() / "file", "x");
  CHECK(Store::open(scratch.outside() / "file").error().message.find("not a folder") != std::string::npos);
}

TEST_CASE("SPEC B11: a full disk stops a print with its reason, and leaves nothing") {
  const Scratch scratch;
  auto store = open(scratch);
  CHECK(store.free_bytes() > 0);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small{100'000, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  auto writer = store.begin(Folder::freeze, "Bass", rate);
  REQUIRE(writer);
  const auto buffer = noise(50'000, 1);
  const auto first = writer->write(buffer.view());
  const auto second = writer->write(buffer.view());
  const auto finished = store.finish(std::move(*writer));
  write_sound(scratch.outside() / "small.flac", audio::FileFormat::flac, audio::Depth::int16, {8000}, noise(9'000, 1));
  const auto imported = store.import_audio(scratch.outside() / "small.flac", rate, {});
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, old_handler);
  REQUIRE(!first);
  CHECK(first.error().kind == ErrorKind::io);
  CHECK(!second);
  REQUIRE(!finished);
  CHECK(finished.error() == first.error());
  REQUIRE(!imported);
  CHECK(imported.error().kind == ErrorKind::io);
  CHECK(files_in(scratch.project() / ".firn/tmp") == 0);
  CHECK(!fs::exists(scratch.project() / "Samples/Processed"));
}

}  // namespace firn::store
