#include "files/midi_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <numeric>

#include "files/midi_bytes.hpp"
#include "files/midi_sequence.hpp"
#include "files/midi_track_reader.hpp"

namespace firn::files {
namespace {

using base::ErrorKind;
using time::Beats;

struct Header {
  int format = 1;
  int tracks = 0;
  MidiDivision division;
  int ticks_per_quarter = 480;
};

tl::unexpected<base::Error> malformed(std::string_view what, std::size_t offset) {
  return base::fail(ErrorKind::malformed, fmt::format("This MIDI file is broken at byte {}: {}.", offset, what));
}

std::optional<std::size_t> find(std::span<const std::byte> file, std::string_view id, std::size_t from,
                                std::size_t to) {
  for (MidiBytes bytes{file, from, file.size()}; bytes.at < to && bytes.left() >= id.size(); ++bytes.at) {
    if (bytes.starts_with(id)) return bytes.at;
  }
  return std::nullopt;
}

class FileReader {
 public:
  explicit FileReader(std::span<const std::byte> file) : file_(file), end_(file.size()) {}

  base::Result<MidiSong> read() {
    if (file_.size() > std::size_t{longest_midi_file}) {
      return base::fail(ErrorKind::unsupported, "This MIDI file is larger than 64 MiB, the most that Firn reads.");
    }
    if (file_.empty()) return malformed("it is empty", 0);
    const auto start = find_header();
    if (!start) {
      return base::fail(
          ErrorKind::malformed,
          "This is not a MIDI file: it does not begin with \"MThd\" at byte 0. Is it another kind of file?");
    }
    const auto header = read_header(*start);
    if (!header) return tl::unexpected(header.error());
    read_chunks(*header);
    return assemble(*header);
  }

 private:
  // A RIFF file wraps a MIDI file; old Macintosh and mail programs put bytes before it.
  std::optional<std::size_t> find_header() {
    constexpr std::size_t search = 4096;
    MidiBytes bytes{file_, 0, file_.size()};
    if (bytes.starts_with("RIFF") && bytes.left() >= 12) return find_in_riff();
    const auto start = find(file_, "MThd", 0, search);
    if (start && *start > 0) warnings_.add("bytes before the header (MThd) are passed over", 0);
    return start;
  }

  std::optional<std::size_t> find_in_riff() {
    MidiBytes bytes{file_, 12, file_.size()};
    while (bytes.left() >= 8) {
      const bool is_data = bytes.starts_with("data");
      const std::size_t chunk = bytes.at;
      bytes.take(4);
      std::size_t size = 0;
      for (int shift = 0; shift < 32; shift += 8) size |= std::size_t{bytes.take()} << shift;
      if (size > bytes.left()) {
        warnings_.add("a RIFF chunk says it is longer than the file; it ends with the file", chunk);
        size = bytes.left();
      }
      if (is_data) {
        end_ = bytes.at + size;
        return find(file_, "MThd", bytes.at, bytes.at + 1);
      }
      left_out_.add("RIFF chunks other than the MIDI data are left out", chunk);
      bytes.take(std::min(size + size % 2, bytes.left()));
    }
    return std::nullopt;
  }

  base::Result<Header> read_header(std::size_t start) {
    MidiBytes bytes{file_, start, end_};
    bytes.take(4);
    if (bytes.left() < 4) return malformed("the header is cut off", bytes.end);
    const std::size_t length = bytes.take_big_endian(4);
    if (length < 6) return malformed(fmt::format("the header is {} bytes long; it must be 6", length), start + 4);
    if (bytes.left() < 6) return malformed("the header is cut off", bytes.end);
    Header header;
    header.format = static_cast<int>(bytes.take_big_endian(2));
    header.tracks = static_cast<int>(bytes.take_big_endian(2));
    const auto division = static_cast<int>(bytes.take_big_endian(2));
    if (header.format > 2) {
      warnings_.add("the file is of a format that does not exist; it is read as format 1", start + 8,
                    fmt::format(" ({})", header.format));
      header.format = 1;
    }
    if (length > 6) {
      warnings_.add("the header is longer than 6 bytes; the rest of it is passed over", start + 4);
      bytes.take(std::min(length - 6, bytes.left()));
    }
    chunks_ = bytes.at;
    if (division == 0)
      return malformed("its resolution is 0 ticks to the quarter note, so that nothing has a place", start + 12);
    if (division < 0x8000) {
      header.ticks_per_quarter = division;
      header.division = MidiDivision{Beats::ticks_per_quarter, division, false};
      return header;
    }
    return read_smpte(header, 256 - (division >> 8), division & 0xFF, start + 12);
  }

  base::Result<Header> read_smpte(Header header, int frames_per_second, int ticks_per_frame, std::size_t offset) {
    if (ticks_per_frame == 0)
      return malformed("its resolution is 0 ticks to the SMPTE frame, so that nothing has a place", offset);
    std::int64_t numerator = 2 * Beats::ticks_per_quarter;  // a second
    std::int64_t denominator = std::int64_t{frames_per_second} * ticks_per_frame;
    header.ticks_per_quarter = static_cast<int>(denominator % 2 == 0 ? denominator / 2 : denominator);
    if (frames_per_second == 29) {  // 30 drop-frame: 30,000 / 1,001 frames a second
      numerator *= 1001;
      denominator = std::int64_t{30'000} * ticks_per_frame;
      header.ticks_per_quarter = 30'720;
    } else if (frames_per_second != 24 && frames_per_second != 25 && frames_per_second != 30) {
      warnings_.add("its SMPTE frame rate is none of 24, 25, 29.97 and 30; it is taken as it stands", offset,
                    fmt::format(" ({})", frames_per_second));
    }
    const std::int64_t common = std::gcd(numerator, denominator);
    header.division = MidiDivision{numerator / common, denominator / common, true};
    return header;
  }

  void read_chunks(const Header& header) {
    MidiBytes bytes{file_, chunks_, end_};
    while (bytes.left() >= 8 && contents_.size() < most_tracks) {
      const std::size_t length = MidiBytes{file_, bytes.at + 4, end_}.take_big_endian(4);
      if (bytes.starts_with("MTrk")) {
        bytes.at = read_track(bytes.at, length, header.division);
      } else if (is_chunk(bytes.at)) {
        left_out_.add("chunks that are not tracks are passed over", bytes.at);
        bytes.at += 8 + length;
      } else {
        warnings_.add("bytes that belong to no chunk are passed over", bytes.at);
        bytes.at = find(file_, "MTrk", bytes.at + 1, end_).value_or(end_);
      }
    }
    if (bytes.left() >= 8) warnings_.add("the file has more than 65535 tracks; the rest are left out", bytes.at);
    if (bytes.left() > 0 && bytes.left() < 8) warnings_.add("bytes after the last track are passed over", bytes.at);
    if (contents_.size() != static_cast<std::size_t>(header.tracks)) {
      warnings_.add(fmt::format("the header promises {} tracks and the file has {}; those are read", header.tracks,
                                contents_.size()),
                    chunks_ - 4);
    }
  }

  // A chunk seems to begin there: four printable characters and a length that fits.
  bool is_chunk(std::size_t at) const {
    MidiBytes bytes{file_, at, end_};
    if (bytes.left() < 8) return false;
    for (int i = 0; i < 4; ++i) {
      const std::uint8_t character = bytes.take();
      if (character < 0x20 || character > 0x7E) return false;
    }
    return bytes.take_big_endian(4) <= bytes.left();
  }

  // Reads the track whose chunk begins at `chunk`; returns the byte after it.
  std::size_t read_track(std::size_t chunk, std::size_t length, const MidiDivision& division) {
    const std::size_t begin = chunk + 8;
    std::size_t end = begin + length;
    if (length > end_ - begin) {
      warnings_.add("a track says it is longer than the file; it ends with the file", chunk + 4);
      end = end_;
    }
    MidiRemarks warnings = warnings_;
    MidiRemarks left_out = left_out_;
    auto content = read_midi_track(file_, begin, end, division, warnings, left_out);
    if (!content.ended && end < end_ && !is_chunk(end)) {
      // No chunk follows where the track says it ends: it may go on to an end-of-track event further on.
      MidiRemarks longer_warnings = warnings_;
      MidiRemarks longer_left_out = left_out_;
      longer_warnings.add("a track is longer than it says; it is read to its end-of-track event", chunk + 4);
      const std::size_t limit = find(file_, "MTrk", end, end_).value_or(end_);
      auto longer = read_midi_track(file_, begin, limit, division, longer_warnings, longer_left_out);
      if (longer.ended) {
        content = std::move(longer);
        warnings = std::move(longer_warnings);
        left_out = std::move(longer_left_out);
        end = content.stop;
      }
    }
    warnings_ = std::move(warnings);
    left_out_ = std::move(left_out);
    if (content.ended && content.stop < end) {
      if (MidiBytes{file_, content.stop, end_}.starts_with("MTrk")) {
        warnings_.add("a track is shorter than it says; the next one begins where it ends", chunk + 4);
        end = content.stop;
      } else {
        warnings_.add("bytes after a track's end-of-track event are passed over", content.stop);
      }
    }
    content.offset = chunk;
    contents_.push_back(std::move(content));
    return end;
  }

  MidiSong assemble(const Header& header) {
    MidiSong song;
    song.format = header.format;
    song.ticks_per_quarter = header.ticks_per_quarter;
    if (song.format == 0 && contents_.size() > 1) {
      warnings_.add("a file of format 0 has one track, and this one has more; it is read as format 1", chunks_ - 6);
      song.format = 1;
    }
    MidiSequenceBuilder builder(header.division, warnings_);
    if (song.format != 2) {
      song.sequences.push_back(builder.build(std::move(contents_)));
    } else {
      for (auto& content : contents_) {
        if (!builder.has_time_left()) {
          warnings_.add("the file goes on after 24 hours; what lies beyond is left out", content.offset);
          break;
        }
        std::vector<MidiTrackContent> alone;
        alone.push_back(std::move(content));
        song.sequences.push_back(builder.build(std::move(alone)));
      }
    }
    song.warnings = warnings_.take();
    song.left_out = left_out_.take();
    return song;
  }

  std::span<const std::byte> file_;
  std::size_t end_;         // of the MIDI data
  std::size_t chunks_ = 0;  // the byte after the header
  std::vector<MidiTrackContent> contents_;
  MidiRemarks warnings_;
  MidiRemarks left_out_;
};

}  // namespace

std::string text_of(const MidiRemark& remark) {
  const std::string times = remark.count > 1 ? fmt::format(" ({} times)", remark.count) : std::string();
  return fmt::format("Byte {}: {}{}.", remark.offset, remark.text, times);
}

Beats beats_of_tick(std::int64_t tick, int ticks_per_quarter) {
  return MidiDivision{Beats::ticks_per_quarter, ticks_per_quarter, false}.at(tick);
}

std::int64_t tick_of(Beats at, int ticks_per_quarter) {
  assert(at >= Beats{});
  constexpr std::int64_t quarter = Beats::ticks_per_quarter;
  return at.ticks / quarter * ticks_per_quarter + (at.ticks % quarter * ticks_per_quarter + quarter / 2) / quarter;
}

base::Result<MidiSong> read_midi(std::span<const std::byte> file) { return FileReader(file).read(); }

}  // namespace firn::files
