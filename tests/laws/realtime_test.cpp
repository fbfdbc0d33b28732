// Law 8: what runs on an audio thread allocates and frees nothing, locks nothing, and touches no file.
#include <doctest/doctest.h>

#include "audio/denormals.hpp"
#include "engine/sequence.hpp"
#include "support/realtime_trap.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using document::TrackKind;
using time::Frames;

// Runs an engine in memory made beforehand, as a real-time driver does; what an audio thread may not do.
std::string faults_of(engine::Engine& engine, int block, int blocks) {
  engine::Sequence sequence(engine, block);
  const audio::FlushDenormals flush;
  const tests::RealtimeTrap trap;
  for (int k = 0; k < blocks; ++k) sequence.run(Frames{static_cast<std::int64_t>(k) * block}, block);
  return trap.caught();
}

void add_instrument(tests::Scene& scene, const devices::DeviceType& type) {
  const auto track = scene.add_midi(type.name, type.name, tests::some_notes(2));
  if (type.files.empty()) return;
  const bool is_font = type.name == "soundfont";
  const auto file = scene.store().adopt(is_font ? "/usr/share/sounds/sf2/TimGM6mb.sf2"
                                                : FIRN_SOURCE_DIR "/tests/fuzz/seeds/audio_file/float.wav");
  REQUIRE(file);
  scene.apply(edit::SetDeviceFile{track, scene.track(track).devices.back().id, type.files.front().name, *file});
}

}  // namespace

TEST_CASE("law 8: running steps of every kind does nothing that an audio thread may not") {
  tests::Scene scene;
  const auto send = scene.add_track(TrackKind::return_, "Return");
  const auto keys = scene.add_midi("Keys", "synth", tests::some_notes(1));
  for (const auto& type : devices::catalogue()) {
    if (type.device_class == devices::DeviceClass::instrument) add_instrument(scene, type);
    if (type.device_class == devices::DeviceClass::midi_effect) scene.add_device(keys, type.name);
    if (type.device_class != devices::DeviceClass::audio_effect) continue;
    const auto device = scene.add_device(keys, type.name);
    scene.apply(edit::SetAutomation{keys,
                                    document::DeviceTarget{device, "on"},
                                    {{time::Beats{}, 1.0, true, 0.0}, {time::Beats::fraction(1, 3), 0.0, true, 0.0}}});
    for (const auto& parameter : type.parameters) {
      if (!parameter.automatable) continue;
      scene.apply(edit::SetAutomation{
          keys,
          document::DeviceTarget{device, parameter.name},
          {{time::Beats{}, parameter.minimum, false, 0.0}, {time::Beats::quarters(4), parameter.maximum, false, 0.0}}});
      break;
    }
  }
  scene.apply({edit::SetSendLevel{keys, send, -6.0}, edit::SetPan{keys, 0.2}});
  auto plan = plan::compile(scene.project, {{{scene.main(), TapPoint::post_mixer}, {}}}, {}, scene.facts());
  REQUIRE(plan);
  auto engine = engine::Engine::make(*plan, convert::sources_of(scene.project, scene.store()), 1);
  REQUIRE(engine);
  for (const int block : {64, 777}) CHECK(faults_of(**engine, block, 200) == "");
}
