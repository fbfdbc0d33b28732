// SPEC F: what is exported is what Main plays, in every format that can hold it.
#include "convert/export.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "convert/freeze.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using document::TrackKind;
using tests::Scene;
using time::Frames;

struct ExportedMix : Scene {
  ExportedMix() {
    drums = add_audio("Drums", tests::noise(50'000, 1));
    pad = add_audio("Pad", tests::noise(70'000, 2));
    hall = add_track(TrackKind::return_, "Hall");
    add_device(hall, "reverb");
    group = add_track(TrackKind::group, "Group");
    apply({edit::MoveTrack{pad, {group, {}}}, edit::SetSendLevel{drums, hall, -6.0}, edit::SetVolume{drums, -9.0},
           edit::SetVolume{group, -7.0}, edit::SetPan{pad, 0.4}});
  }

  convert::Exported export_to(const std::string& name, const convert::ExportFormat& format,
                              std::optional<time::FrameRange> range = {}, std::vector<document::TrackId> tracks = {}) {
    auto room = studio();
    auto report = convert::export_mix(project, {directory() / name, std::move(tracks), range, format}, room);
    if (!report) FAIL(report.error().message);
    return report->files.front();
  }

  document::TrackId drums, pad, hall, group;
};

}  // namespace

TEST_CASE("SPEC F2: a float export is Main, bit for bit; integers are round(x * 2^(n-1)), ties to even") {
  ExportedMix mix;
  const auto main = mix.listen_to_main();
  mix.export_to("float.wav", {});
  CHECK(tests::difference(main, tests::samples_of(mix.directory() / "float.wav")) == "");
  for (const auto depth : {audio::Depth::int16, audio::Depth::int24}) {
    convert::ExportFormat format;
    format.depth = depth;
    mix.export_to("int.wav", format);
    const auto exported = tests::samples_of(mix.directory() / "int.wav");
    REQUIRE(exported.frames() == main.frames());
    const double scale = depth == audio::Depth::int16 ? 32768.0 : 8388608.0;
    for (std::size_t i = 0; i < exported.left.size(); ++i) {
      REQUIRE(exported.left[i] * scale == std::clamp(std::nearbyint(main.left[i] * scale), -scale, scale - 1));
    }
  }
}

TEST_CASE("SPEC F1: every format is written and holds the sound") {
  ExportedMix mix;
  const auto main = mix.listen_to_main();
  for (const auto& [file, format] : {std::pair{"x.flac", audio::FileFormat::flac},
                                     {"x.aiff", audio::FileFormat::aiff},
                                     {"x.ogg", audio::FileFormat::ogg},
                                     {"x.opus", audio::FileFormat::opus},
                                     {"x.mp3", audio::FileFormat::mp3}}) {
    const std::string name = file;
    CAPTURE(name);
    convert::ExportFormat how;
    how.format = format;
    how.depth = format == audio::FileFormat::flac || format == audio::FileFormat::aiff ? audio::Depth::int24
                                                                                       : audio::Depth::float32;
    mix.export_to(name, how);
    const auto exported = tests::samples_of(mix.directory() / name);
    CHECK(std::abs(exported.frames() - main.frames()) < 4000);  // MP3 pads to its frames
  }
}

TEST_CASE("SPEC F1: rate, mono, and normalising to a peak and to a loudness") {
  ExportedMix mix;
  convert::ExportFormat format;
  format.rate = time::SampleRate{44100};
  format.channels = convert::Channels::mono;
  format.normalise = {convert::Normalise::To::peak, -3.0};
  const auto exported = mix.export_to("mono.wav", format);
  const auto samples = tests::samples_of(mix.directory() / "mono.wav");
  CHECK(exported.rate.hertz == 44100);
  CHECK(std::abs(samples.frames() - mix.listen_to_main().frames() * 441.0 / 480.0) <= 1.0);
  float peak = 0.0f;
  for (const float x : samples.left) peak = std::max(peak, std::abs(x));
  CHECK(20.0 * std::log10(peak) == doctest::Approx(-3.0).epsilon(1e-4));

  convert::ExportFormat loud;
  loud.normalise = {convert::Normalise::To::loudness, -20.0};
  loud.measure = convert::Measure::loudness;
  CHECK(mix.export_to("loud.wav", loud).loudness->integrated == doctest::Approx(-20.0).epsilon(1e-3));
}

TEST_CASE("SPEC F1: dither is seeded: the same again, and another with another seed") {
  ExportedMix mix;
  convert::ExportFormat format;
  format.depth = audio::Depth::int16;
  format.dither = audio::Dither::triangular;
  mix.export_to("a.wav", format);
  mix.export_to("b.wav", format);
  format.dither_seed = 2;
  mix.export_to("c.wav", format);
  CHECK(tests::difference(tests::samples_of(mix.directory() / "a.wav"), tests::samples_of(mix.directory() / "b.wav")) ==
        "");
  CHECK(tests::difference(tests::samples_of(mix.directory() / "a.wav"), tests::samples_of(mix.directory() / "c.wav")) !=
        "");
}

TEST_CASE("SPEC F1: render as loop: as long as the range, with the tail on the start, and nothing from after it") {
  ExportedMix mix;
  const time::FrameRange range{{0}, {24'000}};
  convert::ExportFormat format;
  format.ending = convert::Ending::as_loop;
  const auto exported = mix.export_to("loop.wav", format, range);
  CHECK(exported.frames == Frames{24'000});
  const auto loop = tests::samples_of(mix.directory() / "loop.wav");
  // The same by hand: the transport stops at the range's end, and what rings on is folded.
  auto plan = plan::compile(mix.project, {{{mix.main(), TapPoint::post_mixer}, {}}},
                            {.start = {}, .stop = range.end, .prints = plan::Prints::play}, mix.facts());
  REQUIRE(plan);
  auto engine = engine::Engine::make(*plan, convert::sources_of(mix.project, mix.store()), 1);
  REQUIRE(engine);
  audio::StereoBuffer whole;
  REQUIRE(render::render(**engine,
                         {{{},
                           [&](audio::ConstStereoView view) {
                             whole.append(view);
                             return base::Result<void>{};
                           }}},
                         {}));
  REQUIRE(whole.frames() > 48'000);
  for (std::size_t i = 0; i < 24'000; ++i) {
    double folded = 0.0;
    for (std::size_t k = i; k < whole.left.size(); k += 24'000) folded += whole.left[k];
    REQUIRE(loop.left[i] == doctest::Approx(folded).epsilon(1e-4));
  }
}

TEST_CASE("SPEC B1, F1: a loop of frozen tracks is the loop of live ones, their tails wrapped too") {
  ExportedMix mix;
  const auto lead = mix.add_midi("Lead", "synth", tests::some_notes(5));
  mix.add_device(lead, "delay");
  convert::ExportFormat format;
  format.ending = convert::Ending::as_loop;
  std::optional<time::FrameRange> range;
  SUBCASE("the whole song") {}
  SUBCASE("a part of it") { range = time::FrameRange{{0}, {30'000}}; }
  mix.export_to("live.wav", format, range);
  auto studio = mix.studio();
  auto frozen = convert::freeze(mix.project, {{lead, mix.drums}}, studio);
  REQUIRE(frozen);
  mix.apply(frozen->commands);
  mix.export_to("frozen.wav", format, range);
  CHECK(tests::difference(tests::samples_of(mix.directory() / "live.wav"),
                          tests::samples_of(mix.directory() / "frozen.wav")) == "");
}

TEST_CASE("SPEC C1: a muted track that only a side-chain hears is not said to be cut short") {
  ExportedMix mix;
  mix.apply(edit::SetTailLimit{3.0});
  const auto trigger = mix.add_midi("Trigger", "synth", {{time::Beats{}, time::Beats::quarters(1), 60, 100, 64}});
  mix.apply(edit::SetActivator{trigger, false});
  const auto compressor = mix.add_device(mix.drums, "compressor");
  mix.apply(edit::SetSideChain{mix.drums, compressor, document::Tap{trigger, TapPoint::post_fx}});
  mix.add_audio("Long", tests::noise(5 * 48'000, 4));
  auto studio = mix.studio();
  const auto report = convert::export_mix(mix.project, {mix.directory() / "x.wav", {}, {}, {}}, studio);
  REQUIRE(report);
  CHECK(report->notes.empty());
}

TEST_CASE("SPEC F4: an export's loudness, true peak and range are those of the file") {
  ExportedMix mix;
  convert::ExportFormat format;
  format.measure = convert::Measure::loudness;
  format.normalise = {convert::Normalise::To::peak, -6.0};
  const auto exported = mix.export_to("x.wav", format);
  const auto samples = tests::samples_of(mix.directory() / "x.wav");
  audio::LoudnessMeter meter(exported.rate, 2);
  meter.add(samples.view());
  const auto measured = meter.loudness();
  REQUIRE(exported.loudness);
  CHECK(exported.loudness->integrated == doctest::Approx(measured.integrated).epsilon(1e-4));
  CHECK(exported.loudness->true_peak == doctest::Approx(measured.true_peak).epsilon(1e-3));
  CHECK(exported.loudness->range == doctest::Approx(measured.range).epsilon(1e-3));
  CHECK(exported.peak_dbfs == doctest::Approx(-6.0).epsilon(1e-5));
}

TEST_CASE("SPEC F3, law 5: stems are equally long, and the default set sums to Main before its chain") {
  ExportedMix mix;
  mix.add_device(mix.main(), "compressor");
  auto studio = mix.studio();
  auto report = convert::export_stems(mix.project, {mix.directory() / "stems", {}, {}, {}}, studio);
  REQUIRE(report);
  REQUIRE(report->files.size() == 3);  // Drums, Group, Hall; Pad is in Group
  for (const auto& file : report->files) CHECK(file.frames == report->files[0].frames);
  REQUIRE(report->residual_dbfs);
  CHECK(*report->residual_dbfs < -140.0);
  const auto before = mix.listen({{mix.main(), TapPoint::pre_fx}, {}});
  std::vector<audio::StereoBuffer> stems;
  for (const auto& file : report->files) stems.push_back(tests::samples_of(file.file));
  REQUIRE(stems[0].frames() == before.frames());
  for (std::size_t i = 0; i < before.left.size(); ++i) {
    REQUIRE(std::abs(double{stems[0].left[i]} + double{stems[1].left[i]} + double{stems[2].left[i]} -
                     double{before.left[i]}) < 1e-6);
  }
  SUBCASE("another set says by how much it is off") {
    auto some = convert::export_stems(mix.project, {mix.directory() / "some", {mix.drums}, {}, {}}, studio);
    REQUIRE(some);
    CHECK(*some->residual_dbfs > -40.0);
    CHECK_FALSE(some->notes.empty());
  }
}

TEST_CASE("SPEC F1: a chosen track that is muted is silent, and it is said") {
  ExportedMix mix;
  mix.apply(edit::SetActivator{mix.drums, false});
  auto studio = mix.studio();
  const auto mixed = convert::export_mix(mix.project, {mix.directory() / "x.wav", {mix.drums}, {}, {}}, studio);
  const auto stems = convert::export_stems(mix.project, {mix.directory() / "stems", {mix.drums}, {}, {}}, studio);
  for (const auto* report : {&mixed, &stems}) {
    REQUIRE(*report);
    REQUIRE_FALSE((*report)->notes.empty());
    CHECK((*report)->notes[0].find("Drums is not heard in the mix") == 0);
  }
  // Their sum ends at once, and the mix is what is missing.
  float peak = 0.0f;
  const auto before = mix.listen({{mix.main(), TapPoint::pre_fx}, {}});
  for (const auto* plane : {&before.left, &before.right})
    for (const float sample : *plane) peak = std::max(peak, std::abs(sample));
  CHECK(*stems->residual_dbfs == doctest::Approx(20.0 * std::log10(peak)));
}

TEST_CASE("export: chosen tracks are the sum of their Post Mixers; an error leaves no file behind") {
  ExportedMix mix;
  mix.export_to("one.wav", {}, {}, {mix.drums});
  CHECK(tests::difference(mix.listen({{mix.drums, TapPoint::post_mixer}, {}}),
                          tests::samples_of(mix.directory() / "one.wav")) == "");
  auto studio = mix.studio();
  std::stop_source stop;
  stop.request_stop();
  studio.options.stop = stop.get_token();
  std::filesystem::create_directory(mix.directory() / "out");
  CHECK_FALSE(convert::export_mix(mix.project, {mix.directory() / "out" / "x.wav", {}, {}, {}}, studio));
  CHECK(std::filesystem::is_empty(mix.directory() / "out"));
  CHECK_FALSE(convert::export_stems(mix.project, {mix.directory() / "out", {}, {}, {}}, studio));
  CHECK(std::filesystem::is_empty(mix.directory() / "out"));
}
