// played: what a MIDI clip plays of its content, with its loop unrolled. Pure; any thread.
#pragma once

#include <optional>

#include "midi/note.hpp"
#include "time/beats.hpp"

namespace firn::midi {

// The part of a content that plays for `length` from `offset` on, wrapping from loop.end to loop.start where there is a
// loop that holds what is played. Times count from where playing starts. Notes that begin before are not heard; notes
// are cut at the end and at a wrap. Controls before `offset` are chased: the last of each kind stands at the start (of
// parameter numbers and data entry all, since their order is their meaning).
Content played(const Content&, time::Beats offset, time::Beats length, const std::optional<time::BeatRange>& loop);

}  // namespace firn::midi
