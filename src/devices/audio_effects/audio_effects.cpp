#include "devices/audio_effects/audio_effects.hpp"

#include "devices/audio_effects/faust_effect.hpp"
#include "dsp/chorus_dsp.hpp"
#include "dsp/compressor_dsp.hpp"
#include "dsp/eq_dsp.hpp"
#include "dsp/filter_dsp.hpp"
#include "dsp/gate_dsp.hpp"
#include "dsp/phaser_dsp.hpp"
#include "dsp/utility_dsp.hpp"

namespace firn::devices {

std::vector<BuiltIn> audio_effects() {
  return {
      faust_effect<faust::ChorusDsp>("chorus"),
      faust_effect<faust::CompressorDsp>("compressor"),
      delay(),
      faust_effect<faust::EqDsp>("eq"),
      faust_effect<faust::FilterDsp>("filter"),
      faust_effect<faust::GateDsp>("gate"),
      limiter(),
      faust_effect<faust::PhaserDsp>("phaser"),
      reverb(),
      saturator(),
      faust_effect<faust::UtilityDsp>("utility"),
  };
}

}  // namespace firn::devices
