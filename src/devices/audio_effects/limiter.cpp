#include "devices/audio_effects/audio_effects.hpp"
#include "devices/audio_effects/faust_effect.hpp"
#include "dsp/limiter_dsp.hpp"

namespace firn::devices {
namespace {

// As limiter.dsp has it: the sound is as late as the limiter looks ahead.
Facts limiter_facts(const Settings& settings, const Timing& timing) {
  const auto milliseconds = static_cast<double>(static_cast<float>(setting_of(settings, "look-ahead")));
  return {.latency = {static_cast<int>(milliseconds / 1000.0 * timing.rate.hertz + 0.503)}, .tail = {}};
}

}  // namespace

BuiltIn limiter() { return faust_effect<faust::LimiterDsp>("limiter", limiter_facts); }

}  // namespace firn::devices
