#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.hpp"
#include "store/testing.hpp"

namespace firn::store {

using namespace testing;

namespace {

// What a busy process does, until it is killed.
[[noreturn]] void work_for_ever(const fs::path& project, const fs::path& source, unsigned seed) {
  auto store = Store::open(project);
  if (!store) ::_exit(1);
  for (unsigned i = 0;; ++i) {
    const auto buffer = noise(3000, (seed + i) % 40);
    auto writer = store->begin(Folder::freeze, "Track " + std::to_string(i % 3), rate);
    if (!writer || !writer->write(buffer.view())) ::_exit(2);
    const auto made = store->finish(std::move(*writer));
    if (!made || !store->remember(recipe(static_cast<int>((seed + i) % 40)), {made->audio})) ::_exit(3);
    if (i % 3 == 0 && !store->import_audio(source, rate, {})) ::_exit(4);
    if (i % 7 == 0 && !store->clean({made->audio.path})) ::_exit(5);
  }
}

}  // namespace

TEST_CASE("SPEC B12: kill -9 at 200 random moments: every file is whole, every print found is the right one") {
  const Scratch scratch;
  const fs::path source = scratch.outside() / "Loop.wav";
  write_sound(source, audio::FileFormat::wav, audio::Depth::int16, {44100}, noise(5000, 99));
  std::mt19937 random(1);
  int found = 0;
  for (unsigned round = 0; round < 200; ++round) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) work_for_ever(scratch.project(), source, random());
    ::usleep(std::uniform_int_distribution<useconds_t>(100, 30'000)(random));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));

    auto store = open(scratch);
    REQUIRE(files_in(scratch.project() / ".firn/tmp") == 0);
    for (int i = 0; i < 40; ++i) {
      const auto audio = store.find(recipe(i));
      if (!audio) continue;
      ++found;
      REQUIRE(read_file(*store.path_of(audio->audio)) == noise(3000, static_cast<unsigned>(i)));
    }
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(scratch.project() / "Samples", error)) {
      if (!entry.is_regular_file() || entry.path().filename() == "Loop.wav") continue;
      audio::AudioHasher hasher(rate);
      hasher.add(read_file(entry.path()).view());
      const std::string digits = base::hex(hasher.key().digest).substr(0, 8);
      REQUIRE(entry.path().stem().string().find(digits) != std::string::npos);
    }
  }
  CHECK(found > 100);
}

}  // namespace firn::store
