#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "files/midi_file.hpp"

namespace firn::files {
namespace {

using time::Beats;

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

// A variable-length quantity.
void append_variable(std::string& out, std::uint64_t value) {
  int shift = 0;
  while (shift < 56 && value >> (shift + 7) != 0) shift += 7;
  for (; shift > 0; shift -= 7) out += static_cast<char>((value >> shift & 0x7F) | 0x80);
  out += static_cast<char>(value & 0x7F);
}

std::string meta(int type, std::string_view data) {
  std::string bytes{'\xFF', static_cast<char>(type)};
  append_variable(bytes, data.size());
  return bytes.append(data);
}

std::string channel_message(int status, int channel, int first, std::optional<int> second = std::nullopt) {
  std::string bytes{static_cast<char>(status | channel), static_cast<char>(first)};
  if (second) bytes += static_cast<char>(*second);
  return bytes;
}

// The order of events at one tick: a note ends before the next begins, and controls stand between.
enum class Rank { heading, note_off, control, note_on };

struct OutEvent {
  std::int64_t tick = 0;
  Rank rank = Rank::heading;
  int port = -1;  // -1: it belongs to none
  std::string bytes;
};

class TrackWriter {
 public:
  explicit TrackWriter(int ticks_per_quarter) : resolution_(ticks_per_quarter) {}

  void add_heading(Beats at, std::string bytes) { add(tick_of(at, resolution_), Rank::heading, -1, std::move(bytes)); }

  void add_timing(const MidiSequence& sequence) {
    for (const auto& point : sequence.tempos) {
      std::string data;
      append_big_endian(
          data, static_cast<std::uint64_t>(std::clamp(std::floor(60e6 / point.bpm + 0.5), 1.0, 16'777'215.0)), 3);
      add_heading(point.at, meta(0x51, data));
    }
    for (const auto& signature : sequence.signatures) {
      int power = 0;
      while (1 << power < signature.denominator) ++power;
      // MIDI clocks to a metronome click (one a beat), and 32nds to a quarter note.
      const int clocks = std::max(1, 96 / signature.denominator);
      add_heading(signature.at, meta(0x58, std::string{static_cast<char>(signature.numerator), static_cast<char>(power),
                                                       static_cast<char>(clocks), 8}));
    }
    for (const auto& locator : sequence.locators) add_heading(locator.at, meta(0x06, locator.name));
  }

  void add_names(const MidiTrack& track) {
    if (!track.name.empty()) add_heading(Beats{}, meta(0x03, track.name));
    if (!track.instrument.empty()) add_heading(Beats{}, meta(0x04, track.instrument));
  }

  void add_events(const MidiTrack& track) {
    for (const auto& channel : track.channels) {
      add_channel_names(channel);
      for (const auto& control : channel.content.controls) {
        add(tick_of(control.at, resolution_), Rank::control, channel.port, bytes_of(control, channel.channel));
      }
      for (const auto& note : on_ticks(channel.content.notes)) {
        const std::int64_t on = tick_of(note.start, resolution_);
        const std::int64_t off = tick_of(note.start + note.length, resolution_);
        add(on, Rank::note_on, channel.port, channel_message(0x90, channel.channel, note.key, note.velocity));
        add(off, Rank::note_off, channel.port, channel_message(0x80, channel.channel, note.key, note.release_velocity));
      }
    }
    end_ = std::max(end_, tick_of(track.end, resolution_));
  }

  // The whole chunk.
  std::string chunk() {
    // Which note comes first at one tick must not depend on how long it is: when the file is read, another of its key may end where it did.
    const auto key_of = [](const OutEvent& event) {
      return std::pair(event.port, event.bytes.substr(0, event.rank == Rank::note_off ? 2 : 3));
    };
    std::stable_sort(events_.begin(), events_.end(), [&](const OutEvent& a, const OutEvent& b) {
      if (a.tick != b.tick) return a.tick < b.tick;
      const bool are_notes = a.rank == b.rank && (a.rank == Rank::note_off || a.rank == Rank::note_on);
      return are_notes ? key_of(a) < key_of(b) : a.rank < b.rank;
    });
    std::string body;
    std::int64_t now = 0;
    int port = 0;
    char running = 0;
    const auto advance_to = [&](std::int64_t tick) {
      // The format has no longer times: an empty text stands between two of them.
      constexpr std::int64_t longest = 0x0FFF'FFFF;
      for (; tick - now > longest; now += longest) {
        append_variable(body, longest);
        body += meta(0x01, {});
        running = 0;
      }
      append_variable(body, static_cast<std::uint64_t>(tick - now));
      now = tick;
    };
    for (const auto& event : events_) {
      advance_to(event.tick);
      if (event.port >= 0 && event.port != port) {
        port = event.port;
        running = 0;
        body += meta(0x21, std::string(1, static_cast<char>(port)));
        advance_to(event.tick);
      }
      const bool channel_event = event.rank != Rank::heading;
      const bool same = channel_event && event.bytes.front() == running;
      body.append(event.bytes, same ? 1 : 0, std::string::npos);
      running = channel_event ? event.bytes.front() : '\0';
    }
    advance_to(std::max(end_, now));
    body += meta(0x2F, {});
    std::string chunk = "MTrk";
    append_big_endian(chunk, body.size(), 4);
    return chunk.append(body);
  }

 private:
  // The notes as they will be read again, and in that order.
  std::vector<midi::Note> on_ticks(std::vector<midi::Note> notes) const {
    for (midi::Note& note : notes) {
      const std::int64_t on = tick_of(note.start, resolution_);
      const std::int64_t off = std::max(on + 1, tick_of(note.start + note.length, resolution_));
      note.start = beats_of_tick(on, resolution_);
      note.length = beats_of_tick(off, resolution_) - note.start;
    }
    std::sort(notes.begin(), notes.end());
    return notes;
  }

  void add(std::int64_t tick, Rank rank, int port, std::string bytes) {
    events_.push_back(OutEvent{tick, rank, port, std::move(bytes)});
  }

  void add_channel_names(const MidiChannel& channel) {
    const std::string prefix = meta(0x20, std::string(1, static_cast<char>(channel.channel)));
    const auto add_name = [&](int type, const std::string& name) {
      if (name.empty()) return;
      add(0, Rank::heading, channel.port, prefix);
      add(0, Rank::heading, channel.port, meta(type, name));
    };
    add_name(0x03, channel.name);
    add_name(0x04, channel.instrument);
  }

  static std::string bytes_of(const midi::Control& control, int channel) {
    switch (control.kind) {
      case midi::ControlKind::controller: return channel_message(0xB0, channel, control.number, control.value);
      case midi::ControlKind::key_pressure: return channel_message(0xA0, channel, control.number, control.value);
      case midi::ControlKind::program: return channel_message(0xC0, channel, control.value);
      case midi::ControlKind::channel_pressure: return channel_message(0xD0, channel, control.value);
      case midi::ControlKind::pitch_bend: break;
    }
    return channel_message(0xE0, channel, control.value & 0x7F, control.value >> 7);
  }

  int resolution_;
  std::vector<OutEvent> events_;
  std::int64_t end_ = 0;
};

// One sequence as tracks that play together, its tempo in the first. A first track without notes and controls is that
// one.
std::vector<std::string> chunks_of_together(const MidiSequence& sequence, int resolution) {
  std::vector<std::string> chunks;
  auto track = sequence.tracks.begin();
  MidiTrack conductor;
  conductor.name = sequence.name;
  if (track != sequence.tracks.end() && track->channels.empty()) conductor = *track++;
  TrackWriter first(resolution);
  first.add_names(conductor);
  first.add_timing(sequence);
  first.add_events(conductor);
  chunks.push_back(first.chunk());
  for (; track != sequence.tracks.end(); ++track) {
    TrackWriter writer(resolution);
    writer.add_names(*track);
    writer.add_events(*track);
    chunks.push_back(writer.chunk());
  }
  return chunks;
}

std::string chunk_of_alone(const MidiSequence& sequence, int resolution) {
  TrackWriter writer(resolution);
  if (!sequence.tracks.empty()) writer.add_names(sequence.tracks.front());
  writer.add_timing(sequence);
  for (const auto& track : sequence.tracks) writer.add_events(track);
  return writer.chunk();
}

}  // namespace

base::Result<std::vector<std::byte>> write_midi(const MidiSong& song) {
  std::vector<std::string> chunks;
  if (song.sequences.size() == 1) {
    chunks = chunks_of_together(song.sequences.front(), song.ticks_per_quarter);
  } else {
    for (const auto& sequence : song.sequences) chunks.push_back(chunk_of_alone(sequence, song.ticks_per_quarter));
  }
  if (chunks.size() > most_tracks) {
    return base::fail(
        base::ErrorKind::unsupported,
        fmt::format("A MIDI file holds at most 65535 tracks; these are {}. Choose fewer.", chunks.size()));
  }
  std::string bytes = "MThd";
  append_big_endian(bytes, 6, 4);
  append_big_endian(bytes, song.sequences.size() == 1 ? 1 : 2, 2);
  append_big_endian(bytes, chunks.size(), 2);
  append_big_endian(bytes, static_cast<std::uint64_t>(song.ticks_per_quarter), 2);
  for (const auto& chunk : chunks) bytes += chunk;
  std::vector<std::byte> out(bytes.size());
  std::transform(bytes.begin(), bytes.end(), out.begin(), [](char c) { return static_cast<std::byte>(c); });
  return out;
}

}  // namespace firn::files
