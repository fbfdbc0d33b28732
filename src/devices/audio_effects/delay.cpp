#include <algorithm>
#include <cmath>

#include "devices/audio_effects/audio_effects.hpp"
#include "devices/audio_effects/faust_effect.hpp"
#include "dsp/delay_dsp_192.hpp"
#include "dsp/delay_dsp_384.hpp"
#include "dsp/delay_dsp_48.hpp"
#include "dsp/delay_dsp_96.hpp"

namespace firn::devices {
namespace {

constexpr double longest_time = 5.0;  // seconds, of delay.dsp
constexpr double beats_of_note[] = {1. / 8, 1. / 6, 1. / 4, 1. / 3, 3. / 8, 1. / 2, 2. / 3,
                                    3. / 4, 1.,     4. / 3, 3. / 2, 2.,     3.,     4.};

// Echoes until they are below -120 dB.
Facts delay_facts(const Settings& settings, const Timing& timing) {
  const double feedback = setting_of(settings, "feedback") / 100.0;
  const double echoes = feedback <= 0.0 ? 1.0 : 1.0 + std::ceil(std::log(1e-6) / std::log(feedback));
  const auto note = static_cast<std::size_t>(setting_of(settings, "note"));
  const double synced = std::min(longest_time, beats_of_note[note] * timing.quarter.count);
  const double seconds = echoes * (setting_of(settings, "sync") > 0.5 ? synced : setting_of(settings, "time") / 1000.0);
  return {.latency = {}, .tail = frames_of(time::Seconds{std::min(seconds, longest_tail)}, timing.rate)};
}

}  // namespace

BuiltIn delay() {
  return faust_effect_by_rate<faust::DelayDsp48, faust::DelayDsp96, faust::DelayDsp192, faust::DelayDsp384>(
      "delay", delay_facts);
}

}  // namespace firn::devices
