// Law 8: what runs on an audio thread allocates nothing and frees nothing.
#include <doctest/doctest.h>

#include "audio/denormals.hpp"
#include "engine/sequence.hpp"
#include "support/allocation_trap.hpp"
#include "support/scene.hpp"

namespace {

using namespace firn;
using document::TapPoint;
using document::TrackKind;
using time::Frames;

// Runs an engine in memory made beforehand, as a real-time driver does; counts allocations.
int allocations_of(engine::Engine& engine, int block, int blocks) {
  engine::Sequence sequence(engine, block);
  const audio::FlushDenormals flush;
  const tests::AllocationTrap trap;
  for (int k = 0; k < blocks; ++k) sequence.run(Frames{static_cast<std::int64_t>(k) * block}, block);
  return trap.count();
}

}  // namespace

TEST_CASE("law 8: running steps of every kind allocates nothing and frees nothing") {
  tests::Scene scene;
  const auto send = scene.add_track(TrackKind::return_, "Return");
  const auto keys = scene.add_midi("Keys", "synth", tests::some_notes(1));
  for (const auto& type : devices::catalogue()) {
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
  for (const int block : {64, 777}) CHECK(allocations_of(**engine, block, 200) == 0);
}
