// How parts of a project are written on a command line: taps, routings, automation, notes, controls, tempo. Pure; any thread.
//
// For each kind, parse_x(format_x(v)) is v. Names are those that edit::find_… knows; what can't be read fails with `usage` and
// the forms there are, an unknown name with not_found or ambiguous. docs/values.md is the same for people.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "document/project.hpp"
#include "edit/command.hpp"
#include "edit/targets.hpp"

namespace firn::cli {

// "name=value", cut at the first '='.
struct Setting {
  std::string name;
  std::string value;
};
base::Result<Setting> parse_setting(std::string_view);

// "Pre FX", "Post FX", "Post Mixer" are written pre-fx, post-fx, post-mixer.
base::Result<document::TapPoint> parse_tap_point(std::string_view);
std::string format_tap_point(document::TapPoint);

// A bounce's, which know through-returns and through-main too; one after a device is named by that.
base::Result<document::BouncePoint> parse_bounce_point(std::string_view);
std::string format_bounce_point(document::BouncePoint);

// "Bass:post-fx"; the track alone means post-fx. "Drums:kick", "Drums:pad3": a pad, at Pre FX; as edit::find_pad finds it.
base::Result<document::Tap> parse_tap(const document::Project&, std::string_view);
std::string format_tap(const document::Project&, const document::Tap&);

// "none", "resampling", "hw:1-2", "ext:NAME", or a tap.
base::Result<document::Input> parse_input(const document::Project&, std::string_view);
std::string format_input(const document::Project&, const document::Input&);

// "parent", "sends-only", or a track.
base::Result<document::Output> parse_output(const document::Project&, std::string_view);
std::string format_output(const document::Project&, const document::Output&);

base::Result<document::Monitor> parse_monitor(std::string_view);  // "in", "auto", "off"
std::string format_monitor(document::Monitor);

// "volume", "pan", "activator", "send:A", or "reverb:decay" for a device's parameter, "reverb:on" for its switch.
base::Result<document::AutomationTarget> parse_target(const document::Project&, const document::Track&,
                                                      std::string_view);
std::string format_target(const document::Project&, const document::Track&, const document::AutomationTarget&);
// The values it takes, also where a send is yet to be made.
base::Result<edit::TargetRange> range_of_target(const document::Track&, const document::AutomationTarget&);
std::string format_target_value(const edit::TargetRange&, const document::AutomationTarget&, double);

base::Result<double> parse_target_value(const edit::TargetRange&, const document::AutomationTarget&, std::string_view);

// "9.1.1=-6dB", "9.1.1=-6dB,hold", "9.1.1=-6dB,curve=0.5", of which the value is read by `read`.
using ReadValue = std::function<base::Result<double>(std::string_view)>;
base::Result<document::Breakpoint> parse_point(std::string_view, const time::TempoMap&, const ReadValue& read);
std::string format_point(const document::Breakpoint&, const time::TempoMap&, const edit::TargetRange&,
                         const document::AutomationTarget&);

// "C3,1.1.1,0.1.0,100,64": key, start, length, velocity (100 if left out), release velocity (64); in the clip's own bars.
base::Result<midi::Note> parse_note(std::string_view, time::TimeSignature);
std::string format_note(const midi::Note&, time::TimeSignature);

// "cc1,1.1.1,64", "bend,1.1.1,0" (-8192 to 8191), "pressure,1.1.1,90", "pressure:C3,1.1.1,90", "program,1.1.1,5".
base::Result<midi::Control> parse_control(std::string_view, time::TimeSignature);
std::string format_control(const midi::Control&, time::TimeSignature);

// "120" (from the start) or "9.1.1=140" or "9.1.1=140,ramp"; likewise "3/4" or "9=3/4".
base::Result<time::TempoPoint> parse_tempo(std::string_view, const time::TempoMap&);
std::string format_tempo(const time::TempoPoint&, const time::TempoMap&);
base::Result<time::TimeSignature> parse_signature(std::string_view, const time::TempoMap&);
std::string format_signature(const time::TimeSignature&, const time::TempoMap&);

// "9.1.1..17.1.1": from the first to before the second.
base::Result<std::pair<std::string, std::string>> parse_pair(std::string_view);

// A MIDI clip's bars: those of the song where the clip begins.
time::TimeSignature signature_of(const document::Clip&, const time::TempoMap&);

}  // namespace firn::cli
