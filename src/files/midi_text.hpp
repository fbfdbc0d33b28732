// The text of MIDI files, which says nothing of its encoding, as UTF-8. Pure; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace firn::files {

// UTF-8 if it is that; else Shift-JIS if it looks like Japanese; else Windows-1252, of which Latin-1 is a part. Control
// characters become spaces, and spaces at either end go. At most 256 bytes; a longer text ends in "…".
std::string utf8_of_midi_text(std::span<const std::byte>);

}  // namespace firn::files
