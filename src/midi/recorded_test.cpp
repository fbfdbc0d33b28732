#include "midi/recorded.hpp"

#include <doctest/doctest.h>

#include "midi/message.hpp"

namespace {

using namespace firn;
using midi::Control;
using midi::ControlKind;
using midi::Event;
using midi::EventKind;
using midi::Note;
using time::Beats;
using time::Frames;

constexpr time::SampleRate rate{48'000};
constexpr std::int64_t quarter = 24'000;  // frames, at 120 bpm

std::optional<Event> heard(std::initializer_list<std::uint8_t> bytes) {
  const auto message = midi::message_of(std::vector<std::uint8_t>(bytes));
  return message ? std::optional(midi::event_of(*message)) : std::nullopt;
}

midi::Content recorded(const std::vector<Event>& events, std::int64_t start, std::int64_t end) {
  return midi::recorded(events, {{start}, {end}}, time::TempoMap(), rate);
}

}  // namespace

TEST_CASE("MIDI 1.0, table I: each channel message is an event; others, and broken ones, are none") {
  CHECK(heard({0x93, 60, 100}) == Event{{}, EventKind::note_on, 60, 100});
  CHECK(midi::channel_of(*midi::message_of(std::array<std::uint8_t, 3>{0x93, 60, 100})) == 4);
  CHECK(heard({0x90, 60, 0}) == Event{{}, EventKind::note_off, 60, 64});
  CHECK(heard({0x80, 60, 12}) == Event{{}, EventKind::note_off, 60, 12});
  CHECK(heard({0xA0, 60, 12}) == Event{{}, EventKind::key_pressure, 60, 12});
  CHECK(heard({0xB0, 64, 127}) == Event{{}, EventKind::controller, 64, 127});
  CHECK(heard({0xC0, 7}) == Event{{}, EventKind::program, 0, 7});
  CHECK(heard({0xD0, 99}) == Event{{}, EventKind::channel_pressure, 0, 99});
  CHECK(heard({0xE0, 1, 64}) == Event{{}, EventKind::pitch_bend, 0, 8193});
  for (const auto& bytes : {std::initializer_list<std::uint8_t>{},
                            {60, 100},
                            {0x90, 60},
                            {0xF8},
                            {0xF0, 1, 2, 0xF7},
                            {0x90, 60, 200},
                            {0x90, 0x90, 60}})
    CHECK_FALSE(heard(bytes));
}

TEST_CASE("What is played in becomes notes from its start on, cut where it ends") {
  const auto content = recorded({{{quarter}, EventKind::note_on, 60, 100},
                                 {{2 * quarter}, EventKind::note_on, 64, 90},
                                 {{2 * quarter + 12'000}, EventKind::note_off, 60, 30},
                                 {{3 * quarter}, EventKind::note_on, 64, 80},   // again, without an end
                                 {{5 * quarter}, EventKind::note_on, 67, 70}},  // too late
                                quarter, 4 * quarter);
  CHECK(content.notes == std::vector<Note>{{{}, Beats::fraction(3, 2), 60, 100, 30},
                                           {Beats::quarters(1), Beats::quarters(1), 64, 90},
                                           {Beats::quarters(2), Beats::quarters(1), 64, 80}});
  CHECK(content.controls.empty());
}

TEST_CASE("What a range begins with: controllers as they stand, and no note from before") {
  const auto content = recorded({{{0}, EventKind::note_on, 60, 100},
                                 {{10}, EventKind::controller, 64, 127},
                                 {{11}, EventKind::controller, 101, 0},  // a parameter number alone means nothing
                                 {{12}, EventKind::key_pressure, 60, 9},
                                 {{13}, EventKind::pitch_bend, 0, 9'000},
                                 {{14}, EventKind::controller, 64, 100},
                                 {{quarter}, EventKind::note_off, 60, 64},
                                 {{2 * quarter}, EventKind::controller, 64, 0}},
                                quarter, 4 * quarter);
  CHECK(content.notes.empty());
  CHECK(content.controls == std::vector<Control>{{{}, ControlKind::controller, 64, 100},
                                                 {{}, ControlKind::pitch_bend, 0, 9'000},
                                                 {Beats::quarters(1), ControlKind::controller, 64, 0}});
}

TEST_CASE("Quantised, a note starts on the nearest line of the timeline, and not before its clip") {
  const Beats sixteenth = Beats::fraction(1, 4);
  midi::Content content;
  content.notes = {{Beats::fraction(1, 100), sixteenth, 60},
                   {Beats::fraction(24, 100), sixteenth, 62},
                   {Beats::fraction(30, 100), sixteenth, 61}};
  midi::quantise(content, Beats::fraction(1, 8), Beats::quarters(4), sixteenth);  // the clip begins between two lines
  CHECK(content.notes == std::vector<Note>{{Beats::fraction(1, 8), sixteenth, 60},
                                           {Beats::fraction(1, 8), sixteenth, 62},
                                           {Beats::fraction(3, 8), sixteenth, 61}});
}
