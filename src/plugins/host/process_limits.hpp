// What the host's process does to itself before it lets a plug-in in. Main thread, first of all.
#pragma once

namespace firn::plugins::host {

// A plug-in that prints must not print between our lines: standard output becomes standard error. Returns a descriptor of what it was.
int set_standard_output_aside();

// A plug-in that wants all memory, crashes or hangs takes this process down and nothing else: half of the machine's memory at most, the
// first to be killed where memory runs out, no core dump.
void contain_this_process();

// From now on the process, and what it leads a group of, ends as soon as the other side of that pipe or socket is closed, whatever a plug-in does to its other threads.
void end_with(int descriptor);

// Starts this program anew with its memory at the same addresses in every run; returns if it is so already, or can't be. Many plug-ins draw their
// random numbers from addresses or from memory that they never set: so they too give one sound in every render. (Of 394 plug-ins in Debian 12, 14
// differed from run to run, and with this 4.)
void repeat_addresses(char** words);

// Plug-ins that open their toolkit at once, and end the process where it finds no display, get one that draws nowhere.
void provide_for_no_display();

bool has_display();

// Xlib ends the process at the first error; plug-ins' windows make small ones all the time. They are passed over. Before a window opens.
void survive_window_errors();

}  // namespace firn::plugins::host
