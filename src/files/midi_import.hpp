// From a MidiSong to tracks of a project. Pure; any thread.
//
// One MIDI track for each track and channel of the file that has notes, with a "soundfont" device and one clip that
// spans its content to the bar. Programs, controllers, bend and pressure of a channel, from wherever in the file, go to
// every track made from it (up to ten million of them in all; beyond that a track keeps its own alone). A device's bank
// is the channel's bank select MSB (controller 0), as in GS and as the SoundFont device counts banks; channel 10, and
// what GS, XG or General MIDI 2 make a drum channel, plays drums.
#pragma once

#include "base/content.hpp"
#include "document/project.hpp"
#include "files/midi_file.hpp"

namespace firn::files {

// A new project with the song's tempo, time signatures and locators; a format 2 file's sequences stand one after
// another, each from a bar on and with a locator.
document::Project project_of(const MidiSong&, const base::FileRef& soundfont, time::SampleRate);

// The project with the song's tracks behind its own (before its returns), and the song's locators, all moved by `at`.
// Tempo and time signatures stay the project's.
document::Project with_song(document::Project, const MidiSong&, const base::FileRef& soundfont, time::Beats at = {});

}  // namespace firn::files
