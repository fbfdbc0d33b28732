#include "plugins/gestures.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using firn::plugins::Gesture;
using firn::plugins::Gestures;

namespace {

using List = std::vector<Gesture>;
constexpr Gestures::Clock::time_point start{};

}  // namespace

TEST_CASE("A gesture that says when it begins and ends is one step, at the value that it was left at") {
  Gestures gestures;
  gestures.begin(3);
  gestures.change(3, 0.1, start);
  CHECK(gestures.take(start + 10s).empty());  // held still
  gestures.change(3, 0.4, start + 10s);
  gestures.end(3);
  CHECK(gestures.take(start + 10s) == List{{3, 0.4}});
  CHECK(gestures.take(start + 20s).empty());
}

TEST_CASE("Changes without a begin and an end are one step once they rest") {
  Gestures gestures;
  gestures.change(1, 1.0, start);
  gestures.change(2, 7.0, start + 400ms);
  gestures.change(1, 2.0, start + 400ms);
  CHECK(gestures.take(start + 600ms).empty());
  gestures.change(2, 8.0, start + 700ms);
  CHECK(gestures.take(start + 900ms) == List{{1, 2.0}});
  CHECK(gestures.take(start + 1200ms) == List{{2, 8.0}});
}

TEST_CASE("What is only touched is no step, and the last look takes what is under way") {
  Gestures gestures;
  gestures.begin(1);
  gestures.end(1);
  gestures.end(5);
  gestures.begin(2);
  gestures.change(2, 0.5, start);
  gestures.begin(3);
  CHECK(gestures.take(start, true) == List{{2, 0.5}});
  CHECK(gestures.take(start + 10s, true).empty());
}
