#include "render/wavefront.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace firn::render {

TEST_CASE("each task runs after its inputs and after the chunk before, once, in bounded memory") {
  // Two sources, a sum of them, and a sink.
  const std::vector<Node> nodes{{}, {}, {{0, 1}}, {{2}}};
  constexpr int window = 5;
  constexpr std::int64_t last = 200;
  for (const int threads : {1, 2, 4}) {
    std::vector<std::atomic<std::int64_t>> done(nodes.size());
    for (auto& count : done) count = -1;
    std::atomic<std::int64_t> asked{-1};
    std::atomic<int> faults{0};
    run_wavefront(
        nodes, window, threads,
        [&](int node, std::int64_t chunk, int slot) {
          const auto n = static_cast<std::size_t>(node);
          if (slot != chunk % window || done[n] != chunk - 1 || chunk - asked > window) ++faults;
          for (const int input : nodes[n].inputs) {
            if (done[static_cast<std::size_t>(input)] < chunk) ++faults;
          }
          done[n] = chunk;
        },
        [&](std::int64_t chunk) {
          asked = chunk;
          return chunk < last;
        });
    CHECK(faults == 0);
    for (const auto& count : done) CHECK(count >= last);
  }
}

TEST_CASE("whether to go on is asked chunk after chunk, by one thread at a time, until the answer is no") {
  const std::vector<Node> nodes{{}, {{0}}};
  for (int round = 0; round < 20; ++round) {
    std::int64_t next = 0;
    std::atomic<int> inside{0};
    std::atomic<int> faults{0};
    run_wavefront(
        nodes, 6, 4,
        [](int node, std::int64_t, int) {
          if (node == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
        },
        [&](std::int64_t chunk) {
          if (++inside != 1 || chunk != next) ++faults;
          std::this_thread::sleep_for(std::chrono::microseconds(200));  // long enough for the next chunk to end
          ++next;
          --inside;
          return chunk < 20;
        });
    CHECK(faults == 0);
    CHECK(next == 21);
  }
}

}  // namespace firn::render
