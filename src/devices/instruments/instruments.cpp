#include "devices/built_in.hpp"
#include "devices/instruments/drum_rack.hpp"
#include "devices/instruments/sampler.hpp"
#include "devices/instruments/soundfont.hpp"
#include "devices/instruments/synth.hpp"

namespace firn::devices {

std::vector<BuiltIn> instruments() { return {drum_rack(), sampler(), soundfont(), synth()}; }

}  // namespace firn::devices
