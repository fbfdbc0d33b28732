#include "files/midi_track_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "files/midi_bytes.hpp"
#include "files/midi_text.hpp"

namespace firn::files {
namespace {

using time::Beats;

// Of a variable-length quantity: what the format allows, and what is read all the same.
constexpr int legal_length = 4;
constexpr int longest_length = 8;

constexpr std::uint8_t meta_event = 0xFF;
constexpr std::uint8_t system_exclusive = 0xF0;
constexpr std::uint8_t system_exclusive_more = 0xF7;  // also the escape for anything else

std::size_t data_bytes_of(std::uint8_t status) {
  if (status < 0xF0) return (status & 0xE0) == 0xC0 ? 1 : 2;
  if (status == 0xF2) return 2;
  return status == 0xF1 || status == 0xF3 ? 1 : 0;
}

bool has_length(std::uint8_t status) {
  return status == meta_event || status == system_exclusive || status == system_exclusive_more;
}

// Steps over one event that is all it should be; false where it is not. `running` is the status of the one before, or
// 0.
bool step_over(MidiBytes& bytes, std::uint8_t& running, bool& ended) {
  if (!bytes.take_variable(legal_length) || bytes.left() == 0) return false;
  const std::uint8_t status = bytes.peek() >= 0x80 ? bytes.take() : running;
  if (has_length(status)) {
    if (status == meta_event && (bytes.left() == 0 || bytes.peek() >= 0x80)) return false;
    ended = status == meta_event && bytes.take() == 0x2F;
    const auto length = bytes.take_variable(legal_length);
    if (!length || *length > static_cast<std::int64_t>(bytes.left())) return false;
    bytes.take(static_cast<std::size_t>(*length));
    return true;
  }
  if (status < 0x80 || status > 0xF0 || bytes.left() < data_bytes_of(status)) return false;
  for (std::size_t i = 0; i < data_bytes_of(status); ++i) {
    if (bytes.take() >= 0x80) return false;
  }
  running = status;
  return true;
}

// True if events seem to begin here, the first with a status of its own: enough of them in a row are whole.
bool is_plausible(MidiBytes bytes) {
  constexpr int enough = 4;
  std::uint8_t running = 0;
  bool ended = false;
  for (int i = 0; i < enough && bytes.left() > 0 && !ended; ++i) {
    if (!step_over(bytes, running, ended)) return false;
  }
  return true;
}

// The notes of one key that have begun and not ended, in their order.
struct Waiting {
  std::vector<std::size_t> notes;
  std::size_t first = 0;

  bool empty() const { return first == notes.size(); }
};

class TrackReader {
 public:
  TrackReader(MidiBytes bytes, const MidiDivision& division, MidiRemarks& warnings, MidiRemarks& left_out)
      : bytes_(bytes), division_(division), warnings_(warnings), left_out_(left_out) {}

  MidiTrackContent read() {
    while (bytes_.left() > 0 && !content_.ended) read_event();
    finish();
    return std::move(content_);
  }

 private:
  struct OpenChannel {
    std::size_t index = 0;            // in the track's channels
    std::vector<std::size_t> starts;  // of each note, as a byte offset
    std::array<Waiting, 128> keys;
    std::uint8_t bank = 0;
  };

  Beats now() const { return division_.at(tick_); }

  void advance(std::int64_t delta) { tick_ = delta > last_tick_ - tick_ ? last_tick_ : tick_ + delta; }

  void cut_off(std::size_t start) {
    warnings_.add("a track ends in the middle of an event; what is whole is kept", start);
    bytes_.at = bytes_.end;
  }

  void read_event() {
    const std::size_t start = bytes_.at;
    const auto delta = bytes_.take_variable(longest_length);
    if (bytes_.left() == 0) return cut_off(start);
    if (!delta) {
      warnings_.add("bytes that are no event are passed over", start);
      return resume();
    }
    if (bytes_.at - start > legal_length)
      warnings_.add("a time is written in more than four bytes; it is taken as it stands", start);
    if (bytes_.peek() < 0x80 && running_ == 0) {
      warnings_.add("data stands where an event's kind must be given; bytes up to the next event are passed over",
                    bytes_.at);
      return resume();
    }
    advance(*delta);
    read_message();
  }

  void read_message() {
    const std::size_t start = bytes_.at;
    std::uint8_t status = running_;
    if (bytes_.peek() >= 0x80) {
      status = bytes_.take();
    } else if (interrupted_) {
      warnings_.add(
          "running status goes on after a meta event or a system message, which the format forbids; it is kept", start);
      interrupted_ = false;
    }
    if (status < 0xF0) return read_channel_message(status, start);
    interrupted_ = true;
    if (status == meta_event) return read_meta(start);
    prefix_.reset();
    if (status == system_exclusive || status == system_exclusive_more) return read_system_exclusive(status, start);
    warnings_.add("a system message (F1 to FE) stands in a track, which the format forbids; it is passed over", start,
                  fmt::format(" ({:02X})", status));
    // Its data goes with it, as far as there is some: events must follow.
    MidiBytes next = bytes_;
    for (std::size_t n = std::min(data_bytes_of(status), bytes_.left()) + 1; n > 0; --n) {
      next.at = bytes_.at + n - 1;
      if (is_plausible(next)) break;
    }
    bytes_.at = next.at;
  }

  // Goes on where events seem to begin again.
  void resume() {
    while (bytes_.left() > 0 && !is_plausible(bytes_)) ++bytes_.at;
  }

  void read_channel_message(std::uint8_t status, std::size_t start) {
    running_ = status;
    interrupted_ = false;
    prefix_.reset();
    const std::size_t count = data_bytes_of(status);
    if (bytes_.left() < count) return cut_off(start);
    for (std::size_t i = 0; i < count; ++i) {
      if (bytes_.peek(i) < 0x80) continue;
      warnings_.add("an event has a data byte above 127; it is dropped", start);
      const std::size_t bad = bytes_.at + i;
      bytes_.at += count;
      if (!is_plausible(bytes_)) {
        bytes_.at = bad;
        resume();
      }
      return;
    }
    const std::uint8_t first = bytes_.take();
    const std::uint8_t second = count == 2 ? bytes_.take() : 0;
    apply(status, first, second, start);
  }

  void apply(std::uint8_t status, std::uint8_t first, std::uint8_t second, std::size_t start) {
    OpenChannel& open = channel_of({port_, status & 0x0F});
    const auto control = [&](midi::ControlKind kind, std::uint8_t number, int value) {
      content_of(open).controls.push_back(midi::Control{now(), kind, number, static_cast<std::uint16_t>(value)});
    };
    switch (status & 0xF0) {
      case 0x80: return end_note(open, first, second, start);
      case 0x90:
        if (second == 0) return end_note(open, first, midi::Note{}.release_velocity, start);
        return begin_note(open, first, second, start);
      case 0xA0: return control(midi::ControlKind::key_pressure, first, second);
      case 0xB0:
        if (first == 0) open.bank = second;
        if (first == 120 || first == 123) end_all_notes(open);  // all sound off, all notes off
        return control(midi::ControlKind::controller, first, second);
      case 0xC0:
        // XG: 126 and 127 are drum kits; General MIDI 2: 120.
        if (open.bank == 120 || open.bank >= 126) content_.xg_drums.insert({port_, status & 0x0F});
        return control(midi::ControlKind::program, 0, first);
      case 0xD0: return control(midi::ControlKind::channel_pressure, 0, first);
      case 0xE0: return control(midi::ControlKind::pitch_bend, 0, second << 7 | first);
    }
  }

  OpenChannel& channel_of(MidiPlace place) {
    if (current_ && current_place_ == place) return *current_;
    const auto [found, is_new] = channels_.try_emplace(place);
    if (is_new) {
      found->second.index = content_.track.channels.size();
      MidiChannel channel;
      channel.port = place.first;
      channel.channel = place.second;
      content_.track.channels.push_back(std::move(channel));
    }
    current_ = &found->second;
    current_place_ = place;
    return *current_;
  }

  midi::Content& content_of(const OpenChannel& open) { return content_.track.channels[open.index].content; }

  void begin_note(OpenChannel& open, std::uint8_t key, std::uint8_t velocity, std::size_t start) {
    auto& notes = content_of(open).notes;
    open.keys[key].notes.push_back(notes.size());
    open.starts.push_back(start);
    notes.push_back(midi::Note{now(), Beats{}, key, velocity, midi::Note{}.release_velocity});
  }

  void end_note(OpenChannel& open, std::uint8_t key, std::uint8_t velocity, std::size_t start) {
    Waiting& waiting = open.keys[key];
    if (waiting.empty()) {
      // Another track may have the note; not for so many, though.
      constexpr std::size_t most_strays = 100'000;
      if (content_.strays.size() == most_strays) {
        warnings_.add(stray_note_off, start);
      } else {
        content_.strays.push_back(StrayNoteOff{current_place_, now(), key, velocity, start});
      }
      return;
    }
    midi::Note& note = content_of(open).notes[waiting.notes[waiting.first++]];
    note.release_velocity = velocity;
    // A note of no length gets a tick.
    note.length = (note.start < now() ? now() : division_.at(tick_ + 1)) - note.start;
    if (waiting.empty()) waiting = {};
  }

  void end_all_notes(OpenChannel& open) {
    content_.silences.push_back({current_place_, now()});
    for (std::size_t key = 0; key < open.keys.size(); ++key) {
      while (!open.keys[key].empty()) end_note(open, static_cast<std::uint8_t>(key), midi::Note{}.release_velocity, 0);
    }
  }

  // The bytes that a meta event or system-exclusive message announces. Where it announces too many: nothing, and events
  // go on where they seem to begin again.
  std::optional<std::span<const std::byte>> take_payload(std::size_t start, std::string_view complaint) {
    const std::size_t at_length = bytes_.at;
    const auto length = bytes_.take_variable(longest_length);
    if (length && *length <= static_cast<std::int64_t>(bytes_.left()))
      return bytes_.take(static_cast<std::size_t>(*length));
    warnings_.add(complaint, start);
    bytes_.at = at_length;
    resume();
    return std::nullopt;
  }

  void read_system_exclusive(std::uint8_t status, std::size_t start) {
    const auto payload = take_payload(start, "a system message is longer than its track; it is dropped");
    if (!payload) return;
    if (status == system_exclusive) note_system(*payload);
    left_out_.add("system-exclusive messages are left out", start);
  }

  // The messages that say which channels play drums: GS "use for rhythm part", XG "part mode", XG and General MIDI 2
  // "on".
  void note_system(std::span<const std::byte> data) {
    const auto at = [&](std::size_t i) { return i < data.size() ? std::to_integer<int>(data[i]) : -1; };
    if (at(0) == 0x41 && at(2) == 0x42 && at(3) == 0x12 && at(4) == 0x40 && at(5) >> 4 == 1 && at(6) == 0x15 &&
        at(7) >= 0) {
      const int block = at(5) & 0x0F;  // 0 is channel 10, 1 to 9 are channels 1 to 9, 10 to 15 are 11 to 16
      const int channel = block == 0 ? 9 : block <= 9 ? block - 1 : block;
      content_.drum_parts.push_back({{port_, channel}, at(7) != 0});
    }
    if (at(0) == 0x43 && at(2) == 0x4C && at(3) == 0x08 && at(4) >= 0 && at(4) < 16 && at(5) == 0x07 && at(6) >= 0) {
      content_.drum_parts.push_back({{port_, at(4)}, at(6) != 0});
    }
    const bool xg = at(0) == 0x43 && at(2) == 0x4C && at(3) == 0 && at(4) == 0 && at(5) == 0x7E;
    const bool gm2 = at(0) == 0x7E && at(2) == 0x09 && at(3) == 0x03;
    content_.xg_or_gm2 = content_.xg_or_gm2 || xg || gm2;
  }

  void read_meta(std::size_t start) {
    if (bytes_.left() == 0) return cut_off(start);
    const std::uint8_t type = bytes_.take();
    if (type == 0x2F) return end_track(start);
    const auto payload = take_payload(start, "a meta event is longer than its track; it is dropped");
    if (payload) apply_meta(type, *payload, start);
  }

  void end_track(std::size_t start) {
    content_.ended = true;
    const auto length = bytes_.take_variable(longest_length);
    if (length == 0) return;
    warnings_.add("an end-of-track event is not FF 2F 00; the track ends there all the same", start);
    const auto left = static_cast<std::int64_t>(bytes_.left());
    bytes_.take(static_cast<std::size_t>(std::min(length.value_or(0), left)));
  }

  void apply_meta(std::uint8_t type, std::span<const std::byte> data, std::size_t start) {
    const auto at = [&](std::size_t i) { return std::to_integer<int>(data[i]); };
    switch (type) {
      case 0x00: return;  // sequence number
      case 0x01: return left_out_.add("texts are left out", start);
      case 0x02: return left_out_.add("copyright notices are left out", start);
      case 0x03: return set_name(data, &MidiTrack::name, &MidiChannel::name);
      case 0x04: return set_name(data, &MidiTrack::instrument, &MidiChannel::instrument);
      case 0x05: return left_out_.add("lyrics are left out", start);
      case 0x06:
      case 0x07: content_.locators.push_back(MidiLocator{now(), utf8_of_midi_text(data)}); return;
      case 0x08: return set_name(data, &MidiTrack::instrument, &MidiChannel::instrument);  // program name
      case 0x09: return left_out_.add("device names are left out", start);
      case 0x20:
        if (data.size() == 1 && at(0) < 16) {
          prefix_ = at(0);
        } else {
          warnings_.add("a channel prefix is not one byte from 0 to 15; it is dropped", start);
        }
        return;
      case 0x21:
        if (data.size() == 1 && at(0) < 128) {
          port_ = at(0);
        } else {
          warnings_.add("a port is not one byte from 0 to 127; it is dropped", start);
        }
        return;
      case 0x51: return set_tempo(data, start);
      case 0x54:
        if (data.size() != 5 || (at(0) & 0x1F) > 23 || at(1) > 59 || at(2) > 59 || at(3) > 29 || at(4) > 99) {
          warnings_.add("an SMPTE offset is out of range; it is dropped", start);
        }
        return left_out_.add("SMPTE offsets are left out", start);
      case 0x58: return set_signature(data, start);
      case 0x59: {
        const int sharps = data.empty() ? 0 : static_cast<std::int8_t>(at(0));
        if (data.size() != 2 || sharps < -7 || sharps > 7 || at(1) > 1) {
          warnings_.add("a key signature is out of range", start);
        }
        return left_out_.add("key signatures are left out", start);
      }
      case 0x7F: return left_out_.add("events for one sequencer alone are left out", start);
    }
    if (type >= 0x80) warnings_.add("a meta event has a type above 127; it is passed over", start);
    left_out_.add("meta events of unknown types are left out", start);
  }

  // The first name of a kind counts; where a channel prefix stands before it, for that channel alone.
  void set_name(std::span<const std::byte> data, std::string MidiTrack::*of_track,
                std::string MidiChannel::*of_channel) {
    std::string& name =
        prefix_ ? content_.track.channels[channel_of({port_, *prefix_}).index].*of_channel : content_.track.*of_track;
    if (name.empty()) name = utf8_of_midi_text(data);
  }

  void set_tempo(std::span<const std::byte> data, std::size_t start) {
    if (data.size() != 3)
      warnings_.add("a tempo is not three bytes long; the first three count, fewer are dropped", start);
    if (data.size() < 3) return;
    std::int64_t microseconds = 0;
    for (std::size_t i = 0; i < 3; ++i) microseconds = microseconds << 8 | std::to_integer<int>(data[i]);
    if (microseconds == 0) {
      warnings_.add("a tempo of no time at all is dropped", start);
      return;
    }
    if (division_.smpte) {
      left_out_.add("tempos are left out, since the file counts in seconds", start);
      return;
    }
    constexpr double fastest = 10'000.0;
    double bpm = 60e6 / static_cast<double>(microseconds);
    if (bpm > fastest) {
      warnings_.add("a tempo above 10000 bpm is taken as that", start, fmt::format(" ({:.0f} bpm)", bpm));
      bpm = fastest;
    }
    content_.tempos.push_back(time::TempoPoint{now(), bpm, false});
  }

  void set_signature(std::span<const std::byte> data, std::size_t start) {
    if (data.size() != 4)
      warnings_.add("a time signature is not four bytes long; the first two count, fewer are dropped", start);
    if (data.size() < 2) return;
    const int numerator = std::to_integer<int>(data[0]);
    const int power = std::to_integer<int>(data[1]);
    if (numerator == 0 || power > 6) {
      warnings_.add("a time signature is not 1 to 255 over 1 to 64; it is dropped", start,
                    fmt::format(" ({} over 2 to the {})", numerator, power));
      return;
    }
    content_.signatures.push_back(time::TimeSignature{now(), numerator, 1 << power});
  }

  void finish() {
    if (!content_.ended) warnings_.add("a track has no end-of-track event; it ends with its last one", bytes_.at);
    content_.stop = bytes_.at;
    content_.track.end = now();
    for (auto& [place, open] : channels_) {
      for (const Waiting& waiting : open.keys) {
        for (std::size_t i = waiting.first; i < waiting.notes.size(); ++i) {
          content_.hanging.push_back(HangingNote{open.index, waiting.notes[i], open.starts[waiting.notes[i]]});
        }
      }
    }
  }

  MidiBytes bytes_;
  const MidiDivision& division_;
  const std::int64_t last_tick_ = division_.last_tick();
  MidiRemarks& warnings_;
  MidiRemarks& left_out_;
  MidiTrackContent content_;
  std::map<MidiPlace, OpenChannel> channels_;
  OpenChannel* current_ = nullptr;
  MidiPlace current_place_;
  std::int64_t tick_ = 0;
  std::uint8_t running_ = 0;
  bool interrupted_ = false;
  int port_ = 0;
  std::optional<int> prefix_;
};

}  // namespace

Beats MidiDivision::at(std::int64_t tick) const {
  return {tick / denominator * numerator + (tick % denominator * numerator + denominator / 2) / denominator};
}

std::int64_t MidiDivision::last_tick() const { return Beats::quarters(20'000'000).ticks / numerator * denominator; }

MidiTrackContent read_midi_track(std::span<const std::byte> file, std::size_t begin, std::size_t end,
                                 const MidiDivision& division, MidiRemarks& warnings, MidiRemarks& left_out) {
  return TrackReader(MidiBytes{file, begin, end}, division, warnings, left_out).read();
}

}  // namespace firn::files
