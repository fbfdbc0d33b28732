#include "devices/audio_effects/audio_effects.hpp"
#include "devices/audio_effects/faust_effect.hpp"
#include "dsp/saturator_dsp.hpp"

namespace firn::devices {
namespace {

// The way up to twice the rate and down again: 2 * half - 1 of saturator.dsp.
Facts saturator_facts(const Settings&, const Timing&) { return {.latency = {47}, .tail = {}}; }

}  // namespace

BuiltIn saturator() { return faust_effect<faust::SaturatorDsp>("saturator", saturator_facts); }

}  // namespace firn::devices
