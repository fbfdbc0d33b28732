// The freeze guard: the one place that decides what a frozen track allows (SPEC B5, B6). Pure; any thread.
//
// What is above the freeze line is read-only: clips and notes; the devices that the top print covers, with all their
// settings; and their automation. What is below it stays free: mixer, routing, group membership and their automation;
// name, colour, place.
#pragma once

#include "edit/checks.hpp"
#include "edit/command.hpp"

namespace firn::edit {

// Of the attempt itself, whether or not it would change anything.
Problem problem_of_attempt(const Project&, const Command&);

// Of what a command other than a conversion made of a frozen track above its freeze line. Names the first such track.
Problem problem_of_outcome(const document::Track& before, const document::Track& after);

// True for the commands that put prints on and take them off: they alone may change what is above the freeze line.
bool is_conversion(const Command&);

}  // namespace firn::edit
