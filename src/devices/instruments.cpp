#include "devices/built_in.hpp"
#include "devices/drum_rack.hpp"
#include "devices/sampler.hpp"
#include "devices/soundfont.hpp"
#include "devices/synth.hpp"

namespace firn::devices {

std::vector<BuiltIn> instruments() { return {drum_rack(), sampler(), soundfont(), synth()}; }

}  // namespace firn::devices
