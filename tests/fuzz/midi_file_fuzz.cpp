// A MIDI file of any bytes is refused, or read as a song that makes a project by the rules, and that can be written; what is
// written is read again without a complaint, and written again as the same bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "document/check.hpp"
#include "edit/invariants.hpp"
#include "files/midi_export.hpp"
#include "files/midi_file.hpp"
#include "files/midi_import.hpp"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

// Writes a song, reads it and writes it again.
void check_rewriting(const firn::files::MidiSong& song) {
  const auto bytes = firn::files::write_midi(song);
  must(bytes.has_value());
  const auto again = firn::files::read_midi(*bytes);
  must(again.has_value());
  must(again->warnings.empty());
  must(firn::files::write_midi(*again) == bytes);
}

// What was cut after 24 hours ends with them, and the sequences of a format 2 file as one may end a bar later.
bool is_cut(const firn::files::MidiSong& song) {
  return std::any_of(song.warnings.begin(), song.warnings.end(),
                     [](const auto& warning) { return warning.text.find("24 hours") != std::string::npos; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto song = firn::files::read_midi(std::as_bytes(std::span(data, size)));
  if (!song) {
    must(!song.error().message.empty());
    return 0;
  }
  const firn::base::FileRef soundfont{"font.sf2", true, {}};
  const auto project = firn::files::project_of(*song, soundfont, firn::time::SampleRate{48000});
  must(firn::document::check(project).has_value());
  must(!firn::edit::violation_of(project));
  check_rewriting(*song);
  const auto exported = firn::files::song_of(project, firn::files::midi_tracks_of(project));
  if (exported && !is_cut(*song)) check_rewriting(*exported);
  return 0;
}
