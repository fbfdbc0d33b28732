// From a project's MIDI clips to a MidiSong, for write_midi. Pure; any thread.
//
// Loops are unrolled and clips cut as they play; inactive clips are left out, and so is the mixer. Each track gets a
// channel of its own: channel 10 where its SoundFont device plays drums, the next of the others otherwise, on further
// ports when those of one are used up; the device's program and bank stand at the start unless the clips choose a
// program there. A tempo ramp becomes sixteen steps to the quarter note, which never are more than a microsecond off at
// their ends.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "document/project.hpp"
#include "files/midi_file.hpp"

namespace firn::files {

// The project's MIDI tracks, in display order.
std::vector<document::TrackId> midi_tracks_of(const document::Project&);

// The resolution is one at which every position is exact, 480 if it can be; where there is none, 30,720. Fails:
// not_found for a track that is not there, usage for one that is not a MIDI track, unsupported for more tracks than 128
// ports have room for.
base::Result<MidiSong> song_of(const document::Project&, const std::vector<document::TrackId>&);

}  // namespace firn::files
