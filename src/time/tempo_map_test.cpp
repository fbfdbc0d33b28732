#include "time/tempo_map.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <numbers>

#include "time/logarithm.hpp"

using namespace firn;
using namespace firn::time;

namespace {

const std::vector<TimeSignature> common_time{{Beats{}, 4, 4}};

TempoMap map_of(std::vector<TempoPoint> points, std::vector<TimeSignature> signatures = common_time) {
  auto map = TempoMap::make(std::move(points), std::move(signatures));
  REQUIRE(map);
  return *map;
}

// A map of steps and ramps at odd places, from 1 to 10,000 bpm.
TempoMap any_map() {
  std::vector<TempoPoint> points;
  Beats at;
  const int count = *rc::gen::inRange(1, 12);
  for (int i = 0; i < count; ++i) {
    const double bpm = *rc::gen::inRange(100, 1'000'000) / 100.0;
    points.push_back(TempoPoint{at, bpm, *rc::gen::arbitrary<bool>()});
    at += Beats{*rc::gen::inRange<std::int64_t>(1, 8 * Beats::ticks_per_quarter)};
  }
  return *TempoMap::make(std::move(points), common_time);
}

Beats any_place() {
  return Beats{*rc::gen::inRange<std::int64_t>(-Beats::ticks_per_quarter, 100 * Beats::ticks_per_quarter)};
}

// The seconds of [0, at) by the midpoint rule on `steps` slices, from bpm_at alone.
double integrated(const TempoMap& map, Beats at, int steps) {
  double seconds = 0.0;
  const double slice = at.in_quarters() / steps;
  for (int i = 0; i < steps; ++i) {
    const double x = (i + 0.5) * slice;
    seconds += 60.0 * slice / map.bpm_at(Beats{std::llround(x * static_cast<double>(Beats::ticks_per_quarter))});
  }
  return seconds;
}

}  // namespace

TEST_CASE("frames and seconds: the nearest frame, halves up") {
  CHECK(frames_of(Seconds{0.5}, SampleRate{44100}).count == 22050);
  CHECK(frames_of(Seconds{1.5 / 48000}, SampleRate{48000}).count == 2);
  CHECK(frames_of(Seconds{-1.5 / 48000}, SampleRate{48000}).count == -1);
  CHECK(frames_of(Seconds{1e300}, SampleRate{48000}) == Frames::never());
  CHECK(seconds_of(Frames{24000}, SampleRate{48000}).count == 0.5);
}

TEST_CASE("the logarithm and exponential agree with the C library's") {
  for (double u = -0.9999; u < 9999.0; u += 0.0003 + std::abs(u) * 0.001) {
    CHECK(std::abs(log1p_ratio(u) * u / std::log1p(u) - 1.0) < 4e-16 * 4);
  }
  for (double y = -11.9; y < 11.9; y += 0.00071) {
    CHECK(std::abs(expm1_ratio(y) * y / std::expm1(y) - 1.0) < 1e-15);
  }
  CHECK(log1p_ratio(0.0) == 1.0);
  CHECK(expm1_ratio(0.0) == 1.0);
}

TEST_CASE("a plain map is 120 bpm in 4/4") {
  const TempoMap map;
  CHECK(map.seconds_at(Beats::quarters(2)).count == 1.0);
  CHECK(map.seconds_at(Beats::quarters(-2)).count == -1.0);
  CHECK(map.beats_at(Seconds{-1.0}) == Beats::quarters(-2));
  CHECK(map.frame_at(Beats::fraction(1, 3), SampleRate{48000}).count == 8000);
  CHECK(map.beats_at(Frames{8000}, SampleRate{48000}) == Beats::fraction(1, 3));
  CHECK(map.bpm_at(Beats::quarters(-9)) == 120.0);
  CHECK(map == *TempoMap::make({TempoPoint{}}, {TimeSignature{}}));
}

TEST_CASE("steps hold, and take effect at their own beat") {
  const auto map = map_of({{Beats{}, 60.0}, {Beats::quarters(4), 240.0}});
  CHECK(map.seconds_at(Beats::quarters(4)).count == 4.0);
  CHECK(map.seconds_at(Beats::quarters(8)).count == 5.0);
  CHECK(map.beats_at(Seconds{4.5}) == Beats::quarters(6));
  CHECK(map.bpm_at(Beats{Beats::quarters(4).ticks - 1}) == 60.0);
  CHECK(map.bpm_at(Beats::quarters(4)) == 240.0);
}

TEST_CASE("a ramp takes 60 (b - a) ln(q / p) / (q - p) seconds") {
  const auto map = map_of({{Beats{}, 60.0, true}, {Beats::quarters(8), 120.0}});
  CHECK(map.seconds_at(Beats::quarters(8)).count == doctest::Approx(8.0 * std::numbers::ln2).epsilon(1e-15));
  CHECK(map.bpm_at(Beats::quarters(4)) == 90.0);
  CHECK(map.seconds_at(Beats::quarters(4)).count == doctest::Approx(8.0 * std::log(1.5)).epsilon(1e-15));
  // After the last point the tempo holds, ramp or not.
  CHECK(map_of({{Beats{}, 60.0, true}}).seconds_at(Beats::quarters(3)).count == 3.0);
}

TEST_CASE("ramps against numeric integration") {
  const auto map = map_of({{Beats{}, 30.0, true},
                           {Beats::quarters(4), 300.0, true},
                           {Beats::quarters(12), 299.5, true},
                           {Beats::quarters(16), 1.0}});
  for (int quarters = 1; quarters <= 16; ++quarters) {
    const Beats at = Beats::quarters(quarters);
    // The midpoint rule errs by steps^-2; slow places at the end of the last ramp need the many slices.
    CHECK(map.seconds_at(at).count == doctest::Approx(integrated(map, at, 1 << 17)).epsilon(1e-6));
  }
}

TEST_CASE("any map: frame_at undoes beats_at") {
  CHECK(rc::check("frame_at(beats_at(f)) == f", [] {
    const auto map = any_map();
    for (const int hertz : {8000, 44100, 48000, 96000, 192000}) {
      const Frames frame{*rc::gen::inRange<std::int64_t>(-100'000, 20'000'000)};
      RC_ASSERT(map.frame_at(map.beats_at(frame, SampleRate{hertz}), SampleRate{hertz}) == frame);
    }
  }));
  CHECK(rc::check("beats_at(seconds_at(b)) == b", [] {
    const auto map = any_map();
    const Beats at = any_place();
    RC_ASSERT(map.beats_at(map.seconds_at(at)) == at);
  }));
}

TEST_CASE("any map: time only goes forward") {
  CHECK(rc::check("monotonic", [] {
    const auto map = any_map();
    const Beats at = any_place();
    for (const std::int64_t step : {1, 2, 1000, 100'000'000}) {
      RC_ASSERT(map.seconds_at(at) < map.seconds_at(at + Beats{step}));
      RC_ASSERT(map.frame_at(at, SampleRate{48000}) <= map.frame_at(at + Beats{step}, SampleRate{48000}));
    }
    for (const TempoPoint& point : map.tempos()) {
      RC_ASSERT(map.seconds_at(point.at - Beats{1}) < map.seconds_at(point.at));
      RC_ASSERT(map.seconds_at(point.at) < map.seconds_at(point.at + Beats{1}));
    }
  }));
}

TEST_CASE("77,245 tempo points are looked up, not walked") {
  std::vector<TempoPoint> points;
  for (int i = 0; i < 77'245; ++i) points.push_back(TempoPoint{Beats::fraction(i, 8), 60.0 + i % 120, i % 3 == 0});
  const auto map = map_of(std::move(points));
  Frames before{-1};
  for (int i = 0; i < 200'000; ++i) {
    const Frames frame = map.frame_at(Beats::fraction(i, 21), SampleRate{48000});
    CHECK_UNARY(frame > before);
    before = frame;
  }
  CHECK(map.frame_at(map.beats_at(Frames{123'456'789}, SampleRate{48000}), SampleRate{48000}).count == 123'456'789);
}

TEST_CASE("a map that makes no sense names the point") {
  const auto message = [](std::vector<TempoPoint> points, std::vector<TimeSignature> signatures) {
    const auto map = TempoMap::make(std::move(points), std::move(signatures));
    REQUIRE_FALSE(map);
    CHECK(map.error().kind == base::ErrorKind::usage);
    return map.error().message;
  };
  CHECK(message({}, common_time) == "A tempo map needs a tempo at beat 0, and has none.");
  CHECK(message({{Beats::quarters(1), 120.0}}, common_time) == "The first tempo is at beat 1; it must be at beat 0.");
  CHECK(message({{Beats{}, 120.0}, {Beats{}, 90.0}}, common_time) ==
        "The tempo at beat 0 does not come after the one before it, at beat 0.");
  CHECK(message({{Beats{}, 0.5}}, common_time) == "The tempo at beat 0 is 0.5 bpm; it must be from 1 to 10000 bpm.");
  CHECK(message({{Beats{}, std::nan("")}}, common_time).find("nan bpm") != std::string::npos);
  CHECK(message({TempoPoint{}}, {{Beats{}, 4, 3}}) ==
        "The time signature at beat 0 is 4/3; it must be 1 to 255 over 1, 2, 4, 8, 16, 32 or 64.");
  CHECK(message({TempoPoint{}}, {{Beats{}, 256, 4}}).find("256/4") != std::string::npos);
}

TEST_CASE("A map until a beat keeps the time before it, and goes on at the other's tempo") {
  rc::check([] {
    const TempoMap one = any_map();
    const TempoMap other = any_map();
    const Beats at{*rc::gen::inRange<std::int64_t>(0, 60 * Beats::ticks_per_quarter)};
    const TempoMap joined = one.until(at, other);
    const auto is_near = [](Seconds a, Seconds b) { return std::abs(a.count - b.count) < 1e-6; };
    for (int i = 0; i < 50; ++i) {
      const Beats place = any_place();
      if (place <= at) {
        RC_ASSERT(is_near(joined.seconds_at(place), at == Beats{} ? other.seconds_at(place) : one.seconds_at(place)));
      } else {
        const double since = other.seconds_at(place).count - other.seconds_at(at).count;
        RC_ASSERT(is_near(joined.seconds_at(place), {one.seconds_at(at).count + since}));
        RC_ASSERT(std::abs(joined.bpm_at(place) - other.bpm_at(place)) < 1e-6);
      }
    }
  });
}

TEST_CASE("A map that is later has every beat later, and finds it there") {
  const TempoMap map = map_of({{Beats{}, 120.0, true}, {Beats::quarters(8), 90.0}});
  const TempoMap later = map.later_by({0.25});
  CHECK(later != map);
  for (int quarter = -2; quarter < 20; ++quarter) {
    const Beats at = Beats::quarters(quarter);
    CHECK(later.seconds_at(at).count == doctest::Approx(map.seconds_at(at).count + 0.25));
    CHECK(later.beats_at(later.seconds_at(at)) == at);
  }
}

TEST_CASE("bars: a signature begins one, and cuts the one before short") {
  const auto map = map_of({TempoPoint{}}, {{Beats{}, 3, 4}, {Beats::quarters(6), 7, 8}, {Beats::quarters(11), 4, 4}});
  CHECK(map.start_of_bar(1) == Beats{});
  CHECK(map.start_of_bar(3) == Beats::quarters(6));
  CHECK(map.start_of_bar(4) == Beats::fraction(19, 2));  // one 7/8 bar, and one that ends after three eighths
  CHECK(map.start_of_bar(5) == Beats::quarters(11));
  CHECK(map.start_of_bar(0) == Beats::quarters(-3));
  CHECK(map.bar_at_or_before(Beats::quarters(10)) == Beats::fraction(19, 2));
  CHECK(map.bar_at_or_after(Beats::quarters(10)) == Beats::quarters(11));
  CHECK(map.bar_at_or_after(Beats::quarters(11)) == Beats::quarters(11));
  CHECK(map.bar_at_or_before(Beats::quarters(11)) == Beats::quarters(11));
  const auto position = map.position_of(Beats::quarters(8) + Beats{5});
  CHECK(position.bar == 3);
  CHECK(position.beat == 5);
  CHECK(position.sixteenth == 1);
  CHECK(position.rest == Beats{5});
  CHECK(map.position_of(Beats{-1}).bar == 0);
  CHECK(map.signature_at(Beats::quarters(7)).numerator == 7);
}
