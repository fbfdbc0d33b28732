// Values as people write them, with their units, and the text that reads back as the same value. Pure; any thread.
//
// Every parse_x(format_x(v)) is v (pan: within a rounding). What can't be read fails with `usage`, and the message says the forms or the range.
// docs/values.md is the same for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "devices/parameter.hpp"
#include "document/ids.hpp"
#include "time/beats.hpp"
#include "time/frames.hpp"
#include "time/tempo_map.hpp"

namespace firn::cli {

// "-6dB", "2.4 s", "120ms", "1.2kHz", "50%", "7st", "lowpass", "on": a unit may be left out, or be another of its kind; a
// choice is its word. Fails with the range where the value lies outside it.
base::Result<double> parse_value(const devices::Parameter&, std::string_view);
std::string format_value(const devices::Parameter&, double);  // "2.4 s"
std::string format_range(const devices::Parameter&);          // "0.1 s to 30 s", "on or off", "low, band or high"

// What is not a device's: a fader or send, a clip's gain, a switch.
devices::Parameter fader(std::string name);
devices::Parameter clip_gain();
devices::Parameter on_off(std::string name);
base::Result<double> parse_decibels(std::string_view name, std::string_view);  // -inf to 6
base::Result<bool> parse_switch(std::string_view name, std::string_view);      // on, off
std::string format_decibels(double);                                           // "-6 dB", "-inf dB"

// "C" or "0", "20L", "50R": 50 is all the way.
base::Result<double> parse_pan(std::string_view);
std::string format_pan(double);

// "2.4s", "120ms", "1:02.500": 0 and more.
base::Result<time::Seconds> parse_duration(std::string_view);

// "C3" is 60; sharps and flats ("F#2", "Bb-1"); or the number, 0 to 127.
base::Result<int> parse_key(std::string_view);
std::string format_key(int);

// "ff8800", with or without a '#'.
base::Result<document::Color> parse_color(std::string_view);
std::string format_color(document::Color);  // "#ff8800"

base::Result<std::int64_t> parse_whole(std::string_view name, std::string_view, std::int64_t least, std::int64_t most);

// A length in bars.beats.sixteenths counted from 0 ("4.0.0", or "4" bars), as the bars of one signature have them; or a duration.
using Length = std::variant<time::Beats, time::Seconds>;
base::Result<Length> parse_length(std::string_view, time::TimeSignature);
std::string format_length(time::Beats, time::TimeSignature);
time::Beats beats_of(const Length&, time::Beats start, const time::TempoMap&);
time::Frames frames_of(const Length&, time::Beats start, const time::TempoMap&, time::SampleRate);

// The lines of a grid, by the value of a note: "1/16", or "1/8T" for triplets of it.
base::Result<time::Beats> parse_grid(std::string_view);

// A position inside a MIDI clip: 1.1.1 is where its content begins, "-0.1.0" a beat before that.
base::Result<time::Beats> parse_inner(std::string_view, time::TimeSignature);
std::string format_inner(time::Beats, time::TimeSignature);

}  // namespace firn::cli
