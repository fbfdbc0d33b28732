// What must hold of each part of a project: apply() judges with these what a command changed, violation_of() the
// whole. Pure; any thread.
//
// A problem says what is wrong, where, and what would be right; its kind is `usage` for a value out of range,
// `not_found` for a thing that is not there, `refused` for what can't stand together.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "devices/parameter.hpp"
#include "document/project.hpp"
#include "midi/note.hpp"

namespace firn::edit {

using Problem = std::optional<base::Error>;
inline Problem usage(std::string message) { return base::Error{base::ErrorKind::usage, std::move(message)}; }
inline Problem refused(std::string message) { return base::Error{base::ErrorKind::refused, std::move(message)}; }
inline Problem not_found(std::string message) { return base::Error{base::ErrorKind::not_found, std::move(message)}; }

// Of a clip's notes and controls: their ranges and their order.
Problem problem_of_content(const midi::Content&);

// Of one track in its project: everything but the notes of its clips, its place in the order, and cycles.
Problem problem_of_track(const document::Project&, const document::Track&);
Problem problem_of_clip(const document::Track&, const document::Clip&);
Problem problem_of_bounce(const document::Project&, const document::Clip&);
Problem problem_of_devices(const document::Project&, const document::Track&);
Problem problem_of_mixer(const document::Project&, const document::Track&);
Problem problem_of_automation(const document::Project&, const document::Track&);
Problem problem_of_routing(const document::Project&, const document::Track&);
Problem problem_of_prints(const document::Track&);
Problem problem_of_pad(const document::Track& source, const document::Tap&);  // of a tap of that track

// Of what belongs to the project itself: tail limit, rate, locators.
Problem problem_of_settings(const document::Project&);

// Of a value that a parameter is to take; the message begins with the parameter's name.
Problem problem_of_value(const devices::Parameter&, double value);

constexpr double loudest_db = 6.0;        // of a fader or a send
constexpr double loudest_clip_db = 24.0;  // of a clip's gain

}  // namespace firn::edit
