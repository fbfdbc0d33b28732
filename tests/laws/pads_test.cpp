// The pads of a drum rack, each by itself: what they sum to, and what becomes of them (SPEC A1, D5, E6, F3).
#include "edit/pads.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "convert/bounce.hpp"
#include "convert/export.hpp"
#include "convert/freeze.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using document::Tap;
using document::TapPoint;
using document::TrackId;
using document::TrackKind;
using tests::Scene;
using time::Beats;
using time::Frames;

constexpr int sounding_pads[] = {1, 3, 4, 16};  // those that sound
constexpr int never_hit = 9;

// A rack whose kick and hat choke each other and whose snare and clap share a note, behind an arpeggiator; its volume and a pad's tune
// are automated, and the clap rings on for seconds where nobody hears it.
struct Kit : Scene {
  Kit() {
    drums = add_midi("Drums", "drum_rack",
                     {hit(0, 36, 110), hit(1, 38, 70), hit(2, 42, 127), hit(3, 42, 90), hit(4, 36, 64)});
    rack = track(drums).devices.front().id;
    const std::pair<int, const char*> files[] = {
        {1, "kick"}, {3, "snare"}, {4, "clap"}, {never_hit, "crash"}, {16, "hat"}};
    for (const auto& [pad, name] : files) load(pad, name);
    add_device(drums, "arpeggiator");
    apply({edit::SetParameters{drums,
                               rack,
                               {{"volume", -4.5},
                                {"velocity", 90.0},
                                {"pad1-tune", -3.3},
                                {"pad1-choke", 2.0},
                                {"pad3-pan", -40.0},
                                {"pad4-note", 38.0},
                                {"pad4-volume", 2.2},
                                {"pad16-note", 42.0},
                                {"pad16-choke", 2.0},
                                {"pad16-decay", 0.4}}},
           edit::SetAutomation{drums,
                               document::DeviceTarget{rack, "volume"},
                               {{Beats{}, -12.0, false, 0.0}, {Beats::quarters(4), 0.0, false, 0.0}}},
           edit::SetAutomation{drums,
                               document::DeviceTarget{rack, "pad3-tune"},
                               {{Beats{}, 0.0, false, 0.0}, {Beats::quarters(3), 7.0, false, 0.0}}}});
  }

  void load(int pad, const std::string& name) {
    const auto path = directory() / (name + ".wav");
    auto writer = audio::SoundWriter::create(path, {.rate = {44'100}});
    REQUIRE(writer);
    auto sound = tests::noise(pad == 4 ? 300'000 : 9'000 * (pad + 2), static_cast<unsigned>(pad));
    for (std::size_t i = 54'000; pad == 4 && i < sound.left.size(); ++i) sound.left[i] = sound.right[i] = 5e-7f;
    REQUIRE(writer->write(sound.view()));
    REQUIRE(writer->close());
    const auto file = store().adopt(path);
    REQUIRE(file);
    apply(edit::SetDeviceFile{drums, rack, "pad" + std::to_string(pad), *file});
  }

  static midi::Note hit(int eighth, int key, int velocity) {
    return {Beats::fraction(eighth, 2), Beats::fraction(2, 3), static_cast<std::uint8_t>(key),
            static_cast<std::uint8_t>(velocity), 64};
  }
  void add(const std::vector<midi::Note>& hits) {
    const auto clip = track(drums).clips.front()->id;
    apply({edit::ResizeClip{drums, clip, Beats::quarters(24)}, edit::AddNotes{drums, clip, hits}});
  }

  Tap pad(int number) const { return {drums, TapPoint::pre_fx, number}; }
  audio::StereoBuffer whole(const tests::Listening& listening = {}) {
    return listen({{drums, TapPoint::pre_fx}, rack, plan::Ending::silent}, listening);
  }

  TrackId named(const std::string& name) const {
    for (const auto& track : project.tracks) {
      if (track->name == name) return track->id;
    }
    FAIL(name);
    return {};
  }

  // What a conversion did, applied.
  convert::Outcome done(const base::Result<convert::Outcome>& outcome) {
    if (!outcome) FAIL(outcome.error().message);
    apply(outcome->commands);
    return *outcome;
  }

  std::vector<convert::PadBounceRequest::Rack> all() const {
    convert::PadBounceRequest::Rack chosen{drums, {}};
    for (const edit::Pad& each : edit::pads_of(track(drums))) chosen.pads.push_back(each.number);
    return {chosen};
  }

  TrackId drums;
  document::DeviceId rack;
};

// In 64 bits and the order given; as long as the longest.
audio::StereoBuffer sum_of(const std::vector<audio::StereoBuffer>& parts) {
  std::size_t frames = 0;
  for (const auto& part : parts) frames = std::max(frames, part.left.size());
  audio::StereoBuffer sum(static_cast<int>(frames));
  for (std::size_t i = 0; i < frames; ++i) {
    double left = 0.0;
    double right = 0.0;
    for (const auto& part : parts) {
      left += i < part.left.size() ? part.left[i] : 0.0f;
      right += i < part.right.size() ? part.right[i] : 0.0f;
    }
    sum.left[i] = static_cast<float>(left);
    sum.right[i] = static_cast<float>(right);
  }
  return sum;
}

audio::StereoBuffer start_of(const audio::StereoBuffer& buffer, int frames) {
  audio::StereoBuffer start;
  start.append(buffer.view().part(0, frames));
  return start;
}

// Counts a studio's renders: the progress of each begins anew.
struct Passes {
  explicit Passes(convert::Studio& studio) {
    studio.options.progress = [this](const render::Progress& progress) {
      if (progress.done <= last) ++count;
      last = progress.done;
    };
  }
  int count = 0;
  Frames last = Frames::never();
};

}  // namespace

TEST_CASE("SPEC A1, law 5: the taps of a rack's pads sum to the rack, bit for bit, however they are rendered") {
  Kit kit;
  const auto whole = kit.whole();
  std::vector<audio::StereoBuffer> parts;
  for (const int number : sounding_pads) {
    CAPTURE(number);
    parts.push_back(kit.listen({kit.pad(number), {}}));
    CHECK_FALSE(tests::is_silent(parts.back()));
    for (const auto& [threads, block] : {std::pair(1, 1), {3, 17}, {2, 64}, {4, 8192}}) {
      CHECK(tests::difference(parts.back(), kit.listen({kit.pad(number), {}}, {threads, block, {}, {}})) == "");
    }
  }
  for (const int number : {never_hit, 2}) CHECK(tests::is_silent(kit.listen({kit.pad(number), {}})));
  CHECK(tests::difference(whole, sum_of(parts)) == "");
  // Pre FX is that until it ends as the end of a chain does.
  const auto pre_fx = kit.listen({{kit.drums, TapPoint::pre_fx}, {}});
  CHECK(tests::difference(pre_fx, start_of(whole, pre_fx.frames())) == "");

  // The chokes count, of pads that are not heard themselves too.
  kit.apply(edit::SetParameters{kit.drums, kit.rack, {{"pad1-choke", 0.0}}});
  CHECK(tests::difference(parts[0], kit.listen({kit.pad(1), {}})) != "");
  kit.apply(edit::SetDeviceOn{kit.drums, kit.rack, false});
  CHECK(tests::is_silent(kit.listen({kit.pad(1), {}})));
}

TEST_CASE("law 6: each pad has a recipe of its own, and what all share is worked out once") {
  Kit kit;
  std::vector<plan::Point> points{{{kit.drums, TapPoint::pre_fx}, {}}};
  for (const int number : {1, 3, 4, 16, never_hit}) points.push_back({kit.pad(number), {}});
  const auto plan = plan::compile(kit.project, points, {}, kit.facts());
  REQUIRE(plan);
  auto recipes = plan::recipes_of(*plan);
  std::sort(recipes.begin(), recipes.end());
  CHECK(std::adjacent_find(recipes.begin(), recipes.end()) == recipes.end());
  const auto is_shared = [](const plan::Step& step) {
    return step.name == "Drums: MIDI" || step.name == "Drums: Arpeggiator";
  };
  CHECK(std::count_if(plan->steps.begin(), plan->steps.end(), is_shared) == 2);
}

TEST_CASE("SPEC A1, B9, B10: a track and a side-chain hear a pad, whether or not the rack is frozen") {
  Kit kit;
  const auto clap = kit.add_track(TrackKind::audio, "Clap");
  const auto pad = kit.add_audio("Pad", tests::noise(90'000, 8));
  const auto compressor = kit.add_device(pad, "compressor", {{"threshold", -40.0}});
  kit.apply({edit::SetInput{clap, kit.pad(4)}, edit::SetMonitor{clap, document::Monitor::in},
             edit::SetSideChain{pad, compressor, kit.pad(1)}});
  const auto tapped = kit.listen({kit.pad(4), {}});
  CHECK(tests::difference(tapped, kit.listen({{clap, TapPoint::pre_fx}, {}})) == "");
  const auto ducked = kit.listen({{pad, TapPoint::post_fx}, {}});
  kit.apply(edit::SetSideChain{pad, compressor, kit.pad(3)});
  CHECK(tests::difference(ducked, kit.listen({{pad, TapPoint::post_fx}, {}})) != "");
  kit.apply(edit::SetSideChain{pad, compressor, kit.pad(1)});

  const auto reference = kit.listen_to_main();
  auto studio = kit.studio();
  const std::vector<TrackId> all{kit.drums, clap, pad};
  kit.done(convert::freeze(kit.project, {{kit.drums}}, studio));
  CHECK(tests::difference(tapped, kit.listen({kit.pad(4), {}})) == "");
  CHECK(tests::difference(reference, kit.listen_to_main()) == "");
  kit.done(convert::freeze(kit.project, {all}, studio));
  CHECK(tests::difference(reference, kit.listen_to_main()) == "");
  CHECK(convert::stale_tracks(kit.project, kit.facts(), kit.store()).empty());
  kit.done(convert::unfreeze(kit.project, {kit.drums}, convert::Unfreezing::whole));
  kit.apply(edit::SetParameters{kit.drums, kit.rack, {{"pad4-volume", -2.0}}});
  CHECK(convert::stale_tracks(kit.project, kit.facts(), kit.store()) == std::vector{clap, pad});
}

TEST_CASE("SPEC D5: bounced pads are tracks of a group that sounds as the track did, and are made in one pass") {
  Kit kit;
  kit.add_device(kit.drums, "saturator");
  kit.add_device(kit.drums, "delay");
  const auto hall = kit.add_track(TrackKind::return_, "Hall");
  kit.add_device(hall, "reverb");
  kit.apply({edit::SetVolume{kit.drums, -5.0}, edit::SetPan{kit.drums, 0.3}, edit::SetSendLevel{kit.drums, hall, -9.0},
             edit::SetAutomation{kit.drums,
                                 document::MixerTarget{document::MixerParameter::volume},
                                 {{Beats{}, -9.0, false, 0.0}, {Beats::quarters(2), 0.0, false, 0.0}}}});
  const auto reference = kit.listen_to_main();
  // After it the chain is cut where it is inaudible, a little later than before: the clips end later than the notes did.
  const int loud = kit.listen({{kit.drums, TapPoint::post_fx}, {}}).frames();
  std::vector<audio::StereoBuffer> taps;
  for (const int number : sounding_pads) taps.push_back(kit.listen({kit.pad(number), {}}));
  const auto before = kit.project;
  auto studio = kit.studio();
  const Passes passes(studio);
  const auto outcome = kit.done(convert::bounce_pads(kit.project, {kit.all(), {}}, studio));
  CHECK(passes.count == 1);
  REQUIRE(outcome.tracks.size() == std::size(sounding_pads));
  CHECK(outcome.notes.front() == "Drums crash makes no sound there: it has no track.");
  for (std::size_t i = 0; i < taps.size(); ++i) {
    CHECK(tests::difference(taps[i], tests::samples_of(kit.directory() / outcome.tracks[i].print.audio.path)) == "");
  }
  CHECK_FALSE(kit.track(kit.drums).active);
  CHECK(outcome.tracks.front().name == "Drums kick");
  CHECK(kit.track(kit.named("Drums kick")).group == kit.named("Drums (Bounce)"));
  const auto heard = kit.listen_to_main();
  CHECK(tests::difference(start_of(reference, loud), start_of(heard, loud)) == "");
  REQUIRE(heard.frames() >= reference.frames());
  for (std::size_t i = 0; i < heard.left.size(); ++i)
    REQUIRE(std::abs(heard.left[i] - (i < reference.left.size() ? reference.left[i] : 0.0f)) < 1e-6f);

  // Again, nothing is rendered, and what is silent is known to be.
  kit.project = before;
  const auto again = kit.done(convert::bounce_pads(kit.project, {kit.all(), {}}, studio));
  CHECK(passes.count == 1);
  CHECK(again.tracks.size() == std::size(sounding_pads));
  CHECK(std::ranges::all_of(again.tracks, [](const auto& result) { return result.print.found; }));
}

TEST_CASE("SPEC D5: a range of some pads; what makes no sound or isn't there is refused with its reason") {
  Kit kit;
  auto studio = kit.studio();
  const time::FrameRange frames{{12'345}, {40'000}};
  const auto at = [&](Frames frame) { return kit.project.tempo.beats_at(frame, kit.project.rate); };
  const convert::BounceRange range{at(frames.start), at(frames.end)};
  const auto before = kit.project;
  const auto some = kit.done(convert::bounce_pads(kit.project, {{{kit.drums, {16, 1}}}, range}, studio));
  REQUIRE(some.tracks.size() == 2);
  CHECK(tests::difference(tests::samples_of(kit.directory() / some.tracks[0].print.audio.path), [&] {
          kit.project = before;
          return kit.listen({kit.pad(16), {}}, {1, 512, plan::Prints::play, {frames.start, frames.end}});
        }()) == "");
  CHECK(some.notes.front() == "Drums: not asked for, and so not heard any more: snare, clap, crash.");
  const auto refused = [&](int pad, TrackId track) {
    const auto outcome = convert::bounce_pads(kit.project, {{{track, {pad}}}, {}}, studio);
    REQUIRE(!outcome);
    CHECK(outcome.error().kind == base::ErrorKind::refused);
    return outcome.error().message;
  };
  CHECK(refused(never_hit, kit.drums) == "Drums: none of the pads makes a sound there: there is nothing to bounce.");
  CHECK(refused(2, kit.drums) == "Pad 2 of Drums holds no sound: there is nothing to bounce.");
  CHECK(refused(1, kit.main()).find("can't be bounced") != std::string::npos);
  kit.apply(edit::SetTrackActive{kit.drums, false});
  CHECK(refused(1, kit.drums).find("is deactivated") != std::string::npos);
}

TEST_CASE("SPEC B1: of a pad that is bounced again after a late edit, only what changed is rendered") {
  Kit kit;
  kit.add({Kit::hit(40, 36, 100)});
  auto studio = kit.studio(2, 512);
  studio.between_points = {8192};
  const auto before = kit.project;
  kit.done(convert::bounce_pads(kit.project, {kit.all(), {}}, studio));
  kit.project = before;
  kit.add({Kit::hit(38, 38, 100)});
  std::vector<audio::StereoBuffer> full;
  for (const int number : sounding_pads) full.push_back(kit.listen({kit.pad(number), {}}));
  const auto again = kit.done(convert::bounce_pads(kit.project, {kit.all(), {}}, studio));
  for (std::size_t i = 0; i < full.size(); ++i) {
    CHECK(again.tracks[i].print.kept > Frames{});
    CHECK(tests::difference(full[i], tests::samples_of(kit.directory() / again.tracks[i].print.audio.path)) == "");
  }
}

TEST_CASE("SPEC E6: pads are recorded in one pass, each onto a track that hears it") {
  Kit kit;
  auto studio = kit.studio();
  const Passes passes(studio);
  const auto outcome =
      kit.done(convert::resample(kit.project, {{kit.pad(1), kit.pad(3), document::Resampling{}}, {}, {}, ""}, studio));
  CHECK(passes.count == 1);
  REQUIRE(outcome.tracks.size() == 3);
  CHECK(outcome.tracks[1].name == "Drums (snare)");
  CHECK(kit.track(kit.named("Drums (snare)")).input == document::Input{kit.pad(3)});
  CHECK(tests::difference(kit.listen({kit.pad(3), {}}),
                          tests::samples_of(kit.directory() / outcome.tracks[1].print.audio.path)) == "");
}

TEST_CASE("SPEC F3, law 5: stems with pads: as long as all others, in one pass, and the pads sum to the rack") {
  Kit kit;
  kit.add_device(kit.drums, "compressor");
  kit.apply(edit::SetVolume{kit.drums, -6.0});
  kit.add_audio("Voice", tests::noise(200'000, 5));
  auto studio = kit.studio();
  const auto whole = kit.whole();
  convert::StemsRequest request{kit.directory() / "stems", {}, {}, {}};
  const auto plain = convert::export_stems(kit.project, request, studio);
  REQUIRE(plain);
  request.pads = convert::StemsRequest::Pads::add;
  const Passes passes(studio);
  const auto report = convert::export_stems(kit.project, request, studio);
  REQUIRE(report);
  CHECK(passes.count == 1);
  CHECK(report->residual_dbfs == plain->residual_dbfs);
  std::vector<std::string> names;
  for (const auto& file : report->files) {
    names.push_back(file.file.filename().string());
    CHECK(file.frames == report->files.front().frames);
  }
  CHECK(names == std::vector<std::string>{"01 Drums.wav", "01.01 Drums kick.wav", "01.03 Drums snare.wav",
                                          "01.04 Drums clap.wav", "01.16 Drums hat.wav", "02 Voice.wav"});
  CHECK_FALSE(std::filesystem::exists(request.directory / "01.09 Drums crash.wav"));
  CHECK(report->notes.front() == "Drums crash makes no sound there: it has no file.");
  std::vector<audio::StereoBuffer> parts;
  for (std::size_t i = 1; i < 5; ++i) parts.push_back(tests::samples_of(report->files[i].file));
  auto sum = sum_of(parts);
  CHECK(tests::difference(start_of(sum, whole.frames()), whole) == "");
}
