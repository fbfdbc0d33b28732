// The invariants of a project, in one function: what a reader asks, and what apply() never breaks. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "document/project.hpp"

namespace firn::edit {

// What is wrong with the project first; nothing if all holds. To what document::check() looks at it adds what takes the
// catalogue or the signal graph:
// - chains are in order (MIDI effects, one instrument, audio effects) and on tracks that take them; parameters and
//   files are the type's own, in range; side-chains only where a type has one
// - only what can be automated is, in range; what steps holds
// - inputs and outputs are of tracks that take them; returns stand at the top; there is no cycle
// - prints cover the chain further and further; fades fit their clips
// A device whose type is missing on this machine keeps whatever it has.
std::optional<std::string> violation_of(const document::Project&);

}  // namespace firn::edit
