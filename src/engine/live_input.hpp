// LiveInput: what comes in from outside while a block is made. The audio thread's.
#pragma once

#include "audio/buffer.hpp"

namespace firn::engine {

struct LiveInput {
  audio::ConstStereoView block;  // as long as the block; who runs the engine puts it there before
};

}  // namespace firn::engine
