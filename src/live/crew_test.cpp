#include "live/crew.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <mutex>
#include <random>

namespace {

using namespace firn;
using live::Part;

// Parts that wait for some of those before them.
std::vector<Part> random_parts(unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<Part> parts(5 + random() % 40);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].is_heavy = random() % 2 == 0;
    for (std::size_t k = 0; k < i; ++k) {
      if (random() % 4 == 0) parts[i].inputs.push_back(static_cast<int>(k));
    }
  }
  return parts;
}

}  // namespace

TEST_CASE("A crew does every part of every block once, after those it waits for") {
  live::Crew crew(3);
  for (unsigned seed = 1; seed <= 30; ++seed) {
    const auto parts = random_parts(seed);
    std::vector<int> blocks(parts.size());  // that each has done: what a part writes, those behind it see
    bool in_order = true;
    std::mutex mutex;
    live::CrewJob job(crew, parts, [&](int part) {
      const auto i = static_cast<std::size_t>(part);
      const int block = ++blocks[i];
      for (const int input : parts[i].inputs) {
        if (blocks[static_cast<std::size_t>(input)] == block) continue;
        const std::lock_guard lock(mutex);
        in_order = false;
      }
    });
    for (int block = 1; block <= 200; ++block) {
      REQUIRE(job.run(std::chrono::minutes(1)));
      for (const int done : blocks) REQUIRE(done == block);
    }
    CHECK(in_order);
  }
}

TEST_CASE("A crew that is held up keeps the audio thread no longer than its patience") {
  live::Crew crew(1);
  const auto audio_thread = std::this_thread::get_id();
  std::atomic<bool> held{true};
  std::atomic<bool> is_there{false};
  std::atomic<int> done{0};
  const std::vector<Part> parts{{{}, {}, true}, {{}, {}, true}, {{}, {0, 1}, false}};
  live::CrewJob job(crew, parts, [&](int part) {
    if (part < 2 && std::this_thread::get_id() == audio_thread) {
      while (!is_there) std::this_thread::yield();  // the other part is the crew's
    } else if (part < 2) {
      is_there = true;
      while (held) std::this_thread::yield();
    }
    ++done;
  });
  CHECK_FALSE(job.run(std::chrono::milliseconds(1)));
  CHECK(done == 1);
  CHECK_FALSE(job.go_on(std::chrono::milliseconds(1)));
  held = false;
  CHECK(job.go_on(std::chrono::minutes(1)));
  CHECK(done == 3);
}
