// check: the rules that every project keeps, in one place: what the project file's reader enforces, what is looked at before
// saving, and what the tests of edits assert. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "document/project.hpp"

namespace firn::document {

// Bounds that keep sums of positions in range, and ids and frames exact in a double.
inline constexpr std::int64_t furthest_quarter = 1'000'000'000;
inline constexpr std::int64_t furthest_frame = std::int64_t{1} << 52;
inline constexpr std::uint64_t largest_id = std::uint64_t{1} << 53;
inline constexpr int deepest_origin = 64;  // origins within origins
inline constexpr int most_pads = 128;      // of one device: a pad for each key

// Fails (malformed) with the first rule that is broken: the place as a JSON pointer into the project file, and what must be.
//   values   in the ranges that the document's headers state; positions within the bounds above, on the Arrangement from 0 on
//   texts    valid UTF-8
//   ids      of tracks, clips, devices and locators not 0, unique, below next_id
//   order    clips, notes, controls, automation, breakpoints, locators as the headers say; groups before members; Main last
//   links    groups, sends, inputs, outputs, side-chains, automation and prints name what is there, of the right kind; a pad is
//            one of Pre FX
//   paths    relative and inside the project: no "..", no absolute path; a shared file is a bare name
// An origin is the past: what it links to need not be there any more, and its ids may be in use again. Nor need what a bounce names.
base::Result<void> check(const Project&);

bool is_inside_project(std::string_view path);  // a path as above
bool is_utf8(std::string_view text);

}  // namespace firn::document
