// SPEC E: offline resampling, by what comes out.
#include <doctest/doctest.h>

#include "convert/bounce.hpp"
#include "support/band.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using tests::Band;

}  // namespace

TEST_CASE("SPEC E7: what is recorded is 32-bit float, above full scale too, under Samples/Recorded") {
  Band band;
  band.apply({edit::SetVolume{band.lead, 6.0}, edit::SetVolume{band.bass, 6.0}, edit::SetVolume{band.loop, 6.0},
              edit::SetVolume{band.main(), 6.0}});
  auto studio = band.studio();
  const auto outcome = convert::resample(band.project, {{document::Resampling{}}, {}, {}, "Take"}, studio);
  REQUIRE(outcome);
  const auto& print = outcome->tracks[0].print;
  CHECK(print.peak > 1.0f);
  CHECK(print.audio.path.starts_with("Samples/Recorded/Take-"));
  auto reader = audio::SoundReader::open(band.directory() / print.audio.path);
  REQUIRE(reader);
  CHECK(reader->info().format == "WAV, 32-bit float");
}

TEST_CASE("SPEC E3, E6: offline resampling records what Main plays, several inputs in one pass") {
  Band band;
  const auto reference = band.listen_to_main();
  const auto lead = band.listen({{band.lead, TapPoint::pre_fx}, {}});
  auto studio = band.studio();
  auto outcome = convert::resample(
      band.project, {{document::Resampling{}, document::Tap{band.lead, TapPoint::pre_fx}}, {}, {}, ""}, studio);
  REQUIRE(outcome);
  REQUIRE(outcome->tracks.size() == 2);
  const audio::StereoBuffer* expected[] = {&reference, &lead};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& audio = outcome->tracks[i].print.audio;
    CHECK(audio.path.starts_with("Samples/Recorded/"));
    CHECK(tests::difference(*expected[i], tests::samples_of(band.directory() / audio.path)) == "");
  }
  band.apply(outcome->commands);
}

TEST_CASE("SPEC E4, E5: sample k of a take is Main's at start + k; a soloed track is recorded alone") {
  Band band;
  const auto whole = band.listen_to_main();
  auto studio = band.studio();
  auto outcome =
      convert::resample(band.project, {{document::Resampling{}}, {}, time::FrameRange{{12'345}, {22'345}}, ""}, studio);
  REQUIRE(outcome);
  const auto take = tests::samples_of(band.directory() / outcome->tracks[0].print.audio.path);
  CHECK(tests::difference(tests::part_of(whole, 12'345, 10'000), take) == "");

  Band alone;
  alone.apply({edit::SetActivator{alone.bass, false}, edit::SetActivator{alone.loop, false}});
  const auto expected = alone.listen_to_main();
  auto soloed = convert::resample(band.project, {{document::Resampling{}}, {band.lead}, {}, ""}, studio);
  REQUIRE(soloed);
  const auto solo = tests::samples_of(band.directory() / soloed->tracks[0].print.audio.path);
  CHECK(tests::difference(expected, solo) == "");
  CHECK_FALSE(band.track(band.lead).mixer.solo);
}
