#include "cli/progress.hpp"

#include <doctest/doctest.h>

using namespace firn;
using namespace firn::cli;

TEST_CASE("progress is a fraction, a speed as times real time, and the time left") {
  const auto standing = standing_of({time::Frames{480'000}, time::Frames{1'920'000}}, {48'000}, 0.5);
  CHECK(standing.fraction == 0.25);
  CHECK(standing.speed == 20.0);
  CHECK(standing.seconds_left == 1.5);
  const auto unknown = standing_of({time::Frames{480'000}, time::Frames{0}}, {48'000}, 0.5);
  CHECK(unknown.fraction < 0.0);
  CHECK(unknown.seconds_left < 0.0);
  CHECK(standing_of({time::Frames{0}, time::Frames{100}}, {48'000}, 0.0).speed == 0.0);
}

TEST_CASE("a bar is never wider than the terminal") {
  const Standing half{.fraction = 0.5, .speed = 31.44, .seconds_left = 61.2};
  CHECK(line_text("Freezing", half) == "Freezing: 50 %, 31.4x real time, 1:02 left");
  CHECK(bar_text("Freezing", half, 120) ==
        "Freezing  [####################....................]   50 %  31.4x real time  1:02 left");
  for (int columns = 0; columns < 100; ++columns) {
    CHECK(bar_text("Freezing", half, columns).size() <= static_cast<std::size_t>(columns));
  }
}
