// LiveInput, LiveEvents: what comes in from outside while a block is made. The audio thread's.
#pragma once

#include "audio/buffer.hpp"
#include "midi/event.hpp"

namespace firn::engine {

struct LiveInput {
  audio::ConstStereoView block;  // as long as the block; who runs the engine puts it there before
};

struct LiveEvents {
  midi::EventList events;  // in order; `at` counts from the block's start
};

}  // namespace firn::engine
