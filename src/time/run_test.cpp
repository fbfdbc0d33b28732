#include "time/run.hpp"

#include <doctest/doctest.h>

namespace firn::time {

TEST_CASE("A run without a loop is the timeline") {
  const Run run(Frames{100});
  for (const std::int64_t at : {0, 100, 5'000'000}) {
    const Stretch stretch = run.from({at});
    CHECK(stretch.position == Frames{at});
    CHECK(stretch.frames == Frames::never());
    CHECK_FALSE(stretch.jumps);
  }
}

TEST_CASE("A run goes round its loop, and jumps only where it comes back") {
  const Run run(Frames{10}, FrameRange{{20}, {50}});
  std::int64_t position = 10;
  for (std::int64_t at = 10; at < 500; ++at) {
    const bool jumps = position == 50;
    if (jumps) position = 20;
    const Stretch stretch = run.from({at});
    REQUIRE(stretch.position == Frames{position});
    REQUIRE(stretch.frames == Frames{50 - position});
    REQUIRE(stretch.jumps == jumps);
    ++position;
  }
}

TEST_CASE("A loop behind the start is never come to, one that holds nothing is none") {
  CHECK_FALSE(Run(Frames{50}, FrameRange{{20}, {50}}).loop());
  CHECK_FALSE(Run(Frames{0}, FrameRange{{50}, {50}}).loop());
  CHECK(Run(Frames{49}, FrameRange{{20}, {50}}).loop());
}

TEST_CASE("A shifted run is elsewhere on the timeline, and comes to its loop's end by so much earlier") {
  const Run run(Frames{10}, FrameRange{{20}, {50}}, Frames{15});
  CHECK(run.first_wrap() == Frames{35});
  std::int64_t position = 25;
  for (std::int64_t at = 10; at < 200; ++at, ++position) {
    const bool jumps = position == 50;
    if (jumps) position = 20;
    REQUIRE(run.from({at}).position == Frames{position});
    REQUIRE(run.from({at}).jumps == jumps);
  }
  CHECK(Run(Frames{10}, std::nullopt, Frames{-3}).from({12}).position == Frames{9});
}

TEST_CASE("The stretches of a block are all of it, in order") {
  const Run run(Frames{0}, FrameRange{{0}, {7}});
  int done = 0;
  for_each_stretch(run, Frames{3}, 100, [&](const Stretch& stretch, int offset) {
    CHECK(offset == done);
    CHECK(stretch.run == Frames{3 + done});
    CHECK(stretch.position == Frames{(3 + done) % 7});
    done += static_cast<int>(stretch.frames.count);
  });
  CHECK(done == 100);
}

}  // namespace firn::time
