// MIDI files for tests: written out in hexadecimal, read from the corpus, or drawn at random. One thread.
#pragma once

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/content.hpp"
#include "files/midi_file.hpp"

namespace firn::tests {

using files::MidiChannel;
using files::MidiLocator;
using files::MidiRemark;
using files::MidiSequence;
using files::MidiSong;
using files::MidiTrack;

using Bytes = std::vector<std::byte>;

inline const base::FileRef font{"gm.sf2", true, {}};
inline const std::string c_for_a_beat = "00 90 3C 64 60 80 3C 40";

inline Bytes bytes_of_text(std::string_view text) {
  Bytes bytes;
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

// "90 3C 64": spaces are free.
inline std::string hex(std::string_view digits) {
  std::string out;
  std::string pair;
  for (const char c : digits) {
    if (c == ' ') continue;
    pair += c;
    if (pair.size() < 2) continue;
    out += static_cast<char>(std::stoi(pair, nullptr, 16));
    pair.clear();
  }
  return out;
}

inline std::string big_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
  return out;
}

inline std::string chunk(std::string_view id, const std::string& body) {
  return std::string(id) + big_endian(static_cast<std::uint32_t>(body.size()), 4) + body;
}

inline std::string header(int format, int tracks, int division) {
  return chunk("MThd", big_endian(static_cast<std::uint32_t>(format), 2) +
                           big_endian(static_cast<std::uint32_t>(tracks), 2) +
                           big_endian(static_cast<std::uint32_t>(division), 2));
}

// A file of tracks written in hexadecimal, each without its end-of-track event.
inline Bytes midi_bytes(int format, int division, const std::vector<std::string>& tracks) {
  std::string file = header(format, static_cast<int>(tracks.size()), division);
  for (const auto& track : tracks) file += chunk("MTrk", hex(track + " 00 FF 2F 00"));
  return bytes_of_text(file);
}

inline MidiSong song_from(const Bytes& bytes) {
  auto song = files::read_midi(bytes);
  REQUIRE_MESSAGE(song, song.error().message);
  return *std::move(song);
}

inline MidiSong song_from(int format, int division, const std::vector<std::string>& tracks) {
  return song_from(midi_bytes(format, division, tracks));
}

inline bool has_remark(const std::vector<MidiRemark>& remarks, std::string_view text) {
  return std::any_of(remarks.begin(), remarks.end(),
                     [&](const MidiRemark& r) { return r.text.find(text) != std::string::npos; });
}

inline Bytes bytes_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return bytes_of_text(std::string(std::istreambuf_iterator<char>(in), {}));
}

// The corpus's files of a folder ("valid", "malformed"), sorted; none where it is absent.
inline std::vector<std::filesystem::path> corpus_files(const char* folder) {
  const std::filesystem::path path = std::filesystem::path(FIRN_SOURCE_DIR) / "../shared/corpus/midi" / folder;
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(path)) {
    MESSAGE("no corpus of MIDI files here: skipped");
    return files;
  }
  for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// A song of a few tracks on a few channels, whose notes of one key end in the order they begin, as in every file.
inline MidiSong any_song(int ticks_per_quarter) {
  const auto beats = [&](int tick) { return files::beats_of_tick(tick, ticks_per_quarter); };
  MidiSong song;
  song.ticks_per_quarter = ticks_per_quarter;
  MidiSequence sequence;
  sequence.name = "Song";
  sequence.tracks.emplace_back();
  sequence.tracks.front().name = "Song";
  sequence.tempos.front().bpm = 60e6 / *rc::gen::inRange(100'000, 2'000'000);
  sequence.tempos.push_back(
      time::TempoPoint{beats(*rc::gen::inRange(1, 9999)), 60e6 / *rc::gen::inRange(100'000, 2'000'000)});
  sequence.signatures.push_back(time::TimeSignature{beats(*rc::gen::inRange(1, 9999)), *rc::gen::inRange(1, 12), 8});
  sequence.locators.push_back(MidiLocator{beats(*rc::gen::inRange(0, 9999)), "Verse"});
  const int tracks = *rc::gen::inRange(1, 5);
  for (int t = 0; t < tracks; ++t) {
    MidiTrack track;
    track.name = "Track " + std::to_string(t);
    for (int c = 0; c < 3; ++c) {
      MidiChannel channel;
      channel.port = c == 2 ? 1 : 0;
      channel.channel = (t * 5 + c * 4 + 1) % 16;
      channel.drums = channel.channel == 9;
      int at = 0;
      const int notes = *rc::gen::inRange(1, 12);
      for (int n = 0; n < notes; ++n) {
        at += *rc::gen::inRange(0, 500);
        const auto key = static_cast<std::uint8_t>(*rc::gen::inRange(0, 128));
        // Every note of a channel ends a fixed time after it begins, so that none overtakes another.
        channel.content.notes.push_back({beats(at), beats(at + 700) - beats(at), key,
                                         static_cast<std::uint8_t>(*rc::gen::inRange(1, 128)),
                                         static_cast<std::uint8_t>(*rc::gen::inRange(0, 128))});
        if (n % 3 == 0) {
          channel.content.controls.push_back(
              {beats(at), midi::ControlKind::pitch_bend, 0, static_cast<std::uint16_t>(*rc::gen::inRange(0, 16'384))});
          channel.content.controls.push_back({beats(at), midi::ControlKind::controller,
                                              static_cast<std::uint8_t>(*rc::gen::inRange(1, 120)),
                                              static_cast<std::uint16_t>(*rc::gen::inRange(0, 128))});
        }
      }
      std::sort(channel.content.notes.begin(), channel.content.notes.end());
      track.end = std::max(track.end, beats(at + 700));
      track.channels.push_back(std::move(channel));
    }
    std::sort(track.channels.begin(), track.channels.end(), [](const MidiChannel& a, const MidiChannel& b) {
      return std::pair(a.port, a.channel) < std::pair(b.port, b.channel);
    });
    sequence.tracks.push_back(std::move(track));
  }
  for (const auto& track : sequence.tracks) sequence.end = std::max(sequence.end, track.end);
  // The first track ends with the last tempo, time signature or locator in it.
  const time::Beats last =
      std::max({sequence.tempos.back().at, sequence.signatures.back().at, sequence.locators.back().at});
  sequence.tracks.front().end = last;
  sequence.end = std::max(sequence.end, last);
  song.sequences.push_back(std::move(sequence));
  return song;
}

}  // namespace firn::tests
