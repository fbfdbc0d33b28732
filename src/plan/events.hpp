// From a track's MIDI clips to the one event list its instrument is played from. Pure; any thread.
#pragma once

#include <vector>

#include "base/box.hpp"
#include "document/clip.hpp"
#include "midi/event.hpp"
#include "time/tempo_map.hpp"

namespace firn::plan {

// Loops unrolled, notes cut at their clip's end and at a loop's wrap, controls before a clip's offset chased to its start.
// Inactive clips and audio clips are passed over.
midi::EventList events_of(const std::vector<base::Box<document::Clip>>&, const time::TempoMap&, time::SampleRate);

// What is left of a list when playing starts at `start`: the controls before it, the last of each kind (all of a parameter
// number's, since their order is their meaning), and the notes that sound across it, both at `start`; then the rest.
midi::EventList chase(const midi::EventList&, time::Frames start);

// What its controls set at the start is set so much before it: keys that are played by then sound as they will.
midi::EventList lead_in(midi::EventList, time::Frames start, time::Frames lead);

// What is left of a list when playing stops at `stop`: what comes before, and the ends of the notes that sound across it.
midi::EventList cut(midi::EventList, time::Frames stop);

}  // namespace firn::plan
