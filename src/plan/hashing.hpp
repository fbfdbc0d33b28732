// How parts of a plan enter a digest: shared by recipes and trails, for this room's own files.
#pragma once

#include <span>

#include "base/digest.hpp"
#include "plan/plan.hpp"

namespace firn::plan {

void add(base::Hasher&, std::span<const midi::Event>);
void add(base::Hasher&, const AudioSpan&);
void add(base::Hasher&, const Segment&);
void add(base::Hasher&, const Tail&);
// What a device is and how it is set, without its automation.
void add_device(base::Hasher&, const Process&);

bool uses_tempo(const Process&);
base::Digest digest_of(const time::TempoMap&);

}  // namespace firn::plan
