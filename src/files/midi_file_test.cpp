#include "files/midi_file.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "document/check.hpp"
#include "support/midi_files.hpp"

using namespace firn;
using namespace firn::files;
using namespace firn::tests;
using time::Beats;

namespace {

const midi::Content& only_content(const MidiSong& song) {
  REQUIRE(song.sequences.size() == 1);
  for (const auto& track : song.sequences.front().tracks) {
    if (!track.channels.empty()) return track.channels.front().content;
  }
  static const midi::Content none;
  return none;
}

base::Error error_of(const Bytes& bytes) {
  const auto song = read_midi(bytes);
  REQUIRE_FALSE(song);
  return song.error();
}

}  // namespace

TEST_CASE("a note, its velocities and its place") {
  const auto song = song_from(0, 96, {"30 90 3C 64 60 80 3C 21"});
  CHECK(song.warnings.empty());
  CHECK(song.left_out.empty());
  CHECK(only_content(song).notes ==
        std::vector<midi::Note>{{Beats::fraction(1, 2), Beats::quarters(1), 60, 100, 0x21}});
}

TEST_CASE("running status, and note-ons of velocity 0 that end notes with release velocity 64") {
  const auto song = song_from(0, 96, {"00 90 3C 64 60 3C 00 00 3E 50 60 3E 00"});
  CHECK(song.warnings.empty());
  CHECK(only_content(song).notes == std::vector<midi::Note>{{Beats{}, Beats::quarters(1), 60, 100, 64},
                                                            {Beats::quarters(1), Beats::quarters(1), 62, 80, 64}});
}

TEST_CASE("overlapping notes of one key end in the order they begin") {
  const auto song = song_from(0, 96, {"00 90 3C 11 60 90 3C 22 60 80 3C 40 60 80 3C 41"});
  CHECK(only_content(song).notes == std::vector<midi::Note>{{Beats{}, Beats::quarters(2), 60, 0x11, 0x40},
                                                            {Beats::quarters(1), Beats::quarters(2), 60, 0x22, 0x41}});
}

TEST_CASE("a note of no length gets one tick") {
  const auto song = song_from(0, 96, {"00 90 3C 64 00 80 3C 40 00 90 3E 64 60 80 3E 40"});
  CHECK(only_content(song).notes.front().length == Beats::fraction(1, 96));
}

TEST_CASE("a note that never ends ends with its track, and says so") {
  const auto song = song_from(0, 96, {"00 90 3C 64 60 90 3C 64 60 B0 07 64"});
  CHECK(only_content(song).notes[0].length == Beats::quarters(2));
  CHECK(only_content(song).notes[1].length == Beats::quarters(1));
  REQUIRE(song.warnings.size() == 1);
  CHECK(text_of(song.warnings[0]) == "Byte 23: a note never ends; it ends with its track (2 times).");
}

TEST_CASE("all notes off and all sound off end notes") {
  for (const char* all : {"60 B0 7B 00", "60 B0 78 00"}) {
    const auto song = song_from(0, 96, {std::string("00 90 3C 64 00 90 40 64 ") + all + " 60 B0 07 64"});
    CHECK(song.warnings.empty());
    CHECK(only_content(song).notes[0].length == Beats::quarters(1));
    CHECK(only_content(song).notes[1].length == Beats::quarters(1));
  }
}

TEST_CASE("all notes off ends the channel's notes in other tracks too") {
  const auto song = song_from(1, 96, {"00 90 3C 64 83 00 80 3C 40", "60 B0 7B 00 00 B1 7B 00"});
  CHECK(only_content(song).notes.front().length == Beats::quarters(1));
}

TEST_CASE("a note that another track ends is ended there") {
  const auto song = song_from(1, 96, {"00 90 3C 64 83 00 B0 07 64", "60 80 3C 33"});
  CHECK(song.warnings.empty());
  CHECK(only_content(song).notes == std::vector<midi::Note>{{Beats{}, Beats::quarters(1), 60, 100, 0x33}});
}

TEST_CASE("a note-off without a note is dropped with a warning") {
  const auto song = song_from(0, 96, {"00 80 3C 40 " + c_for_a_beat});
  CHECK(has_remark(song.warnings, "no note to end"));
  CHECK(only_content(song).notes.size() == 1);
}

TEST_CASE("controls of every kind") {
  const auto song = song_from(0, 96, {"00 B0 07 64 00 E0 7F 7F 00 D0 30 00 A0 3C 31 00 C0 05"});
  using midi::ControlKind;
  CHECK(only_content(song).controls == std::vector<midi::Control>{{Beats{}, ControlKind::controller, 7, 100},
                                                                  {Beats{}, ControlKind::pitch_bend, 0, 16'383},
                                                                  {Beats{}, ControlKind::channel_pressure, 0, 0x30},
                                                                  {Beats{}, ControlKind::key_pressure, 60, 0x31},
                                                                  {Beats{}, ControlKind::program, 0, 5}});
}

TEST_CASE("tempo comes from any track; of two at one place the last counts") {
  const auto song = song_from(1, 96, {"60 FF 51 03 07 A1 20", c_for_a_beat, "60 FF 51 03 0F 42 40"});
  const auto& tempos = song.sequences.front().tempos;
  CHECK(tempos == std::vector<time::TempoPoint>{{Beats{}, 120.0}, {Beats::quarters(1), 60.0}});
}

TEST_CASE("time signatures, markers and cues") {
  const auto song =
      song_from(1, 96, {"00 FF 58 04 06 03 24 08 00 FF 06 05 56 65 72 73 65 60 FF 07 03 43 75 65", c_for_a_beat});
  const auto& sequence = song.sequences.front();
  CHECK(sequence.signatures == std::vector<time::TimeSignature>{{Beats{}, 6, 8}});
  CHECK(sequence.locators == std::vector<MidiLocator>{{Beats{}, "Verse"}, {Beats::quarters(1), "Cue"}});
}

TEST_CASE("names of tracks, instruments, and of channels by a prefix") {
  const auto song = song_from(0, 96,
                              {"00 FF 03 04 53 6F 6E 67 00 FF 04 02 41 42 00 FF 20 01 02 00 FF 03 01 58 00 FF 04 01 59 "
                               "00 92 3C 64 60 82 3C 40 00 FF 03 01 5A"});
  const auto& track = song.sequences.front().tracks.front();
  CHECK(track.name == "Song");
  CHECK(track.instrument == "AB");
  REQUIRE(track.channels.size() == 1);
  CHECK(track.channels.front().name == "X");
  CHECK(track.channels.front().instrument == "Y");
}

TEST_CASE("one channel on two ports is two channels") {
  const auto song = song_from(1, 96, {"00 FF 21 01 00 " + c_for_a_beat, "00 FF 21 01 01 " + c_for_a_beat});
  CHECK(song.sequences.front().tracks[0].channels.front().port == 0);
  CHECK(song.sequences.front().tracks[1].channels.front().port == 1);
}

TEST_CASE("drums: channel 10, GS rhythm parts, XG and General MIDI 2 banks") {
  const auto drums = [](const std::string& track) {
    return song_from(0, 96, {track}).sequences[0].tracks[0].channels.back().drums;
  };
  CHECK(drums("00 99 3C 64 60 89 3C 40"));
  CHECK_FALSE(drums(c_for_a_beat));
  // GS: part 1 becomes a drum part, channel 10 stops being one.
  CHECK(drums("00 F0 0A 41 10 42 12 40 11 15 01 19 F7 " + c_for_a_beat));
  CHECK_FALSE(drums("00 F0 0A 41 10 42 12 40 10 15 00 1B F7 00 99 3C 64 60 89 3C 40"));
  CHECK_FALSE(drums("00 B0 00 7F 00 C0 00 " + c_for_a_beat));
  CHECK(drums("00 F0 08 43 10 4C 00 00 7E 00 F7 00 B0 00 7F 00 C0 00 " + c_for_a_beat));  // XG on
  CHECK(drums("00 F0 08 43 10 4C 08 00 07 02 F7 " + c_for_a_beat));                       // XG part mode
  CHECK(drums("00 F0 05 7E 7F 09 03 F7 00 B0 00 78 00 C0 00 " + c_for_a_beat));           // General MIDI 2 on
}

TEST_CASE("SMPTE frames: a second is two beats, 29 is 30000/1001") {
  const auto beat_of_note = [](int division) {
    const auto song = song_from(0, division, {"00 FF 51 03 01 00 00 87 68 90 3C 64 01 80 3C 40"});  // 1000 ticks
    CHECK(song.sequences.front().tempos == std::vector<time::TempoPoint>{time::TempoPoint{}});
    CHECK(has_remark(song.left_out, "tempos"));
    return only_content(song).notes.front().start;
  };
  CHECK(beat_of_note(0xE728) == Beats::quarters(2));               // 25 frames of 40 ticks
  CHECK(beat_of_note(0xE828) == Beats::fraction(2000, 960));       // 24 of 40
  CHECK(beat_of_note(0xE264) == Beats::fraction(2000, 3000));      // 30 of 100
  CHECK(beat_of_note(0xE364) == Beats::fraction(2 * 1001, 3000));  // 1000 ticks are 1001/3000 s
  CHECK(beat_of_note(0xF60A) == Beats::quarters(20));              // 10 of 10: no standard rate
}

TEST_CASE("format 2: every track is a sequence of its own, with its own tempo") {
  const auto song =
      song_from(2, 96, {"00 FF 03 01 41 00 FF 51 03 0F 42 40 " + c_for_a_beat, "00 FF 03 01 42 " + c_for_a_beat});
  REQUIRE(song.sequences.size() == 2);
  CHECK(song.sequences[0].name == "A");
  CHECK(song.sequences[0].tempos.front().bpm == 60.0);
  CHECK(song.sequences[1].name == "B");
  CHECK(song.sequences[1].tempos.front().bpm == 120.0);
  CHECK(length_in_bars(song.sequences[0]) == Beats::quarters(4));
}

TEST_CASE("RIFF RMID and bytes before the header") {
  const Bytes plain = midi_bytes(0, 96, {c_for_a_beat});
  const std::string text(reinterpret_cast<const char*>(plain.data()), plain.size());
  const std::string size = {static_cast<char>(plain.size()), 0, 0, 0};
  const auto riff =
      song_from(bytes_of_text("RIFF" + size + "RMIDLIST" + std::string{2, 0, 0, 0} + "ab" + "data" + size + text));
  CHECK(only_content(riff).notes.size() == 1);
  CHECK(riff.warnings.empty());
  const auto mac = song_from(bytes_of_text(std::string(128, 'x') + text));
  CHECK(only_content(mac).notes.size() == 1);
  CHECK(has_remark(mac.warnings, "before the header"));
}

TEST_CASE("texts of whatever encoding come out as UTF-8") {
  const auto name = [](const std::string& bytes) {
    std::string file = header(0, 1, 96);
    file +=
        chunk("MTrk", hex("00 FF 03") + std::string(1, static_cast<char>(bytes.size())) + bytes + hex("00 FF 2F 00"));
    return song_from(bytes_of_text(file)).sequences.front().name;
  };
  CHECK(name("Plain") == "Plain");
  CHECK(name("\xC3\x9C"
             "ber \xE6\x97\xA5\xE6\x9C\xAC") == "Über 日本");
  CHECK(name("F\xFCr Elise") == "Für Elise");
  CHECK(name("Pr\xE9lude") == "Prélude");
  CHECK(name("\x93Quoted\x94 \x85") == "“Quoted” …");
  CHECK(name("\x83\x65\x83\x58\x83\x67") == "テスト");
  CHECK(name("\x89\xB9\x8Ay 1") == "音楽 1");
  CHECK(name("\xEF\xBB\xBF"
             "Bom") == "Bom");
  // As often as there is one: what is written is read as the same.
  CHECK(name("\xEF\xBB\xBF\xEF\xBB\xBF \xEF\xBB\xBF"
             "Boms") == "Boms");
  CHECK(name(std::string("  a\nb\0c \x7F", 9)) == "a b c");
  CHECK(name("\xFF\xFE\x81") == "ÿþ\xEF\xBF\xBD");
}

TEST_CASE("any bytes as a name are valid UTF-8, and short") {
  CHECK(rc::check("valid UTF-8", [](const std::vector<std::uint8_t>& data) {
    std::string file = header(0, 1, 96);
    std::string body = hex("00 FF 03") +
                       std::string{static_cast<char>(0x80 | data.size() >> 7), static_cast<char>(data.size() & 0x7F)};
    for (const auto byte : data) body += static_cast<char>(byte);
    const auto song = read_midi(bytes_of_text(file + chunk("MTrk", body + hex("00 FF 2F 00"))));
    RC_ASSERT(song);
    RC_ASSERT(document::is_utf8(song->sequences.front().name));
    RC_ASSERT(song->sequences.front().name.size() <= 256);
  }));
  const std::string long_name = hex("00 FF 03 A0 00") + std::string(4096, '\xE4');
  const auto song = song_from(bytes_of_text(header(0, 1, 96) + chunk("MTrk", long_name + hex("00 FF 2F 00"))));
  CHECK(song.sequences.front().name.size() <= 256);
  CHECK(document::is_utf8(song.sequences.front().name));
}

TEST_CASE("what is hopeless is malformed, with the byte") {
  const auto check = [](const std::string& bytes, std::string_view message) {
    const auto error = error_of(bytes_of_text(bytes));
    CHECK(error.kind == base::ErrorKind::malformed);
    CHECK(error.message == message);
  };
  check("", "This MIDI file is broken at byte 0: it is empty.");
  check("Hello, world",
        "This is not a MIDI file: it does not begin with \"MThd\" at byte 0. Is it another kind of file?");
  check("MThd", "This MIDI file is broken at byte 4: the header is cut off.");
  check(header(1, 1, 96).substr(0, 13), "This MIDI file is broken at byte 13: the header is cut off.");
  check("MThd" + hex("00 00 00 05 00 00 00 01 60"),
        "This MIDI file is broken at byte 4: the header is 5 bytes long; it must be 6.");
  check(header(1, 1, 0),
        "This MIDI file is broken at byte 12: its resolution is 0 ticks to the quarter note, so that nothing has a "
        "place.");
  check(header(1, 1, 0xE700),
        "This MIDI file is broken at byte 12: its resolution is 0 ticks to the SMPTE frame, so that nothing has a "
        "place.");
}

TEST_CASE("a file of more than 64 MiB is refused; one of that size, of nothing but damage, is read in one go") {
  Bytes large = midi_bytes(0, 96, {c_for_a_beat});
  large.resize((std::size_t{64} << 20) + 1, std::byte{0xFF});
  CHECK(error_of(large).kind == base::ErrorKind::unsupported);
  for (const int filler : {0x00, 0x40, 0xFF}) {
    Bytes damaged = bytes_of_text(header(0, 1, 96) + "MTrk" + std::string(4, '\xFF') + hex(c_for_a_beat));
    damaged.resize(8 << 20, static_cast<std::byte>(filler));
    const auto song = song_from(damaged);
    CHECK(only_content(song).notes.size() == 1);
    CHECK(has_remark(song.warnings, filler < 0x80 ? "no note to end" : "bytes that are no event"));
  }
}

TEST_CASE("doubtful events: repaired, and said") {
  const auto repaired = [](const std::string& track, std::string_view warning) {
    CAPTURE(warning);
    const auto song = song_from(0, 96, {track});
    CHECK_MESSAGE(has_remark(song.warnings, warning), warning);
    CHECK(only_content(song).notes == std::vector<midi::Note>{{Beats{}, Beats::quarters(1), 60, 100, 64}});
  };
  repaired("00 90 3C 64 00 FF 01 00 60 3C 00", "running status goes on");
  repaired("00 F4 " + c_for_a_beat, "a system message (F1 to FE)");
  repaired("00 F2 01 02 " + c_for_a_beat, "a system message (F1 to FE)");
  repaired("00 F1 " + c_for_a_beat, "a system message (F1 to FE)");
  repaired("00 3C 64 " + c_for_a_beat, "data stands where");
  repaired("00 90 C8 64 " + c_for_a_beat, "a data byte above 127");
  repaired("00 90 40 C8 " + c_for_a_beat, "a data byte above 127");
  repaired("80 80 80 80 00 FF 01 00 " + c_for_a_beat, "more than four bytes");
  repaired("00 FF 51 03 00 00 00 " + c_for_a_beat, "a tempo of no time");
  repaired("00 FF 51 02 07 A1 " + c_for_a_beat, "a tempo is not three bytes");
  repaired("00 FF 51 03 00 00 05 " + c_for_a_beat, "above 10000 bpm");
  repaired("00 FF 58 04 04 FF 18 08 " + c_for_a_beat, "a time signature is not");
  repaired("00 FF 58 04 00 02 18 08 " + c_for_a_beat, "a time signature is not");
  repaired("00 FF 59 02 09 00 " + c_for_a_beat, "a key signature is out of range");
  repaired("00 FF 54 05 FF 00 00 00 00 " + c_for_a_beat, "an SMPTE offset is out of range");
  repaired("00 FF 20 01 10 " + c_for_a_beat, "a channel prefix");
  repaired("00 FF 21 01 80 " + c_for_a_beat, "a port");
  repaired("00 FF 90 00 " + c_for_a_beat, "a type above 127");
  repaired("00 FF 01 FF FF FF 7F " + c_for_a_beat, "a meta event is longer");
  repaired("00 F0 FF FF FF 7F " + c_for_a_beat, "a system message is longer");
}

TEST_CASE("doubtful chunks: repaired, and said") {
  const std::string notes = hex(c_for_a_beat);
  const std::string end = hex("00 FF 2F 00");
  const auto repaired = [](const std::string& file, std::string_view warning, std::size_t tracks) {
    CAPTURE(warning);
    const auto song = song_from(bytes_of_text(file));
    CHECK_MESSAGE(has_remark(song.warnings, warning), warning);
    CHECK(only_content(song).notes == std::vector<midi::Note>{{Beats{}, Beats::quarters(1), 60, 100, 64}});
    CHECK(song.sequences.front().tracks.size() == tracks);
  };
  const std::string track = chunk("MTrk", notes + end);
  const auto of_length = [&](std::uint32_t length) { return "MTrk" + big_endian(length, 4) + notes + end; };
  repaired(header(1, 2, 96) + track, "the header promises 2 tracks and the file has 1", 1);
  repaired(header(1, 1, 96) + track + track, "the header promises 1 tracks and the file has 2", 2);
  repaired(header(0, 2, 96) + track + track, "format 0 has one track", 2);
  repaired(header(7, 1, 96) + track, "a format that does not exist; it is read as format 1 (7)", 1);
  repaired(header(1, 1, 96) + chunk("MTrk", notes), "no end-of-track event", 1);
  repaired(header(1, 1, 96) + chunk("MTrk", notes + hex("00 FF 2F")), "not FF 2F 00", 1);
  repaired(header(1, 1, 96) + of_length(0xFFFFFFFF), "longer than the file", 1);
  repaired(header(1, 2, 96) + of_length(18) + track, "shorter than it says", 2);
  repaired(header(1, 2, 96) + of_length(5) + track, "longer than it says", 2);
  repaired(header(1, 1, 96) + chunk("MTrk", notes + end + "more"), "bytes after a track's end-of-track event", 1);
  repaired(header(1, 1, 96) + track + "*", "bytes after the last track", 1);
  repaired(header(1, 1, 96) + std::string(9, '\x01') + track, "bytes that belong to no chunk", 1);
  repaired("MThd" + hex("00 00 00 08 00 01 00 01 00 60 AA BB") + track, "header is longer", 1);
  repaired(header(1, 1, 96) + chunk("MTrk", notes + hex("00 90 3E")), "in the middle of an event", 1);
}

TEST_CASE("chunks that are not tracks are passed over") {
  const auto song = song_from(
      bytes_of_text(header(0, 1, 96) + chunk("XFIH", "what") + chunk("MTrk", hex(c_for_a_beat + " 00 FF 2F 00"))));
  CHECK(song.warnings.empty());
  CHECK(has_remark(song.left_out, "chunks that are not tracks"));
  CHECK(only_content(song).notes.size() == 1);
}

TEST_CASE("nothing lies beyond 24 hours") {
  // Two legal times add up to 648 days at 96 ticks to the quarter.
  const auto song = song_from(0, 96, {c_for_a_beat + " FF FF FF 7F 90 3E 64 FF FF FF 7F 80 3E 40"});
  CHECK(has_remark(song.warnings, "after 24 hours"));
  CHECK(only_content(song).notes.size() == 1);
  CHECK(song.sequences.front().end == Beats::quarters(2 * 86'400));
  // A note across the limit is cut there.
  const auto across = song_from(0, 96, {"00 90 3E 64 FF FF FF 7F 80 3E 40"});
  CHECK(only_content(across).notes.front().length == Beats::quarters(2 * 86'400));
  // The sequences of a format 2 file share the time.
  const std::string day = "00 90 3E 64 FF FF FF 7F 80 3E 40";
  const auto days = song_from(2, 96, {day, day, day});
  CHECK(days.sequences.size() == 1);
  CHECK(has_remark(days.warnings, "after 24 hours"));
}

TEST_CASE("the corpus: valid files are read, malformed ones give an error or a warning") {
  for (const auto& file : corpus_files("valid")) {
    CAPTURE(file);
    CHECK(read_midi(bytes_of_file(file)));
  }
  for (const auto& file : corpus_files("malformed")) {
    CAPTURE(file);
    const auto song = read_midi(bytes_of_file(file));
    if (song) {
      CHECK_FALSE(song->warnings.empty());
    } else {
      CHECK(song.error().kind == base::ErrorKind::malformed);
      CHECK(song.error().message.find("byte ") != std::string::npos);
    }
  }
}

TEST_CASE("a song survives writing and reading") {
  CHECK(rc::check("read(write(song)) == song", [] {
    const auto song = any_song(*rc::gen::element(1, 96, 480, 1000, 32'767));
    const auto bytes = write_midi(song);
    RC_ASSERT(bytes);
    auto back = read_midi(*bytes);
    RC_ASSERT(back);
    RC_ASSERT(*back == song);
  }));
  for (const auto& file : corpus_files("valid")) {
    CAPTURE(file);
    const auto song = song_from(bytes_of_file(file));
    const auto bytes = write_midi(song);
    REQUIRE(bytes);
    const auto again = song_from(*bytes);
    CHECK(again.warnings.empty());
    REQUIRE(again.sequences.size() == song.sequences.size());
    CHECK(write_midi(again) == bytes);
  }
}

TEST_CASE("at one tick notes end before controls change and notes begin") {
  MidiSong song = song_from(0, 96, {c_for_a_beat + " 00 B0 40 7F 00 90 3C 50 60 80 3C 40"});
  const auto bytes = write_midi(song);
  REQUIRE(bytes);
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  CHECK(text.find(hex("80 3C 40 00 B0 40 7F 00 90 3C 50")) != std::string::npos);
}

TEST_CASE("notes that come to one tick are written in the order in which they are read again") {
  MidiSong song;
  song.ticks_per_quarter = 480;
  MidiChannel channel;
  channel.content.notes = {{{1}, {10}, 60, 90, 64}, {{2}, {9}, 60, 50, 64}};
  MidiTrack track;
  track.channels = {channel};
  MidiSequence sequence;
  sequence.tracks = {track};
  song.sequences = {sequence};
  const auto bytes = write_midi(song);
  REQUIRE(bytes);
  const auto again = read_midi(*bytes);
  REQUIRE(again);
  CHECK(write_midi(*again) == bytes);
}

TEST_CASE("times of more than 28 bits are written in parts") {
  MidiSong song;
  song.ticks_per_quarter = 30'720;
  song.sequences.emplace_back();
  MidiTrack track;
  MidiChannel channel;
  channel.content.notes = {{Beats{}, Beats::quarters(20'000), 60, 100, 64}};
  track.channels.push_back(channel);
  track.end = Beats::quarters(20'000);
  song.sequences.front().tracks.push_back(track);
  const auto bytes = write_midi(song);
  REQUIRE(bytes);
  const auto back = song_from(*bytes);
  CHECK(back.warnings.empty());
  CHECK(only_content(back) == channel.content);
}

TEST_CASE("any prefix and any damaged byte of a file are read without harm") {
  const Bytes whole = midi_bytes(
      1, 96, {"00 FF 03 02 41 42 00 FF 51 03 07 A1 20 00 F0 03 41 42 F7", c_for_a_beat + " 00 3E 64 60 3E 00"});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto song = read_midi(std::span(whole).first(size));
    CHECK((!song || !song->warnings.empty()));
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      Bytes damaged = whole;
      damaged[i] = static_cast<std::byte>(value);
      if (const auto song = read_midi(damaged)) CHECK_UNARY(write_midi(*song).has_value());
    }
  }
}
