#include <algorithm>

#include "devices/audio_effects/audio_effects.hpp"
#include "devices/audio_effects/faust_effect.hpp"
#include "dsp/reverb_dsp_192.hpp"
#include "dsp/reverb_dsp_384.hpp"
#include "dsp/reverb_dsp_48.hpp"
#include "dsp/reverb_dsp_96.hpp"

namespace firn::devices {
namespace {

// `decay` is the time to -60 dB; sound is gone at -120 dB, after twice that.
Facts reverb_facts(const Settings& settings, const Timing& timing) {
  const double longest = setting_of(settings, "decay") * std::max(1.0, setting_of(settings, "bass") / 100.0);
  const double seconds = setting_of(settings, "pre-delay") / 1000.0 + 2.0 * longest;
  return {.latency = {}, .tail = frames_of(time::Seconds{std::min(seconds, longest_tail)}, timing.rate)};
}

}  // namespace

BuiltIn reverb() {
  return faust_effect_by_rate<faust::ReverbDsp48, faust::ReverbDsp96, faust::ReverbDsp192, faust::ReverbDsp384>(
      "reverb", reverb_facts);
}

}  // namespace firn::devices
